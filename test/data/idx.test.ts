import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadDataset } from '../../src/data/datasets.js';

/** An IDX file, written as its specification says. */
function idxFile(dims: number[], values: number[], magic = 0x0800 + dims.length): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt32BE(magic);
  dims.forEach((d, i) => header.writeUInt32BE(d, 4 + 4 * i));
  return Buffer.concat([header, Buffer.from(values)]);
}

/** Image i of n is 2×3, with pixels 6i … 6i+5. */
const images = (n: number) =>
  idxFile(
    [n, 2, 3],
    Array.from({ length: 6 * n }, (_, i) => i),
  );
const labels = (n: number) =>
  idxFile(
    [n],
    Array.from({ length: n }, (_, i) => i % 4),
  );

function folderOf(context: TestContext, change: Record<string, Buffer> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'carryover-idx-'));
  context.after(() => rmSync(root, { recursive: true }));
  const files: Record<string, Buffer> = {
    'train-images-idx3-ubyte': images(20),
    'train-labels-idx1-ubyte.gz': gzipSync(labels(20)),
    't10k-images.idx3-ubyte': images(8),
    't10k-labels-idx1-ubyte': labels(8),
    ...change,
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
  return root;
}

test('the four files become train, val and test, every image with its own label', async (t) => {
  const data = await loadDataset({ dataset: 'idx', root: folderOf(t), val: 0.25 });
  assert.deepEqual([data.channels, data.height, data.width, data.classes], [1, 2, 3, ['0', '1', '2', '3']]);
  const { train, val, test: held } = data.splits;
  assert.deepEqual([train.ids.length, val.ids.length, held.ids.length], [15, 5, 8]);
  assert.equal(new Set([...train.ids, ...val.ids]).size, 20);
  for (const split of [train, val, held]) {
    split.ids.forEach((id, i) => {
      const place = Number(id.split('/')[1]);
      assert.equal(split.labels[i], place % 4);
      assert.deepEqual(
        [...split.pixels.subarray(6 * i, 6 * i + 6)],
        [0, 1, 2, 3, 4, 5].map((k) => 6 * place + k),
      );
    });
  }
  const other = await loadDataset({ dataset: 'idx', root: folderOf(t), val: 0.25, seed: 1 });
  assert.notDeepEqual(other.splits.val.ids, val.ids);
});

test('three channels, names of classes, cap', async (t) => {
  const names = ['shirt', 'shoe', 'bag', 'coat'];
  const data = await loadDataset({ dataset: 'idx', root: folderOf(t), channels: 3, classes: names, cap: 6 });
  assert.deepEqual([data.classes, data.channels, data.splits.train.ids.length, data.splits.val.ids.length], [names, 3, 6, 2]);
  const { pixels, ids } = data.splits.test;
  const place = Number(ids[0]!.split('/')[1]);
  assert.deepEqual(
    [...pixels.subarray(0, 18)],
    [0, 1, 2].flatMap(() => [0, 1, 2, 3, 4, 5].map((k) => 6 * place + k)),
  );
});

test('files that lie about themselves are refused', async (t) => {
  const refuses = (change: Record<string, Buffer>, message: RegExp, options = {}) =>
    assert.rejects(loadDataset({ dataset: 'idx', root: folderOf(t, change), ...options }), { name: 'InputError', message });
  await refuses(
    { 'train-images-idx3-ubyte': images(20).subarray(0, 100) },
    /train-images-idx3-ubyte: must have 136 bytes for dimensions \[20, 2, 3\], got 100$/,
  );
  await refuses({ 'train-images-idx3-ubyte': images(20).subarray(0, 9) }, /must have a header of 16 bytes, got 9$/);
  await refuses({ 'train-images-idx3-ubyte': labels(20) }, /must begin with 0x00000803 \(bytes, 3 dimensions\), got 0x00000801$/);
  await refuses({ 'train-images-idx3-ubyte': Buffer.alloc(0) }, /must begin with 0x00000803 \(bytes, 3 dimensions\), got too few bytes$/);
  await refuses(
    { 'train-labels-idx1-ubyte.gz': gzipSync(labels(20)).subarray(0, 20) },
    /must be a complete gzip file, got unexpected end of file$/,
  );
  await refuses({ 't10k-labels-idx1-ubyte': labels(9) }, /^idx: t10k-labels must hold 8 labels, one an image, got 9$/);
  await refuses(
    { 't10k-images.idx3-ubyte': idxFile([8, 3, 2], Array<number>(48).fill(0)) },
    /test images must be 2x3 as the training images are, got 3x2$/,
  );
  await refuses({}, /^idx: classes must be a list of 4 different names or more, got \["a","b"\]$/, { classes: ['a', 'b'] });
  await assert.rejects(loadDataset({ dataset: 'idx', root: tmpdir() }), /must hold train-images-idx3-ubyte \(or \.gz\), got neither$/);
});
