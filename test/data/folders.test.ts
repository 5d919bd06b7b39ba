// A folder a split, and pixels normalized as a network of another library expects them.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import sharp from 'sharp';
import { evaluationBatches } from '../../src/data/batches.js';
import type { Dataset } from '../../src/data/dataset.js';
import { classCount, loadDataset } from '../../src/data/datasets.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { temporaryFolder, tinyStudy } from '../support/tiny-study.js';

const grey = (level: number) =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();

/** `val/cat/0.png` → a picture of one level. */
async function pictures(t: Pick<TestContext, 'after'>, files: Readonly<Record<string, number>>): Promise<string> {
  const root = await temporaryFolder(t);
  for (const [file, level] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), await grey(level));
  }
  return root;
}

const FILES = { 'val/cat/b.png': 51, 'val/cat/a.png': 102, 'val/dog/c.png': 153, 'more/train/dog/d.png': 0, 'more/train/cat/e.png': 255 };
const read = (base: string, options: object, size = 4) => loadDataset({ dataset: 'folders', size, ...options }, { base });
const ids = ({ splits }: Dataset) => [splits.train.ids, splits.val.ids, splits.test.ids];

test('test images alone will do; classes and their numbers are the sorted names', async (t) => {
  const base = await pictures(t, FILES);
  const alone = await read(base, { test: 'val' });
  assert.deepEqual(alone.classes, ['cat', 'dog']);
  assert.equal(await classCount({ dataset: 'folders', test: 'val' }, { base }), 2, 'before an image is read');
  assert.deepEqual(ids(alone), [[], [], ['test/cat/a.png', 'test/cat/b.png', 'test/dog/c.png']]);
  assert.deepEqual([...alone.splits.test.labels], [0, 0, 1]);
  assert.deepEqual([...alone.splits.test.pixels.subarray(0, 3)], [102, 102, 102]);
  assert.deepEqual(alone.remarks, ['There are no training images.']);
  // without training images the test images' own: levels 0.2, 0.4, 0.6
  assert.ok(Math.abs(alone.mean[0]! - 0.4) < 1e-12 && Math.abs(alone.std[0]! - Math.sqrt(0.08 / 3)) < 1e-12);
  const both = await read(base, { test: 'val', train: 'more/train' });
  assert.deepEqual(ids(both)[0], ['train/cat/e.png', 'train/dog/d.png']);
  assert.equal(both.mean[0], 0.5);
});

test('what does not fit is refused', async (t) => {
  const base = await pictures(t, { ...FILES, 'other/cat/x.png': 1, 'other/eel/y.png': 1, 'few/cat/z.png': 1 });
  await assert.rejects(read(base, { train: 'val' }), /folders: test/);
  await assert.rejects(read(base, { test: 'none' }), /folders: must be a folder, got .*none/);
  await assert.rejects(read(base, { test: 'few' }), /few must hold two or more class folders, got cat/);
  await assert.rejects(read(base, { test: 'val', train: 'other' }), /folders: train must have the classes of test, got eel too/);
});

test('normalize: as ImageNet networks, as pixels, or any mean and deviation', async (t) => {
  const base = await pictures(t, FILES);
  const first = async (normalize: unknown) => {
    const data = await read(base, { test: 'val', normalize });
    for await (const { images } of evaluationBatches({ dataset: data, split: data.splits.test, batch: 1 }))
      return [images[0]!, images[16]!];
    return [];
  };
  const close = (got: readonly number[], wanted: readonly number[]) =>
    got.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-6, `${value} ${wanted[i]}`));
  close(await first('none'), [0.4, 0.4]);
  close(await first('imagenet'), [(0.4 - 0.485) / 0.229, (0.4 - 0.456) / 0.224]);
  close(await first({ mean: 0.5, std: [0.5, 0.25, 1] }), [-0.2, -0.4]);
  await assert.rejects(
    read(base, { test: 'val', normalize: 'imagnet' }),
    /normalize: must be imagenet, none or \{ mean, std \}, got "imagnet"/,
  );
  await assert.rejects(read(base, { test: 'val', normalize: { mean: 0, std: 0 } }), /normalize: std must be numbers > 0, got 0/);
  await assert.rejects(read(base, { test: 'val', normalize: { mean: [0, 1], std: 1 } }), /normalize: mean must have one number or 3/);
});

test('what is in every folder is part of what was asked', async (t) => {
  const base = await pictures(t, FILES);
  const text = tinyStudy().replace('dataset: emoji, domains: [openmoji]', 'dataset: folders, test: val, train: more/train, size: 4');
  const idOf = async () => (await planStudy(parseStudy(text, join(base, 's.yaml')))).steps.find(({ subject }) => subject === 'near')!.id;
  const before = await idOf();
  assert.equal(await idOf(), before);
  await writeFile(join(base, 'more/train/cat/f.png'), await grey(9));
  assert.notEqual(await idOf(), before);
});
