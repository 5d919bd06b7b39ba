// Sums over many pixels keep float32's digits: onnxruntime would add them one after another.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LowerOptions } from '../../src/lowering/lower.js';
import { lower } from '../../src/lowering/lower.js';
import { partsOfSum } from '../../src/lowering/parts-of-sum.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { compile } from '../../src/runtime/compile.js';
import { blockSize } from '../../src/runtime/probe.js';
import { random } from '../../src/tensor/random.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

const block = await blockSize();
const LOWERINGS: readonly LowerOptions[] = [{ kind: 'standard' }, ...(block > 1 ? [{ kind: 'blocked', block } as const] : [])];

test('a cut sum has the fewest even parts that are short enough; short sums stay whole', () => {
  const parts = (count: number) => partsOfSum(count, { tolerated: 1024, longest: 256 });
  assert.deepEqual([1024, 112 * 112, 56 * 56, 1200].map(parts), [1, 49, 14, 5]);
  assert.equal(parts(10_007), 1, 'a prime');
});

for (const options of LOWERINGS)
  test(`statistics of large planes keep float32's digits: ${options.kind}`, async () => {
    const dims = [16, 16, 112, 112] as const;
    const { normal } = random(5, 'planes');
    const x = float32(
      dims,
      Float32Array.from({ length: sizeOf(dims) }, () => Math.abs(normal())),
    );
    const b = new GraphBuilder('planes');
    const channels = ['scale', 'bias', 'mean', 'variance'].map((name) => b.input(name, [16]));
    const source = b.op.Conv([b.input('x', dims), b.input('identity', [16, 16, 1, 1])]);
    const names = ['y', 'new mean', 'new variance'];
    const made = b.node('BatchNormalization', [source, ...channels], { training_mode: 1, momentum: 0 }, { names });
    const session = await compile(lower(b.build(made), options), { threads: 1, lowering: 'standard', optimization: 'disabled' });
    const ones = float32([16], new Float32Array(16).fill(1));
    const identity = float32(
      [16, 16, 1, 1],
      Float32Array.from({ length: 256 }, (_, i) => Number(i % 17 === 0)),
    );
    const found = await session.run(
      new Map([['x', x], ['identity', identity], ['scale', ones], ['bias', float32([16])], ['mean', float32([16])], ['variance', ones]]), // prettier-ignore
    );
    await session.release();
    const sums = [new Float64Array(16), new Float64Array(16)] as const;
    const channelOf = (i: number) => Math.floor(i / (112 * 112)) % 16;
    const share = 1 / (16 * 112 * 112);
    x.data.forEach((value, i) => (sums[0][channelOf(i)]! += value * share));
    x.data.forEach((value, i) => (sums[1][channelOf(i)]! += (value - sums[0][channelOf(i)]!) ** 2 * share));
    for (const [i, name] of names.slice(1).entries()) assertClose(floats(found.get(name), name), sums[i]!, { relative: 7e-7 }, name);
  });
