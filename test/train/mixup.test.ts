import assert from 'node:assert/strict';
import test from 'node:test';
import type { Batch } from '../../src/data/dataset.js';
import { random } from '../../src/tensor/random.js';
import { mixed, mixup, symmetricBeta } from '../../src/train/mixup.js';
import { assertClose } from '../support/assert-close.js';

const BATCH: Batch = {
  images: Float32Array.from([1, 2, 10, 20, 100, 200]),
  targets: Float32Array.from([1, 0, 0, 1, 0, 1]),
  indices: Int32Array.from([7, 8, 9]),
  waitMs: 3,
};

test('rows and targets are mixed with the same partner and share', () => {
  const { images, targets, indices, waitMs } = mixed(BATCH, 0.75, Int32Array.from([2, 1, 0]));
  assert.deepEqual([...images], [25.75, 51.5, 10, 20, 75.25, 150.5]);
  assert.deepEqual([...targets], [0.75, 0.25, 0, 1, 0.25, 0.75]);
  assert.deepEqual([indices, waitMs], [BATCH.indices, 3]);
});

test('a label that one of the two does not know is not known of the mix', () => {
  const targets = Float32Array.from([1, -1, 0, 1, -1, 0]);
  const result = mixed({ ...BATCH, targets }, 0.75, Int32Array.from([1, 2, 0]));
  assert.deepEqual([...result.targets], [0.75, -1, -1, 0.75, -1, -1]);
});

for (const alpha of [0.2, 0.7, 1, 3]) {
  test(`λ has the moments of Beta(${alpha}, ${alpha})`, () => {
    const stream = random('beta', alpha);
    const draws = Array.from({ length: 20_000 }, () => symmetricBeta(alpha, stream));
    const moment = (k: number) => draws.reduce((sum, x) => sum + (x - 0.5) ** k, 0) / draws.length;
    // variance 1/(4(2α+1)), fourth central moment 3/(16(2α+1)(2α+3)); tolerance about five standard errors
    assertClose(moment(1), 0, { absolute: 0.018 }, 'mean');
    assertClose(moment(2), 1 / (4 * (2 * alpha + 1)), { absolute: 0.004 }, 'variance');
    assertClose(moment(3), 0, { absolute: 0.004 }, 'skew');
    assertClose(moment(4), 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3)), { absolute: 0.0015 }, 'fourth moment');
  });
}

test('a tiny α gives λ near 0 or 1, never NaN', () => {
  const stream = random('tiny');
  const draws = Array.from({ length: 200 }, () => symmetricBeta(1e-3, stream));
  assert.ok(draws.every((x) => x >= 0 && x <= 1));
  assert.ok(draws.filter((x) => x < 0.01).length > 50 && draws.filter((x) => x > 0.99).length > 50);
});

test('keyed by seed, epoch and place; α = 0 leaves batches alone', async () => {
  const batch = {
    ...BATCH,
    images: Float32Array.from({ length: 32 }, (_, i) => i * i),
    targets: new Float32Array(48).fill(1),
    indices: new Int32Array(16),
  };
  const source = async function* () {
    yield batch;
    yield batch;
  };
  const run = async (alpha: number, seed: number, epoch: number) => {
    const batches: Batch[] = [];
    for await (const batch of mixup(source(), { alpha, seed, epoch })) batches.push(batch);
    return batches;
  };
  const [first, second] = (await run(0.7, 1, 1)) as [Batch, Batch];
  assert.deepEqual(await run(0.7, 1, 1), [first, second]);
  assert.notDeepEqual(first.images, second.images);
  assert.notDeepEqual((await run(0.7, 1, 2))[0], first);
  assert.notDeepEqual((await run(0.7, 2, 1))[0], first);
  assert.equal((await run(0, 1, 1))[0], batch);
});
