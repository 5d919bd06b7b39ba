import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { loadDataset } from '../../src/data/datasets.js';
import { folderWith, plainJpeg } from './image-files.js';

const SYNSETS = { n01440764: '#ff0000', n02012849: '#00ff00', n03126707: '#0000ff' };
const COLORS = Object.values(SYNSETS);
const VAL = ['ILSVRC2012_val_00000001.JPEG', 'ILSVRC2012_val_00000002.JPEG', 'ILSVRC2012_val_00000003.JPEG'];

async function training(prefix = 'train'): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const [synset, color] of Object.entries(SYNSETS))
    for (let i = 0; i < 4; i++) files[`${prefix}/${synset}/${synset}_${i}.JPEG`] = await plainJpeg(color);
  return files;
}
/** Files 1, 2, 3 show classes 2, 0, 1. */
async function flat(prefix = 'val'): Promise<Record<string, Uint8Array>> {
  return Object.fromEntries(
    await Promise.all(VAL.map(async (name, i) => [`${prefix}/${name}`, await plainJpeg(COLORS[(i + 2) % 3]!)] as const)),
  );
}
const load = (root: string, options: object = {}) => loadDataset({ dataset: 'imagenet', root, size: 4, ...options });

/** The class whose colour an image of the test split has. */
const seen = (pixels: Uint8Array, i: number) => [0, 1, 2].find((channel) => pixels[(3 * i + channel) * 16]! > 200);

test('imagenet: synset folders, named by the list; val/ is the test split', async (t) => {
  const root = folderWith(t, {
    ...(await training()),
    'val/n02012849/ILSVRC2012_val_00000007.JPEG': await plainJpeg('#00ff00'),
    'LOC_synset_mapping.txt': 'n01440764 tench, Tinca tinca\nn02012849 crane\nn03126707 crane\n',
  });
  const data = await load(root, { val: 0.25 });
  assert.deepEqual(data.classes, ['tench', 'crane (n02012849)', 'crane (n03126707)']);
  assert.deepEqual([data.splits.train.ids.length, data.splits.val.ids.length], [9, 3]);
  assert.deepEqual([data.splits.test.ids, [...data.splits.test.labels]], [['val/n02012849/ILSVRC2012_val_00000007.JPEG'], [1]]);
  assert.deepEqual(
    (await load(folderWith(t, { ...(await training()), ...(await flat()), 'val.txt': VAL.map((name) => `${name} 0`).join('\n') }))).classes,
    Object.keys(SYNSETS),
  );
});

test('imagenet: a flat val/ by the solution that Kaggle has, by files with numbers, by synsets in order', async (t) => {
  const lists: Record<string, string> = {
    'LOC_val_solution.csv': `ImageId,PredictionString\n${[
      'n03126707 85 1 499 272 ',
      'n01440764 1 2 3 4 n01440764 5 6 7 8 ',
      'n02012849 0 0 9 9 ',
    ]
      .map((said, i) => `${VAL[i]!.slice(0, -5)},${said}`)
      .reverse()
      .join('\n')}\n`,
    'val.txt': VAL.map((name, i) => `${name} ${(i + 2) % 3}`).join('\n'),
    'imagenet_2012_validation_synset_labels.txt': 'n03126707\nn01440764\nn02012849\n',
  };
  for (const [name, text] of Object.entries(lists)) {
    const { splits } = await load(folderWith(t, { ...(await training()), ...(await flat()), [name]: text }));
    assert.deepEqual([...splits.test.labels], [2, 0, 1], name);
    splits.test.labels.forEach((label, i) => assert.equal(seen(splits.test.pixels, i), label, name));
  }
  // as Kaggle's archive unpacks
  const inside = 'ILSVRC/Data/CLS-LOC/';
  const root = folderWith(t, {
    ...(await training(`${inside}train`)),
    ...(await flat(`${inside}val`)),
    'LOC_val_solution.csv': lists['LOC_val_solution.csv']!,
  });
  assert.deepEqual([...(await load(root)).splits.test.labels], [2, 0, 1]);
});

test('imagenet: CMYK JPEGs are converted and named', async (t) => {
  const root = folderWith(t, {
    ...(await training()),
    ...(await flat()),
    'val.txt': VAL.map((name, i) => `${name} ${(i + 2) % 3}`).join('\n'),
    'train/n01440764/n01440764_1.JPEG': await plainJpeg('#ff0000', { cmyk: true }),
  });
  const data = await load(root);
  assert.deepEqual(data.remarks, ['1 CMYK JPEG was converted to RGB: train/n01440764/n01440764_1.JPEG']);
  const red = data.splits.train.pixels.subarray(48, 96);
  assert.ok(red[0]! > 180 && red[16]! < 80 && red[32]! < 80, `red, got ${red[0]}, ${red[16]}, ${red[32]}`);
});

test('imagenet: what is missing or wrong is named', async (t) => {
  const refused = async (files: Record<string, Uint8Array | string>, message: RegExp, context: TestContext = t) =>
    assert.rejects(load(folderWith(context, files)), message);
  const [train, val] = [await training(), await flat()];
  await refused({ 'README.md': '' }, /must hold train\/ and val\/, got ENOENT for .*train/);
  await refused({ 'train/cat/a.jpg': '' }, /must hold two synset folders \(n01440764\) or more, got none/);
  await refused(train, /must hold train\/ and val\/, got ENOENT for .*val/);
  await refused({ ...train, ...val }, /a flat val\/ must have a list.* got none of LOC_val_solution\.csv, val\.txt/);
  await refused({ ...train, ...val, 'ILSVRC2012_validation_ground_truth.txt': '1\n2\n3\n' }, /meta\.mat, which is not read/);
  await refused(
    { ...train, ...val, 'val.txt': `${VAL[0]!} 1\n${VAL[1]!} 3\n` },
    /val\.txt:2: must be a synset of train\/, or its place among the 3 \(from 0\), got "3"/,
  );
  await refused(
    { ...train, ...val, 'val.txt': `${VAL[0]!} 1\n` },
    /val\.txt must list every file of val\/, got no ILSVRC2012_val_00000002\.JPEG/,
  );
  await refused({ ...train, ...val, 'val.txt': '1\n2\n0\n' }, /val\.txt:1: a list without file names must hold synsets/);
  await refused({ ...train, ...val, 'val.txt': 'n01440764\n' }, /val\.txt must have a line for each of the 3 files of val\/, got 1/);
  await refused({ ...train, 'val/n09999999/a.JPEG': '' }, /synset n09999999 of val\/ must have training images/);
  await refused(
    { ...train, ...val, 'val.txt': VAL.map((name) => `${name} 0`).join('\n'), 'train/n01440764/n01440764_2.JPEG': 'text' },
    /train\/n01440764\/n01440764_2\.JPEG: is no JPEG/,
  );
});
