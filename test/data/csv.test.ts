import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { evaluationBatches } from '../../src/data/batches.js';
import { parseCsv } from '../../src/data/csv-table.js';
import { loadDataset } from '../../src/data/datasets.js';
import { openPacked, writePacked, writeView } from '../../src/data/packed.js';
import { viewOf } from '../../src/data/view.js';
import { folderWith, plainJpeg } from './image-files.js';

const load = (root: string, options: object = {}) => loadDataset({ dataset: 'csv', root, size: 4, ...options });

async function withTable(t: TestContext, table: string, count = 6): Promise<string> {
  const names = Array.from({ length: count }, (_, i) => `images/${i}.jpg`);
  return folderWith(t, {
    'labels.csv': table,
    ...Object.fromEntries(await Promise.all(names.map(async (name, i) => [name, await plainJpeg(`#0000${(16 + i).toString(16)}`)]))),
  });
}
const DIVIDED = 'path,split,cat,dog\nimages/0.jpg,train,1,0\nimages/1.jpg,train,,1\nimages/2.jpg,val,0,0\nimages/3.jpg,test,1,\n';

test('csv: labels 1, 0 and not known; the split column divides', async (t) => {
  const data = await load(await withTable(t, DIVIDED));
  assert.deepEqual(data.classes, ['cat', 'dog']);
  assert.deepEqual(
    [data.splits.train.ids, data.splits.val.ids, data.splits.test.ids],
    [['images/0.jpg', 'images/1.jpg'], ['images/2.jpg'], ['images/3.jpg']],
  );
  assert.deepEqual([...data.splits.train.marks!], [1, 0, -1, 1]);
  assert.deepEqual([...data.splits.test.marks!], [1, -1]);
});

test('csv: shares are drawn, and what shares a group stays together', async (t) => {
  const rows = Array.from({ length: 40 }, (_, i) => `images/${i}.jpg,p${Math.floor(i / 4)},${i % 2}`);
  const root = await withTable(t, `path,patient,ill\n${rows.join('\n')}\n`, 40);
  const { splits, classes } = await load(root, { group: 'patient', split: { val: 0.2, test: 0.3 }, seed: 3, labels: 'ill' });
  assert.deepEqual(classes, ['ill']);
  assert.deepEqual([splits.train.ids.length, splits.val.ids.length, splits.test.ids.length], [20, 8, 12]);
  const patients = Object.values(splits).map(({ ids }) => new Set(ids.map((id) => Math.floor(Number(/\d+/.exec(id)![0]) / 4))));
  assert.equal(patients[0]!.size + patients[1]!.size + patients[2]!.size, 10);
});

test('csv: marks go through packed files, views and batches', async (t) => {
  const data = await load(await withTable(t, DIVIDED));
  const folder = folderWith(t, {});
  await writePacked(data, `${folder}/packed`);
  const opened = await openPacked(`${folder}/packed`);
  assert.deepEqual(opened, data);
  const batch = (await evaluationBatches({ dataset: opened, split: 'train', batch: 3 }).next()).value!;
  assert.deepEqual([...batch.targets], [1, 0, -1, 1, 0, 0]);
  const viewed = viewOf(data, { shuffleLabels: 1 });
  const sets = (marks: Int8Array) => [`${marks.subarray(0, 2).join()}`, `${marks.subarray(2).join()}`].sort();
  assert.deepEqual(sets(viewed.splits.train.marks!), sets(data.splits.train.marks!));
  await writeView(`${folder}/packed`, `${folder}/view`, { shuffleLabels: 1 });
  assert.deepEqual((await openPacked(`${folder}/view`)).splits.train.marks, viewed.splits.train.marks);
});

test('csv: what is wrong is named with file and line', async (t) => {
  const refused = async (table: string, message: RegExp, options: object = {}) =>
    assert.rejects(load(await withTable(t, table), options), message);
  await refused(
    'path,split,cat\nimages/0.jpg,train,1\nimages/1.jpg,val,0\n',
    /there must be test images, got none: let rows have split test$/,
  );
  await refused('path,cat\nimages/0.jpg,1\nimages/1.jpg,0\n', /got none: give them a share, split: \{ test: 0\.2 \}$/, {
    split: { test: 0 },
  });
  await refused('path,cat\nimages/0.jpg,yes\n', /csv: labels\.csv:2: cat must be 1, 0 or blank, got "yes"/);
  await refused('path,cat\n../0.jpg,1\n', /csv: labels\.csv:2: path must lie inside the folder, got "\.\.\/0\.jpg"/);
  await refused(
    'path,cat\nimages/0.jpg,1\nimages/0.jpg,0\n',
    /csv: labels\.csv:3: an image must be listed once, got images\/0\.jpg as in line 2/,
  );
  await refused('path,split,cat\nimages/0.jpg,training,1\n', /labels\.csv:2: split must be train, val, test, got "training"/);
  await refused('file,cat\nimages/0.jpg,1\n', /labels\.csv:1: must have a column "path", got file, cat/);
  await refused('path\nimages/0.jpg\n', /labels\.csv:1: must have a column for each label, got path/);
  await refused('path,cat\nimages/9.jpg,1\nimages/0.jpg,1\n', /images\/9\.jpg: cannot be opened: ENOENT \(labels\.csv:2\)/, {
    split: { test: 0.5 },
  });
  await refused(DIVIDED, /split must be left out where labels\.csv has a column split/, { split: { val: 0.1 } });
  await refused(DIVIDED, /labels\.csv:1: must have a column "dgo".*is dog meant\?/, { labels: ['dgo'] });
});

test('csv files: quotes, commas and line breaks inside, CRLF, a byte order mark', () => {
  const fields = (text: string) => parseCsv(text, 't').map(({ line, fields }) => [line, ...fields]);
  assert.deepEqual(fields('\uFEFFa,b\r\n"x, ""y""",2\r\n\r\n"two\nlines",\n'), [
    [1, 'a', 'b'],
    [2, 'x, "y"', '2'],
    [4, 'two\nlines', ''],
  ]);
  assert.deepEqual(fields('a'), [[1, 'a']]);
  assert.throws(() => parseCsv('a\n"open', 't'), /t:2: a quote must be closed, got the end of the file/);
  assert.throws(() => parseCsv('"a"b\n', 't'), /t:1: a quoted field must end at a comma or the line's end, got "b"/);
});
