import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import sharp from 'sharp';
import { loadDataset } from '../../src/data/datasets.js';
import { EMOJI_DOMAINS } from '../../src/data/emoji.js';
import { SPLITS } from '../../src/data/dataset.js';

const FOLDER = new URL('../../../assets/emoji/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('manifest.json', FOLDER), 'utf8')) as {
  items: { code: string; cls: string; group: string; family: string; split: string }[];
};

test('sprites and manifest have the sums that were committed', () => {
  const lines = readFileSync(new URL('sha256.txt', FOLDER), 'utf8').trim().split('\n');
  const files = lines.map((line) => line.split('  ') as [string, string]);
  for (const [sum, file] of files) {
    assert.equal(
      createHash('sha256')
        .update(readFileSync(new URL(file, FOLDER)))
        .digest('hex'),
      sum,
      file,
    );
  }
  const needed = [...Object.keys(EMOJI_DOMAINS).map((domain) => `32/${domain}.png`), 'manifest.json'].sort();
  assert.deepEqual(
    files.map(([, file]) => file).filter((file) => needed.includes(file)),
    needed,
  );
});

test('no family is divided among the splits', () => {
  const splits = new Map<string, Set<string>>();
  for (const { family, split } of manifest.items) splits.set(family, (splits.get(family) ?? new Set()).add(split));
  assert.deepEqual(
    [...splits].filter(([, found]) => found.size > 1),
    [],
  );
});

test('a union of domains: counts, ids, labels of the manifest, pixels of the sprite', async () => {
  const data = await loadDataset({ dataset: 'emoji', domains: ['noto', 'outline'] });
  assert.deepEqual(
    SPLITS.map((split) => data.splits[split].ids.length),
    [2 * 1097, 2 * 152, 2 * 312],
  );
  assert.equal(data.classes.length, 18);
  assert.deepEqual([...data.classes], [...data.classes].sort());
  assert.match(data.licence!, /outline: CC-BY-SA-4\.0/);

  const item = manifest.items.findIndex(({ code }) => code === '1f600');
  const { cls, split } = manifest.items[item]!;
  const place = data.splits[split as 'train'].ids.indexOf('outline/1f600');
  assert.equal(data.classes[data.splits[split as 'train'].labels[place]!], cls);
  const box = { left: (item % 40) * 32, top: Math.floor(item / 40) * 32, width: 32, height: 32 };
  const tile = await sharp(new URL('32/outline.png', FOLDER).pathname).extract(box).raw().toBuffer();
  const { pixels } = data.splits[split as 'train'];
  for (const [x, y, c] of [
    [0, 0, 0],
    [16, 3, 1],
    [7, 20, 2],
    [31, 31, 0],
  ] as const) {
    assert.equal(pixels[place * 3072 + (c * 32 + y) * 32 + x], tile[(y * 32 + x) * 3 + c]);
  }
  assert.ok(pixels.buffer instanceof SharedArrayBuffer);
});

test('mean and standard deviation are those of the training pixels', async () => {
  const { splits, mean, std } = await loadDataset({ dataset: 'emoji', domains: 'twemoji', labels: 'group' });
  const { pixels } = splits.train;
  for (let c = 0; c < 3; c++) {
    const values = pixels.filter((_, i) => Math.floor(i / 1024) % 3 === c);
    const m = values.reduce((a, b) => a + b / 255, 0) / values.length;
    const s = Math.sqrt(values.reduce((a, b) => a + (b / 255 - m) ** 2, 0) / values.length);
    assert.ok(Math.abs(mean[c]! - m) < 1e-9 && Math.abs(std[c]! - s) < 1e-9);
  }
});

test('coarse labels are the eight groups', async () => {
  const { classes } = await loadDataset({ dataset: 'emoji', domains: ['silhouette'], labels: 'group' });
  assert.deepEqual(classes, [...new Set(manifest.items.map(({ group }) => group))].sort());
  assert.equal(classes.length, 8);
});

test('what is not there is refused with what is', async () => {
  const refuses = (options: object, message: RegExp) =>
    assert.rejects(loadDataset({ dataset: 'emoji', ...options }), { name: 'InputError', message });
  await refuses({}, /^emoji: domains must list one or more of fluent3d, noto, .* got undefined$/);
  await refuses({ domains: ['openmoij'] }, /did you mean openmoji\?$/);
  await refuses({ domains: ['noto', 'noto'] }, /^emoji: domains must not repeat, got noto twice$/);
  await refuses(
    { domains: ['noto'], lables: 'group' },
    /unknown option "lables"; there are: domains, labels, size; did you mean labels\?$/,
  );
  await refuses({ domains: ['noto'], size: 16 }, /^emoji: size: must be one that noto is rendered in \(32\), got 16$/);
  await refuses({ domains: ['noto', 'outline'], size: '32' }, /size: must be one that noto, outline are rendered in \(32\), got "32"$/);
  await assert.rejects(loadDataset({ dataset: 'emojis' }), {
    name: 'InputError',
    message: /there are: .*emoji, folder, folders, idx.*; did you mean emoji\?$/,
  });
});
