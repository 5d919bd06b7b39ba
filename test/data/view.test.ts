import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadDataset } from '../../src/data/datasets.js';
import { openPacked, writePacked, writeView } from '../../src/data/packed.js';
import { splitView, viewOf } from '../../src/data/view.js';
import { temporaryFolder } from '../support/tiny-study.js';
import { toyDataset } from './toy.js';

test('labels change images and keep their frequencies, split by split', () => {
  const plain = toyDataset({ counts: { train: 60, val: 9, test: 30 } });
  const { splits, name, remarks } = viewOf(plain, { shuffleLabels: 1 });
  for (const split of ['train', 'val', 'test'] as const) {
    assert.notDeepEqual(splits[split].labels, plain.splits[split].labels);
    assert.deepEqual([...splits[split].labels].sort(), [...plain.splits[split].labels].sort());
    assert.equal(splits[split].pixels, plain.splits[split].pixels);
  }
  assert.notDeepEqual(viewOf(plain, { shuffleLabels: 2 }).splits.train.labels, splits.train.labels);
  assert.deepEqual([name, remarks], ['toy, labels shuffled by 1', ['Labels shuffled by 1.']]);
});

test('a view on disk is the view in memory; its pixels are the same files', async (t) => {
  const folder = await temporaryFolder(t);
  const plain = toyDataset();
  const view = { shuffle: { block: 2, seed: 5 }, shuffleLabels: 3 };
  await writePacked(plain, join(folder, 'plain'));
  await writeView(join(folder, 'plain'), join(folder, 'view'), view);
  const [opened, expected] = [await openPacked(join(folder, 'view')), viewOf(plain, view)];
  assert.deepEqual({ ...opened, splits: null }, { ...expected, splits: null });
  for (const split of ['train', 'val', 'test'] as const) {
    assert.deepEqual(opened.splits[split].labels, expected.splits[split].labels);
    assert.deepEqual([...opened.splits[split].pixels], [...expected.splits[split].pixels]);
    const [one, other] = await Promise.all(['plain', 'view'].map((each) => stat(join(folder, each, `${split}.u8`))));
    assert.equal(one!.ino, other!.ino);
  }
  await assert.rejects(writeView(join(folder, 'view'), join(folder, 'twice'), view), {
    name: 'InputError',
    message: 'shuffle: images must be shuffled once, got {"block":2,"seed":5} before',
  });
});

test('every data set has the options of a view', async () => {
  assert.deepEqual(splitView({ dataset: 'emoji', domains: ['noto'] }), { base: { dataset: 'emoji', domains: ['noto'] }, view: null });
  const loaded = await loadDataset({ dataset: 'emoji', domains: ['noto'], shuffle: 'pixels' });
  assert.deepEqual(loaded.shuffle, { block: '*', seed: 1234 });
  assert.match(loaded.name, /^emoji \(noto\), all values shuffled by 1234$/);
  await assert.rejects(loadDataset({ dataset: 'emoji', domains: ['noto'], shuffle: { block: 5 } }), {
    message: "shuffle: block must divide the image's sides 32x32, got 5",
  });
});
