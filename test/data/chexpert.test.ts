import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/datasets.js';
import { equalizationTable } from '../../src/data/equalize.js';
import { chexpertRow, chexpertTable, folderWith, greyJpeg, plainJpeg } from './image-files.js';

const load = (root: string, options: object = {}) => loadDataset({ dataset: 'chexpert', root, size: 8, val: 0, ...options });
const path = (part: string, patient: number, view = 'view1_frontal') =>
  `CheXpert-v1.0-small/${part}/patient0000${patient}/study1/${view}.jpg`;
const marksOf = ({ splits, classes }: Dataset, split: 'train' | 'test', i: number) =>
  Object.fromEntries(classes.map((name, k) => [name, splits[split].marks![i * classes.length + k]]));

async function miniature(train: readonly string[], valid: readonly string[], files: Record<string, Uint8Array | string> = {}) {
  const grey = await plainJpeg('#808080', { width: 10, height: 14 });
  const images = [...train, ...valid].map((row) => [row.split(',')[0]!.split('/').slice(1).join('/'), grey]);
  return { 'train.csv': chexpertTable(train), 'valid.csv': chexpertTable(valid), ...Object.fromEntries(images), ...files } as Record<
    string,
    Uint8Array | string
  >;
}

test('chexpert: the five findings of the competition; -1 by policy, blank is not there', async (t) => {
  const root = folderWith(
    t,
    await miniature(
      [
        chexpertRow(path('train', 1), { Edema: '1.0', Atelectasis: '-1.0', Pneumonia: '1.0' }),
        chexpertRow(path('train', 2), { Edema: '-1.0', 'Pleural Effusion': '0.0' }),
      ],
      [chexpertRow(path('valid', 9), { Cardiomegaly: '1.0' })],
    ),
  );
  const data = await load(root);
  assert.deepEqual(data.classes, ['Atelectasis', 'Cardiomegaly', 'Consolidation', 'Edema', 'Pleural Effusion']);
  assert.equal(data.multiLabel, true);
  assert.deepEqual(data.splits.train.ids, ['train/patient00001/study1/view1_frontal.jpg', 'train/patient00002/study1/view1_frontal.jpg']);
  const none = { Atelectasis: 0, Cardiomegaly: 0, Consolidation: 0, Edema: 0, 'Pleural Effusion': 0 };
  const seen = async (options: object) => [0, 1].map(async (i) => marksOf(await load(root, options), 'train', i));
  assert.deepEqual(await Promise.all(await seen({})), [{ ...none, Edema: 1 }, none]);
  assert.deepEqual(await Promise.all(await seen({ uncertain: 'ones' })), [
    { ...none, Edema: 1, Atelectasis: 1 },
    { ...none, Edema: 1 },
  ]);
  assert.deepEqual(await Promise.all(await seen({ uncertain: 'ignore' })), [
    { ...none, Edema: 1, Atelectasis: -1 },
    { ...none, Edema: -1 },
  ]);
  assert.deepEqual(await Promise.all(await seen({ uncertain: { Edema: 'ones' } })), [
    { ...none, Edema: 1 },
    { ...none, Edema: 1 },
  ]);
  assert.deepEqual(marksOf(data, 'test', 0), { ...none, Cardiomegaly: 1 });
  assert.deepEqual([...new Set(data.splits.train.labels)], [-1]);
  assert.deepEqual((await load(root, { labels: ['Pneumonia'] })).classes, ['Pneumonia']);
  assert.deepEqual((await load(root, { labels: 'Pneumonia' })).classes, ['Pneumonia'], 'a word is a list of it');
  assert.ok(data.remarks!.includes('label Edema counts in no AUC where it does not vary: test has no image with it'), data.remarks!.join());
});

test('chexpert: views, and validation by patients', async (t) => {
  const rows = Array.from({ length: 10 }, (_, p) => [
    chexpertRow(path('train', p), { Edema: '1.0' }),
    chexpertRow(path('train', p, 'view2_lateral'), { Edema: '1.0' }, 'Lateral'),
  ]).flat();
  const root = folderWith(
    t,
    await miniature(rows, [chexpertRow(path('valid', 9), {}), chexpertRow(path('valid', 9, 'view2_lateral'), {}, 'Lateral')]),
  );
  const sizes = async (options: object) => {
    const { splits } = await load(root, options);
    return [splits.train.ids.length, splits.val.ids.length, splits.test.ids.length];
  };
  assert.deepEqual(await sizes({ views: 'lateral' }), [10, 0, 1]);
  assert.deepEqual(await sizes({ views: 'both', val: 0.3 }), [14, 6, 2]);
  const { splits } = await load(root, { views: 'both', val: 0.3 });
  const patients = (ids: readonly string[]) => new Set(ids.map((id) => id.split('/')[1]));
  const training = patients(splits.train.ids);
  assert.ok([...patients(splits.val.ids)].every((patient) => !training.has(patient)));
  assert.deepEqual(await sizes({ cap: 4 }), [4, 0, 1]);
  // paths may lack the folder's own name
  const bare = await miniature([chexpertRow(path('train', 1), {})], [chexpertRow(path('valid', 2), {})]);
  for (const table of ['train.csv', 'valid.csv']) bare[table] = String(bare[table]).replaceAll('CheXpert-v1.0-small/', '');
  assert.deepEqual((await load(folderWith(t, bare))).splits.test.ids, ['valid/patient00002/study1/view1_frontal.jpg']);
});

test('chexpert: histogram equalization as OpenCV has it, then the longer side to size and mid-grey margins; three equal channels', async (t) => {
  // a ramp of 100 … 131: equalization stretches it to 0 … 255
  const [width, height] = [32, 64];
  const ramp = Uint8Array.from({ length: width * height }, (_, i) => 100 + (i % width));
  const table = equalizationTable(ramp);
  assert.deepEqual([table[100], table[101], table[116], table[131]], [0, 8, 132, 255]);
  assert.deepEqual([...equalizationTable(new Uint8Array(9).fill(77)).subarray(76, 79)], [76, 77, 78]);

  const files = await miniature([chexpertRow(path('train', 1), {})], [chexpertRow(path('valid', 9), {})], {
    'train/patient00001/study1/view1_frontal.jpg': await greyJpeg(ramp, width, height),
  });
  const { splits } = await load(folderWith(t, files), { size: 64 });
  const plane = splits.train.pixels.subarray(0, 64 * 64);
  const row = plane.subarray(32 * 64, 33 * 64);
  assert.ok(
    [0, 15, 48, 63].every((x) => row[x] === 128),
    `margins: ${row.join(' ')}`,
  );
  // the picture is 32 wide, in the middle; JPEG blurs a little
  assert.ok(row[16]! < 20 && row[47]! > 235, row.join(' '));
  for (let x = 20; x < 44; x++) assert.ok(Math.abs(row[x]! - (255 * (x - 16)) / 31) < 20, `${x}: ${row[x]}`);
  for (const c of [1, 2]) assert.deepEqual(splits.train.pixels.subarray(c * 64 * 64, (c + 1) * 64 * 64), plane);
  assert.equal((await load(folderWith(t, files), { channels: 1 })).splits.train.pixels.length, 64);
});

test('chexpert: what is wrong is named with file and line', async (t) => {
  const fine = chexpertRow(path('train', 1), {});
  const refused = async (rows: readonly string[], message: RegExp, options: object = {}, files = {}) =>
    assert.rejects(load(folderWith(t, await miniature(rows, [chexpertRow(path('valid', 9), {})], files)), options), message);
  await refused([fine, chexpertRow(path('train', 2), { Edema: '2' })], /train\.csv:3: Edema must be 1\.0, 0\.0, -1\.0 or blank, got "2"/);
  await refused([fine, chexpertRow(path('train', 2), {}, 'Side')], /train\.csv:3: Frontal\/Lateral must be Frontal or Lateral, got "Side"/);
  await refused([chexpertRow('train/a.jpg', {})], /train\.csv:2: Path must be <folder>\/train\|valid\/<patient>/);
  await refused([`${fine},`], /train\.csv:2: must have 19 fields as the header has, got 20/);
  await refused([fine], /labels: unknown value "Oedema".*did you mean Edema\?/, { labels: ['Oedema'] });
  await refused([fine], /uncertain: unknown value "zero".*did you mean zeros\?/, { uncertain: 'zero' });
  await assert.rejects(load(folderWith(t, { 'train.csv': chexpertTable([fine]) })), /chexpert: valid\.csv: must be readable, got ENOENT/);
  await refused(
    [fine],
    /train\.csv:1: must have a column "Edema"/,
    {},
    { 'train.csv': `Path,Frontal/Lateral,Atelectasis,Cardiomegaly,Consolidation,Oedema,Pleural Effusion\n` },
  );
  await refused(
    [chexpertRow(path('train', 7), {})],
    /patient00007\/study1\/view1_frontal\.jpg: is no JPEG.*\(train\.csv:2\)/,
    {},
    { 'train/patient00007/study1/view1_frontal.jpg': 'text' },
  );
});
