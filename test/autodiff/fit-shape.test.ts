import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitShape } from '../../src/autodiff/fit-shape.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';

/** Long sums over leading axes, over trailing ones, over all, and over a prime number of rows. */
const SUMS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[40, 29, 48], [48]],
  [[40, 29, 48], [1, 1, 48]],
  [[1009, 20], [20]],
  [[64, 29, 48], [29, 48]],
  [[16, 8, 29, 29], [8, 1, 1]],
  [[32, 40, 48], [1]],
]; // prettier-ignore

for (const [from, to] of SUMS) {
  test(`a gradient of ${JSON.stringify(from)} summed to ${JSON.stringify(to)} keeps six digits of a sum that cancels`, async () => {
    const b = new GraphBuilder('sum');
    const y = b.named(fitShape(b, b.input('x', from), to), 'y');
    assert.deepEqual(y.dims, to);
    const { normal } = random(3, 'sum', from.join());
    const x = float32(from, Float32Array.from({ length: sizeOf(from) }, normal));
    const session = await compile(b.build([y]), { threads: 1, lowering: 'standard' });
    const got = floats((await session.run(new Map([['x', x]]))).get('y'), 'y');
    await session.release();
    const [exact, sizes] = [new Float64Array(got.length), new Float64Array(got.length)];
    for (const [i, value] of x.data.entries()) {
      const at = target(i, from, to);
      exact[at]! += value;
      sizes[at]! += Math.abs(value);
    }
    for (const [i, value] of got.entries()) {
      const error = Math.abs(value - exact[i]!) / sizes[i]!;
      assert.ok(error < 1e-6, `element ${i}: ${value} is not ${exact[i]}`);
    }
  });
}

/** Where element i of an array of `from` is added to in one of `to`, which broadcasts to it. */
function target(i: number, from: readonly number[], to: readonly number[]): number {
  let [rest, at, stride] = [i, 0, 1];
  for (let axis = from.length - 1, own = to.length - 1; own >= 0; axis--, own--) {
    if (to[own] !== 1) at += (rest % from[axis]!) * stride;
    stride *= to[own]!;
    rest = Math.floor(rest / from[axis]!);
  }
  return at;
}
