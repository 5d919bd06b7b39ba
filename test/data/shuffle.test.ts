import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluationBatches, trainBatches } from '../../src/data/batches.js';
import type { Batch, Dataset } from '../../src/data/dataset.js';
import { contactSheet } from '../../src/data/contact-sheet.js';
import { blockSizes, permute, shuffleOption, shuffleOrder } from '../../src/data/shuffle.js';
import { viewOf } from '../../src/data/view.js';
import { toyDataset } from './toy.js';

const SHAPE = { channels: 3, height: 6, width: 8 };
const SIZE = 3 * 6 * 8;

test('blocks move as wholes: cut out anew, every block of every channel is one block of the image, each once', () => {
  const image = Float32Array.from({ length: SIZE }, (_, i) => i);
  const out = new Float32Array(SIZE);
  permute(image, shuffleOrder({ block: 2, seed: 1234 }, SHAPE), out);
  // a block as [c][y][x] values, by slices of the rows
  const blocks = (values: Float32Array) => {
    const found: string[] = [];
    for (let y = 0; y < 6; y += 2)
      for (let x = 0; x < 8; x += 2)
        found.push([0, 1, 2].flatMap((c) => [0, 1].flatMap((dy) => [...values.slice(c * 48 + (y + dy) * 8 + x).slice(0, 2)])).join());
    return found;
  };
  assert.notDeepEqual(blocks(out), blocks(image));
  assert.deepEqual(blocks(out).sort(), blocks(image).sort());
});

test('blocks of 1 keep colours together, * does not; both are permutations', () => {
  const together = shuffleOrder({ block: 1, seed: 3 }, SHAPE);
  for (let pixel = 0; pixel < 48; pixel++) {
    assert.deepEqual([together[48 + pixel]! - 48, together[96 + pixel]! - 96], [together[pixel], together[pixel]]);
  }
  const apart = shuffleOrder({ block: '*', seed: 3 }, SHAPE);
  for (const order of [together, apart])
    assert.deepEqual(
      [...order].sort((a, b) => a - b),
      Array.from({ length: SIZE }, (_, i) => i),
    );
  assert.ok(
    apart.slice(0, 48).some((from) => from >= 48),
    'values leave their channel',
  );
});

test('one block is the identity; the seed decides; the blocks must tile the image', () => {
  const square = { channels: 3, height: 4, width: 4 };
  assert.deepEqual(
    [...shuffleOrder({ block: 4, seed: 9 }, square)],
    Array.from({ length: 48 }, (_, i) => i),
  );
  const orderOf = (seed: number) => shuffleOrder({ block: 2, seed }, SHAPE).join();
  assert.equal(orderOf(1), orderOf(1));
  assert.notEqual(orderOf(1), orderOf(2));
  assert.throws(() => shuffleOrder({ block: 4, seed: 1 }, SHAPE), { message: "shuffle: block must divide the image's sides 6x8, got 4" });
  assert.deepEqual(blockSizes({ height: 224, width: 224 }), [1, 2, 4, 7, 8, 14, 16, 28, 32, 56, 112, 224], "the paper's list");
});

test('what a study may write', () => {
  assert.deepEqual(shuffleOption('pixels'), { block: '*', seed: 1234 });
  assert.deepEqual(shuffleOption({ block: 4 }), { block: 4, seed: 1234 });
  assert.deepEqual(shuffleOption({ block: '*', seed: 7 }), { block: '*', seed: 7 });
  assert.throws(() => shuffleOption('pixel'), /shuffle: must be \{ block, seed \} or pixels, got "pixel"/);
  assert.throws(() => shuffleOption({ block: 0 }), /shuffle: block: must be a whole number ≥ 1, got 0/);
  assert.throws(() => shuffleOption({ blocks: 4 }), /shuffle: unknown option "blocks".*did you mean block\?/);
});

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

/** Every image of the batches as it would be unshuffled, in shuffled order. */
function expected(batches: readonly Batch[], order: Int32Array): Float32Array[] {
  return batches.map(({ images }) => {
    const out = new Float32Array(images.length);
    for (let at = 0; at < images.length; at += SIZE) permute(images.subarray(at, at + SIZE), order, out, at);
    return out;
  });
}

for (const block of [2, '*'] as const) {
  test(`training and evaluation see one order, after augmentation and normalization: ${block}`, async () => {
    const plain = toyDataset();
    const shuffle = { block, seed: 5 };
    const dataset = viewOf(plain, { shuffle });
    const order = shuffleOrder(shuffle, SHAPE);
    const evaluation = (data: Dataset) => collect(evaluationBatches({ dataset: data, split: 'test', batch: 3 }));
    const training = (data: Dataset) =>
      collect(trainBatches({ dataset: data, split: 'train', batch: 4, seed: 1, epoch: 2, augment: [{ crop: { padding: 1 } }] }));
    for (const batches of [evaluation, training]) {
      const found = await batches(dataset);
      assert.deepEqual(
        found.map(({ images }) => images),
        expected(await batches(plain), order),
      );
      assert.deepEqual(
        found.map(({ targets }) => targets),
        (await batches(plain)).map(({ targets }) => targets),
      );
    }
  });
}

test('a contact sheet shows what networks see', async () => {
  const plain = toyDataset({ counts: { train: 2, val: 0, test: 0 } });
  const shuffle = { block: 2, seed: 5 };
  const order = shuffleOrder(shuffle, SHAPE);
  const { train } = plain.splits;
  const pixels = new Uint8Array(train.pixels.length);
  for (const at of [0, SIZE]) permute(train.pixels.subarray(at, at + SIZE), order, pixels, at);
  const moved: Dataset = { ...plain, splits: { ...plain.splits, train: { ...train, pixels } } };
  assert.deepEqual(await contactSheet(viewOf(plain, { shuffle })), await contactSheet(moved));
  assert.notDeepEqual(await contactSheet(moved), await contactSheet(plain));
});
