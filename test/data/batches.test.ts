import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { evaluationBatches, trainBatches } from '../../src/data/batches.js';
import { dataThread } from '../../src/data/data-thread.js';
import type { Batch } from '../../src/data/dataset.js';
import { InputError } from '../../src/tensor/input-error.js';
import { random } from '../../src/tensor/random.js';
import { toyDataset } from './toy.js';

const AUGMENT = [{ crop: { padding: 2, fill: 'edge' } }, { flip: true }, { randomResizedCrop: { size: 5 } }];

async function collect(batches: AsyncIterable<Batch>, each: (i: number) => Promise<void> | void = () => {}): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) {
    all.push(batch);
    await each(all.length);
  }
  return all;
}

const bytesOf = (batches: readonly Batch[]): Buffer =>
  Buffer.concat(
    batches.flatMap(({ images, targets, indices }) =>
      [images, targets, indices].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength)),
    ),
  );

/** Blocks this thread, as a native call does. */
const block = (milliseconds: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

test('the same key makes the same bytes, however fast batches are taken', async () => {
  const dataset = toyDataset();
  const epoch = () => trainBatches({ dataset, split: 'train', batch: 4, augment: AUGMENT, seed: 3, epoch: 2 });
  const plain = bytesOf(await collect(epoch()));
  assert.deepEqual(bytesOf(await collect(epoch(), () => block(3))), plain, 'blocking consumer');
  assert.deepEqual(bytesOf(await collect(epoch(), () => sleep(2))), plain, 'slow consumer');
  const [a, b] = await Promise.all([collect(epoch()), collect(epoch())]);
  assert.deepEqual([bytesOf(a), bytesOf(b)], [plain, plain], 'two at once');
  const other = bytesOf(await collect(trainBatches({ dataset, split: 'train', batch: 4, augment: AUGMENT, seed: 3, epoch: 3 })));
  assert.notDeepEqual(other, plain);
});

test('bytes are pinned: checkpoints and stored steps rest on them', async () => {
  const augment = [{ crop: { padding: 2, fill: 255 } }, { flip: true }];
  const batches = await collect(trainBatches({ dataset: toyDataset(), split: 'train', batch: 4, augment, seed: 3, epoch: 2 }));
  assert.equal(createHash('sha256').update(bytesOf(batches)).digest('hex').slice(0, 16), '0c78c0f1129c291c');
});

test('every training image comes exactly once an epoch, in the order of (seed, epoch)', async () => {
  const dataset = toyDataset();
  for (const epoch of [0, 1]) {
    const seen = (await collect(trainBatches({ dataset, split: 'train', batch: 5, seed: 1, epoch }))).flatMap(({ indices }) => [
      ...indices,
    ]);
    assert.deepEqual(seen, [...random(1, 'order', epoch).permutation(20)]);
  }
});

test('the last short batch is left out in training', async () => {
  const batches = await collect(trainBatches({ dataset: toyDataset(), split: 'train', batch: 8, seed: 1, epoch: 0 }));
  assert.deepEqual(
    batches.map(({ images, targets, indices }) => [images.length, targets.length, indices.length]),
    [
      [8 * 3 * 6 * 8, 8 * 3, 8],
      [8 * 3 * 6 * 8, 8 * 3, 8],
    ],
  );
  assert.ok(batches.flatMap(({ indices }) => [...indices]).every((i) => i >= 0));
});

test('pixels are normalized as (v / 255 − mean) / std a channel, targets are one-hot', async () => {
  const dataset = toyDataset();
  for (const batches of [
    trainBatches({ dataset, split: 'train', batch: 4, seed: 1, epoch: 0 }),
    evaluationBatches({ dataset, split: dataset.splits.train, batch: 4 }),
  ]) {
    const { images, targets, indices } = (await collect(batches))[2]!;
    const { pixels, labels } = dataset.splits.train;
    const [plane, size] = [48, 144];
    indices.forEach((index, row) => {
      for (let i = 0; i < size; i++) {
        const c = Math.floor(i / plane);
        const expected = Math.fround((pixels[index * size + i]! / 255 - dataset.mean[c]!) / dataset.std[c]!);
        assert.equal(images[row * size + i], expected);
      }
      for (let k = 0; k < 3; k++) assert.equal(targets[row * 3 + k], k === labels[index] ? 1 : 0);
    });
  }
});

test('an augmented image depends on (seed, epoch, index), not on the batch it is in', async () => {
  const dataset = toyDataset();
  const images = async (batch: number) => {
    const byIndex = new Map<number, Buffer>();
    for (const made of await collect(trainBatches({ dataset, split: 'train', batch, augment: AUGMENT, seed: 1, epoch: 0 }))) {
      const size = made.images.length / batch;
      made.indices.forEach((index, i) => byIndex.set(index, Buffer.from(made.images.slice(i * size, (i + 1) * size).buffer)));
    }
    return byIndex;
  };
  assert.deepEqual(await images(5), await images(10).then((all) => new Map([...all])));
});

test('evaluation goes in order and pads the last batch with zeros and −1', async () => {
  const dataset = toyDataset();
  const batches = await collect(
    evaluationBatches({ dataset, split: 'test', batch: 4, augment: [{ crop: { padding: 3 } }, { centerCrop: 4 }] }),
  );
  assert.deepEqual(
    batches.map(({ indices }) => [...indices]),
    [
      [0, 1, 2, 3],
      [4, 5, 6, -1],
    ],
  );
  const [size, last] = [3 * 4 * 4, batches[1]!];
  assert.equal(last.images.length, 4 * size);
  assert.ok(last.images.subarray(3 * size).every((v) => v === 0) && last.targets.subarray(9).every((v) => v === 0));
  assert.ok(last.images.subarray(2 * size, 3 * size).some((v) => v !== 0));
  // evaluation of crop is the middle: pixel (0, 0) of the 4×4 window is pixel (1, 2) of 6×8
  assert.equal(batches[0]!.images[0], Math.fround((dataset.splits.test.pixels[8 + 2]! / 255 - 0.485) / 0.229));
  assert.equal(
    (await collect(evaluationBatches({ dataset: toyDataset({ counts: { train: 1, val: 0, test: 1 } }), split: 'val', batch: 4 }))).length,
    0,
  );
});

test('an error in the thread reaches the consumer, and the thread goes on', async () => {
  const dataset = toyDataset();
  const broken = { ...dataset, std: [0.2, 0, 0.2] };
  await assert.rejects(
    collect(trainBatches({ dataset: broken, split: 'train', batch: 4, seed: 1, epoch: 0 })),
    /mean and std must be given/,
  );
  assert.equal((await collect(trainBatches({ dataset, split: 'train', batch: 4, seed: 1, epoch: 0 }))).length, 5);
});

test('when the thread dies, consumers are told, and the next epoch starts another', async () => {
  const dataset = toyDataset();
  const epoch = () => trainBatches({ dataset, split: 'train', batch: 2, seed: 1, epoch: 0 });
  const iterator = epoch();
  await iterator.next();
  await dataThread().terminate();
  await assert.rejects(async () => {
    for (;;) if ((await iterator.next()).done) break;
  }, /the data thread ended with code 1/);
  assert.equal((await collect(epoch())).length, 10);
});

test('leaving the loop early ends the job; the thread serves the next', async () => {
  const dataset = toyDataset();
  for (let round = 0; round < 3; round++) {
    for await (const { indices } of trainBatches({ dataset, split: 'train', batch: 2, seed: 1, epoch: round })) {
      assert.equal(indices.length, 2);
      break;
    }
  }
  const iterator = trainBatches({ dataset, split: 'train', batch: 2, seed: 1, epoch: 0 });
  await iterator.return!();
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test('the thread never keeps the process alive', () => {
  const script = `
    import { trainBatches } from ${JSON.stringify(new URL('../../src/data/batches.js', import.meta.url))};
    import { toyDataset } from ${JSON.stringify(new URL('./toy.js', import.meta.url))};
    const epoch = () => trainBatches({ dataset: toyDataset(), split: 'train', batch: 2, seed: 1, epoch: 0 });
    let count = 0;
    for await (const batch of epoch()) count++;
    await epoch().next();
    epoch();
    process.stdout.write(String(count));`;
  const { stdout, status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 8000,
  });
  assert.deepEqual({ stdout, status, signal }, { stdout: '10', status: 0, signal: null });
});

test('what cannot be is refused at the call', () => {
  const dataset = toyDataset();
  const options = { dataset, split: 'train', batch: 4, seed: 1, epoch: 0 } as const;
  const refuses = (change: object, message: RegExp) =>
    assert.throws(
      () => trainBatches({ ...options, ...change }),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  refuses({ batch: 21 }, /^batch: must be at most the 20 training images, got 21$/);
  refuses({ batch: 0 }, /^batch: must be a positive integer, got 0$/);
  refuses({ augment: [{ flop: true }] }, /^augment: unknown transform "flop"; there are: .*did you mean flip\?$/);
});
