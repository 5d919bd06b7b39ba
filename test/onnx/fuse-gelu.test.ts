import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { fuseGelu } from '../../src/onnx/edits/fuse-gelu.js';
import type { Value } from '../../src/onnx/graph.js';
import { compile } from '../../src/runtime/compile.js';
import { float32, floats } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

/** x and 1 + erf(x/√2) → GELU, in the orders that exporters write. */
const ORDERS: Readonly<Record<string, (b: GraphBuilder, x: Value, sum: Value) => Value>> = {
  '(x·s)·½': (b, x, sum) => b.op.Mul([b.op.Mul([x, sum]), b.scalar(0.5)], {}, 'y'),
  '½·(s·x)': (b, x, sum) => b.op.Mul([b.scalar(0.5), b.op.Mul([sum, x])], {}, 'y'),
  '(½·x)·s': (b, x, sum) => b.op.Mul([b.op.Mul([b.scalar(0.5), x]), sum], {}, 'y'),
  'x·(s·½)': (b, x, sum) => b.op.Mul([x, b.op.Mul([sum, b.scalar(0.5)])], {}, 'y'),
};
const NUMBERS = [-6, -3, -1.5, -0.7, -1e-3, 0, 1e-3, 0.4, 1, 2.5, 5, 9];

function graphOf(order: keyof typeof ORDERS, { divides = false, outputs = ['y'] } = {}) {
  const b = new GraphBuilder('gelu');
  const x = b.input('x', [NUMBERS.length]);
  const scaled = divides ? b.op.Div([x, b.scalar(Math.SQRT2)]) : b.op.Mul([x, b.scalar(Math.SQRT1_2)]);
  const sum = b.op.Add([b.op.Erf([scaled], {}, 'erf'), b.scalar(1)]);
  ORDERS[order]!(b, x, sum);
  return b.build(outputs.map((name) => b.value(name)));
}

for (const order of Object.keys(ORDERS)) {
  test(`GELU as ${order} becomes one op of the same values`, async () => {
    for (const divides of [false, true]) {
      const graph = graphOf(order, { divides });
      const fused = fuseGelu(graph);
      assert.deepEqual(
        fused.nodes.map(({ op, domain, inputs, outputs }) => [domain, op, inputs, outputs]),
        [['com.microsoft', 'Gelu', ['x'], ['y']]],
      );
      const feeds = new Map([['x', float32([NUMBERS.length], NUMBERS)]]);
      const session = await compile(fused, { threads: 1 });
      const y = floats((await session.run(feeds)).get('y'), 'y');
      await session.release();
      assertClose(y, NUMBERS.map(gelu), { relative: 2e-6, absolute: 1e-7 }, order);
    }
  });
}

test('what looks like GELU but is not, or shows a value from inside, stays', () => {
  const seen = graphOf('(x·s)·½', { outputs: ['y', 'erf'] });
  assert.equal(fuseGelu(seen), seen);
  const b = new GraphBuilder('others');
  const x = b.input('x', [3]);
  const erf = (scale: number) => b.op.Add([b.op.Erf([b.op.Mul([x, b.scalar(scale)])]), b.scalar(1)]);
  const others = b.build([
    b.op.Mul([b.op.Mul([x, erf(0.7)]), b.scalar(0.5)]),
    b.op.Mul([b.op.Mul([x, erf(Math.SQRT1_2)]), b.scalar(0.6)]),
    b.op.Mul([b.op.Mul([b.input('z', [3]), erf(Math.SQRT1_2)]), b.scalar(0.5)]),
  ]);
  assert.equal(fuseGelu(others), others);
});

/** ½·x·(1 + erf(x/√2)), erf by its Taylor series in float64, and by the tail's continued fraction where that cancels. */
function gelu(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  let tail = z;
  for (let k = 60; k > 0; k--) tail = z + k / 2 / tail;
  let [term, series] = [z, z];
  for (let k = 1; k < 80; k++) {
    term *= -(z * z) / k;
    series += term / (2 * k + 1);
  }
  const complement = z > 2 ? Math.exp(-z * z) / (tail * Math.sqrt(Math.PI)) : 1 - (2 / Math.sqrt(Math.PI)) * series;
  return x < 0 ? (x / 2) * complement : (x / 2) * (2 - complement);
}
