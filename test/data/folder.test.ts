import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import sharp from 'sharp';
import type { Dataset, SplitName } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/datasets.js';
import { folderWith } from './image-files.js';

type Format = 'jpeg' | 'png' | 'webp' | 'gif';

/** An image file's bytes: one colour, or what `pixels` says. */
const image = (format: Format, { width = 8, height = 8, color = '#ff0000' } = {}) =>
  sharp({ create: { width, height, channels: 3, background: color } })
    .toFormat(format, { quality: 100, lossless: true })
    .toBuffer();

const load = (root: string, options: object = {}): Promise<Dataset> => loadDataset({ dataset: 'folder', root, size: 4, ...options });
const labelsOf = ({ splits, classes }: Dataset, split: SplitName) => [...splits[split].labels].map((label) => classes[label]);
/** Pixel (y, x) of an image, all channels. */
const pixel = ({ splits, channels, height, width }: Dataset, split: SplitName, index: number, y = 0, x = 0) =>
  Array.from({ length: channels }, (_, c) => splits[split].pixels[((index * channels + c) * height + y) * width + x]!);

test('root/train|val|test/<class>: all formats, sorted, ids are paths', async (t) => {
  const root = folderWith(t, {
    'train/b/2.png': await image('png', { color: '#0000ff' }),
    'train/b/10.gif': await image('gif', { color: '#00ff00' }),
    'train/a/x.webp': await image('webp', { color: '#ffffff' }),
    'train/a/deep/y.jpg': await image('jpeg', { color: '#808080' }),
    'val/a/v.png': await image('png'),
    'test/b/t.png': await image('png'),
    'train/a/.hidden': 'not looked at',
    'README.md': 'not looked at',
  });
  const data = await load(root);
  assert.deepEqual(data.classes, ['a', 'b']);
  assert.deepEqual(data.splits.train.ids, ['train/a/deep/y.jpg', 'train/a/x.webp', 'train/b/10.gif', 'train/b/2.png']);
  assert.deepEqual(labelsOf(data, 'train'), ['a', 'a', 'b', 'b']);
  assert.deepEqual([data.splits.val.ids, data.splits.test.ids], [['val/a/v.png'], ['test/b/t.png']]);
  assert.deepEqual(
    [0, 1, 2, 3].map((i) => pixel(data, 'train', i)),
    [
      [128, 128, 128],
      [255, 255, 255],
      [0, 255, 0],
      [0, 0, 255],
    ],
  );
  assert.deepEqual(data.remarks, ['class a has 2 training images and none in test', 'class b has 2 training images and none in val']);
});

test('root/<class>: splits are drawn by seed, class by class, and divide the images', async (t) => {
  const png = await image('png');
  const files = Object.fromEntries(['a', 'b', 'train'].flatMap((name) => Array.from({ length: 20 }, (_, i) => [`${name}/${i}.png`, png])));
  const root = folderWith(t, files);
  const data = await load(root, { split: { val: 0.25, test: 0.15 }, seed: 1 });
  for (const [split, count] of [
    ['train', 12],
    ['val', 5],
    ['test', 3],
  ] as const) {
    for (const name of data.classes) assert.equal(labelsOf(data, split).filter((label) => label === name).length, count);
  }
  const ids = (made: Dataset) => [made.splits.train.ids, made.splits.val.ids, made.splits.test.ids];
  assert.deepEqual(ids(data).flat().sort(), Object.keys(files).sort());
  assert.deepEqual(ids(await load(root, { split: { val: 0.25, test: 0.15 }, seed: 1 })), ids(data));
  assert.notDeepEqual(ids(await load(root, { split: { val: 0.25, test: 0.15 }, seed: 2 })), ids(data));
  const usual = await load(root);
  assert.deepEqual([usual.splits.val.ids.length, usual.splits.test.ids.length], [6, 12]);
});

test('a split without a folder is drawn from train/, by its share', async (t) => {
  const png = await image('png');
  const names = ['a', 'b'].flatMap((name) => Array.from({ length: 10 }, (_, i) => `train/${name}/${i}.png`));
  const root = folderWith(t, Object.fromEntries([...names, 'test/a/0.png', 'test/b/0.png', 'extra/x.png'].map((name) => [name, png])));
  const usual = await load(root);
  assert.deepEqual([usual.splits.train.ids.length, usual.splits.val.ids.length, usual.splits.test.ids.length], [18, 2, 2]);
  assert.deepEqual(usual.remarks, [
    '2 validation images are drawn from train/',
    'folders beside train/ that are no split are not read: extra',
  ]);
  assert.equal((await load(root, { split: { val: 0.2 } })).splits.val.ids.length, 4);
  assert.equal((await load(root, { split: { val: 0 } })).splits.val.ids.length, 0);
  await assert.rejects(load(root, { split: { test: 0.2 } }), {
    message: 'folder: split.test must be left out where the folder test/ exists, got 0.2',
  });
});

test('train/ and val/ without test/: val/ is the test split, unless test has a share', async (t) => {
  const png = await image('png');
  const files = (split: string, count: number) =>
    ['a', 'b'].flatMap((name) => Array.from({ length: count }, (_, i) => `${split}/${name}/${i}.png`));
  const root = folderWith(t, Object.fromEntries([...files('train', 20), ...files('val', 3)].map((name) => [name, png])));
  const data = await load(root);
  assert.deepEqual(data.splits.test.ids, files('val', 3));
  assert.deepEqual([data.splits.train.ids.length, data.splits.val.ids.length], [36, 4]);
  assert.deepEqual(data.remarks, [
    'there is no test/, so the images of val/ are the test split',
    '4 validation images are drawn from train/',
  ]);
  const drawn = await load(root, { split: { test: 0.25 } });
  assert.deepEqual([drawn.splits.val.ids, drawn.splits.test.ids.length], [files('val', 3), 10]);
  assert.deepEqual(drawn.remarks, ['10 test images are drawn from train/']);
  await assert.rejects(
    load(root, { split: { val: 0.2, test: 0.2 } }),
    /split\.val must be left out where the folder val\/ exists, got 0\.2/,
  );
  const alone = await load(folderWith(t, Object.fromEntries(files('train', 10).map((name) => [name, png]))));
  assert.deepEqual([alone.splits.train.ids.length, alone.splits.val.ids.length, alone.splits.test.ids.length], [14, 2, 4]);
});

test('a class with one image keeps it for training, and a remark says so', async (t) => {
  const png = await image('png');
  const root = folderWith(t, { 'a/only.png': png, ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`b/${i}.png`, png])) });
  const data = await load(root, { split: { val: 0.4, test: 0.5 } });
  assert.deepEqual(
    [labelsOf(data, 'train'), labelsOf(data, 'val').includes('a'), labelsOf(data, 'test').includes('a')],
    [['a', 'b'], false, false],
  );
  assert.deepEqual(data.remarks, ['class a has 1 training image and none in val and test', 'class b has 1 training image']);
});

async function withBroken(t: TestContext): Promise<string> {
  const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251));
  const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  return folderWith(t, {
    'train/a/good.png': await image('png', { color: '#010203' }),
    'train/a/cut.jpg': jpeg.subarray(0, Math.floor(jpeg.length / 2)),
    'train/a/empty.png': '',
    'train/b/notes.txt': 'no image',
    'train/b/drawing.svg': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    'train/b/last.png': await image('png', { color: '#040506' }),
    'train/stray.png': await image('png'),
    'val/a/v.png': await image('png'),
    'test/a/t.png': await image('png'),
  });
}

test('broken files and files that are no images are refused by name', async (t) => {
  const root = await withBroken(t);
  await assert.rejects(load(root), (error: Error) => {
    assert.equal(error.name, 'InputError');
    assert.match(error.message, /must be a readable image, got 5 that are not \(corrupt: skip leaves them out\):/);
    assert.match(error.message, /\n {2}train\/stray\.png: lies in no class folder/);
    assert.match(error.message, /\n {2}train\/a\/cut\.jpg: cannot be decoded: broken or cut short\n/);
    assert.match(error.message, /\n {2}train\/a\/empty\.png: is empty/);
    assert.match(error.message, /\n {2}train\/b\/drawing\.svg: is no JPEG, PNG, WebP or GIF/);
    assert.match(error.message, /\n {2}train\/b\/notes\.txt: is no JPEG, PNG, WebP or GIF$/);
    return true;
  });
});

test('corrupt: skip leaves them out, and the others stay what they are', async (t) => {
  const data = await load(await withBroken(t), { corrupt: 'skip' });
  assert.deepEqual(data.splits.train.ids, ['train/a/good.png', 'train/b/last.png']);
  assert.deepEqual(
    [pixel(data, 'train', 0), pixel(data, 'train', 1)],
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  );
  assert.equal(data.splits.train.pixels.length, 2 * 48);
  assert.deepEqual(
    data.skipped.map(({ file }) => file),
    ['train/stray.png', 'train/a/cut.jpg', 'train/a/empty.png', 'train/b/drawing.svg', 'train/b/notes.txt'],
  );
});

test('pictures are turned as EXIF says, transparency is white, grey becomes RGB and RGB grey', async (t) => {
  // left half black, right half white; orientation 6 turns it a quarter clockwise: black above
  const halves = Buffer.from(Array.from({ length: 64 * 3 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 0 : 255)));
  const turned = await sharp(halves, { raw: { width: 8, height: 8, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  const clear = await sharp({ create: { width: 8, height: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toBuffer();
  const grey = await sharp(Buffer.alloc(64, 100), { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer();
  const root = folderWith(t, { 'train/a/turned.png': turned, 'train/b/clear.png': clear, 'train/b/grey.png': grey, 'test/a/t.png': grey });
  const data = await load(root, { size: 8 });
  assert.deepEqual(
    [pixel(data, 'train', 0, 0, 7), pixel(data, 'train', 0, 7, 0)],
    [
      [0, 0, 0],
      [255, 255, 255],
    ],
  );
  assert.deepEqual(pixel(data, 'train', 1), [255, 255, 255]);
  assert.deepEqual(pixel(data, 'train', 2), [100, 100, 100]);
  const flat = await load(root, { size: 8, channels: 1 });
  assert.deepEqual([flat.channels, flat.mean.length, pixel(flat, 'train', 1), pixel(flat, 'train', 2)], [1, 1, [255], [100]]);
});

test('fit: cover cuts, contain adds white, fill distorts', async (t) => {
  // red, green and blue thirds side by side
  const bands = Buffer.from(Array.from({ length: 12 * 4 * 3 }, (_, i) => (i % 3 === Math.floor((Math.floor(i / 3) % 12) / 4) ? 255 : 0)));
  const wide = await sharp(bands, { raw: { width: 12, height: 4, channels: 3 } })
    .png()
    .toBuffer();
  const root = folderWith(t, { 'train/a/wide.png': wide, 'train/b/x.png': await image('png'), 'test/b/t.png': await image('png') });
  const at = async (fit: string, y: number, x: number) => pixel(await load(root, { size: 12, fit }), 'train', 0, y, x);
  assert.deepEqual(
    [await at('cover', 6, 2), await at('cover', 0, 6)],
    [
      [0, 255, 0],
      [0, 255, 0],
    ],
  );
  assert.deepEqual(
    [await at('contain', 0, 6), await at('contain', 6, 0)],
    [
      [255, 255, 255],
      [255, 0, 0],
    ],
  );
  assert.deepEqual(
    [await at('fill', 0, 0), await at('fill', 11, 11)],
    [
      [255, 0, 0],
      [0, 0, 255],
    ],
  );
});

test('cap draws that many images a split; links are followed; relative roots start at base', async (t) => {
  const png = await image('png');
  const root = folderWith(
    t,
    Object.fromEntries(['a', 'b'].flatMap((name) => Array.from({ length: 10 }, (_, i) => [`${name}/${i}.png`, png]))),
  );
  symlinkSync(join(root, 'a'), join(root, 'c'));
  const data = await loadDataset({ dataset: 'folder', root: '.', size: 4, cap: 5 }, { base: root });
  assert.deepEqual(data.classes, ['a', 'b', 'c']);
  assert.deepEqual([data.splits.train.ids.length, data.splits.val.ids.length, data.splits.test.ids.length], [5, 3, 5]);
  assert.deepEqual([...data.splits.train.ids], [...data.splits.train.ids].sort());
});

test('folders that are no data set are refused', async (t) => {
  const png = await image('png');
  const refuses = async (files: Record<string, Uint8Array | string>, message: RegExp, options = {}) =>
    assert.rejects(load(folderWith(t, files), options), { name: 'InputError', message });
  await assert.rejects(load('/no/such/folder'), { name: 'InputError', message: 'folder: root must be a folder, got /no/such/folder' });
  await refuses({ 'a/0.png': png }, /must hold two or more class folders, got a$/);
  await refuses(
    { 'train/a/0.png': png, 'train/b/0.png': png, 'val/c/0.png': png },
    /^folder: class c of val\/ must have training images, got none$/,
  );
  await refuses({ 'a/.keep': '', 'b/0.png': png }, /^folder: class a must have images, got none$/);
  await refuses(
    { 'train/a/0.png': 'x', 'train/b/0.png': png, 'test/b/0.png': png },
    /^folder: class a must have a readable training image, got none$/,
    {
      corrupt: 'skip',
    },
  );
  await refuses(
    { 'train/a/0.png': png, 'train/b/0.png': png },
    /^folder: there must be test images, got none in .*: make a folder test\/ beside/,
  );
  await refuses(
    { 'train/a/0.png': png, 'train/b/0.png': png, 'test/a/0.png': 'x' },
    /^folder: there must be test images, on which every network is judged, got none$/,
    { corrupt: 'skip' },
  );
  await refuses({ 'a/0.png': png, 'b/0.png': png }, /^folder: split must leave images for training, got val 0.5 and test 0.5$/, {
    split: { val: 0.5, test: 0.5 },
  });
});
