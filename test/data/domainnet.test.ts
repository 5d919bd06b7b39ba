import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { loadDataset, partsOf } from '../../src/data/datasets.js';
import { fingerprint } from '../../src/study/fingerprint.js';
import { folderWith, plainJpeg } from './image-files.js';

const COLORS = { airplane: '#ff0000', bee: '#00ff00', cat: '#0000ff' };

/** `images` training and a third as many test images a class and domain, with the lists that DomainNet has. */
async function miniature(
  t: TestContext,
  domains: readonly string[],
  images = 6,
  change: Record<string, Uint8Array | string> = {},
): Promise<string> {
  const files: Record<string, Uint8Array | string> = {};
  for (const domain of domains) {
    for (const [part, count] of [
      ['train', images],
      ['test', images / 3],
    ] as const) {
      const lines: string[] = [];
      for (const [label, [name, color]] of Object.entries(COLORS).entries()) {
        for (let i = 0; i < count; i++) {
          const file = `${domain}/${name}/${domain}_00${label}_${part}${i}.jpg`;
          files[file] = await plainJpeg(color);
          lines.push(`${file} ${label}`);
        }
      }
      files[`${domain}_${part}.txt`] = `${lines.join('\n')}\n`;
    }
  }
  return folderWith(t, { ...files, ...change });
}

const load = (root: string, options: object) => loadDataset({ dataset: 'domainnet', root, size: 4, ...options });

test('domainnet: lists say class and split; validation is drawn from train, class by class', async (t) => {
  const root = await miniature(t, ['clipart', 'real']);
  const data = await load(root, { domains: ['real', 'clipart'], val: 0.34 });
  assert.deepEqual(data.classes, ['airplane', 'bee', 'cat']);
  assert.equal(data.name, 'domainnet (real + clipart)');
  const { train, val, test: tested } = data.splits;
  assert.deepEqual([train.ids.length, val.ids.length, tested.ids.length], [24, 12, 12]);
  assert.deepEqual(tested.ids.slice(0, 3), [
    'real/airplane/real_000_test0.jpg',
    'real/airplane/real_000_test1.jpg',
    'real/bee/real_001_test0.jpg',
  ]);
  for (const split of [train, val, tested]) split.ids.forEach((id, i) => assert.equal(data.classes[split.labels[i]!], id.split('/')[1]));
  for (const domain of ['real', 'clipart'])
    for (const label of [0, 1, 2]) assert.equal(val.ids.filter((id, i) => id.startsWith(domain) && val.labels[i] === label).length, 2);
  // decoded: an airplane is red
  assert.ok(train.pixels[0]! > 240 && train.pixels[16]! < 20);
});

test('domainnet: a cap draws from each list by the seed, 2020 if none is said', async (t) => {
  const root = await miniature(t, ['sketch'], 9);
  const ids = async (options: object) => {
    const { splits } = await load(root, { domains: 'sketch', val: 0, cap: 8, ...options });
    return [splits.train.ids, splits.test.ids];
  };
  const [train, tested] = await ids({});
  assert.deepEqual([train!.length, tested!.length], [8, 8]);
  assert.deepEqual(await ids({ seed: 2020 }), [train, tested]);
  assert.notDeepEqual(await ids({ seed: 1 }), [train, tested]);
});

test('domainnet: what is wrong is named with file and line', async (t) => {
  const root = await miniature(t, ['clipart']);
  await assert.rejects(load(root, { domains: 'clippart' }), /domainnet: domains: unknown value "clippart".*did you mean clipart\?/);
  await assert.rejects(load(root, { domains: ['clipart', 'clipart'] }), /domains must not repeat, got clipart twice/);
  await assert.rejects(
    load(root, { domains: 'real' }),
    /must hold the list real_train\.txt, got ENOENT; lists there: clipart_test\.txt, clipart_train\.txt/,
  );

  const lines = (text: string) => ({ 'clipart_train.txt': text });
  const refused = async (text: string, message: RegExp) =>
    assert.rejects(load(await miniature(t, ['clipart'], 3, lines(text)), { domains: 'clipart' }), message);
  await refused('clipart/bee/a.jpg\n', /clipart_train\.txt:1: must be a path and the number of its class, got "clipart\/bee\/a\.jpg"/);
  await refused(
    'clipart/airplane/a.jpg 0\n\nreal/bee/b.jpg 1\n',
    /clipart_train\.txt:3: a path must be clipart\/<class>\/<image>, got "real\/bee\/b\.jpg"/,
  );
  await refused('clipart/../b.jpg 1\n', /clipart_train\.txt:1: a path must be/);
  await refused(
    'clipart/airplane/a.jpg 0\nclipart/bee/b.jpg 0\n',
    /clipart_train\.txt:2: class 0 must be airplane as in earlier lines, got bee/,
  );
  await refused(
    'clipart/airplane/a.jpg 0\nclipart/airplane/b.jpg 2\n',
    /clipart_train\.txt:2: airplane must be class 0 as in earlier lines, got 2/,
  );
  await refused('clipart/airplane/a.jpg 0\nclipart/dog/b.jpg 345\n', /classes must be numbered 0 … 344 in the lists, got 345/);
  await refused('\n', /clipart_train\.txt must list images, got none/);
  await refused('clipart/airplane/gone.jpg 0\n', /clipart\/airplane\/gone\.jpg: cannot be opened: ENOENT \(clipart_train\.txt:1\)/);
});

test('domainnet: what cannot be read may be skipped; an image that a list repeats counts once', async (t) => {
  const root = await miniature(t, ['clipart'], 3, {
    'clipart_test.txt': 'clipart/cat/clipart_002_test0.jpg 2\nclipart/cat/clipart_002_train1.jpg 2\nclipart/cat/broken.jpg 2\n',
    'clipart/cat/broken.jpg': Uint8Array.from([0xff, 0xd8, 0xff, 1, 2, 3]),
  });
  const data = await load(root, { domains: 'clipart', corrupt: 'skip' });
  assert.deepEqual(data.splits.test.ids, ['clipart/cat/clipart_002_test0.jpg']);
  assert.deepEqual(data.skipped, [
    { file: 'clipart/cat/broken.jpg', reason: 'cannot be decoded: broken or cut short (clipart_test.txt:3)' },
  ]);
  assert.deepEqual(data.remarks, ['1 line repeats an image of an earlier line and is left out, the first in clipart_test.txt:2']);
});

test('domainnet: a domain is the same data whatever becomes of the others', async (t) => {
  const root = await miniature(t, ['clipart', 'real'], 3);
  const identity = (domains: unknown) => fingerprint(root, partsOf({ dataset: 'domainnet', root, domains }));
  const [clipart, real, both] = [await identity('clipart'), await identity(['real']), await identity(['real', 'clipart'])];
  assert.equal(new Set([clipart, real, both]).size, 3);
  writeFileSync(join(root, 'real', 'bee', 'new.jpg'), 'more');
  assert.equal(await identity('clipart'), clipart);
  assert.notEqual(await identity('real'), real);
  writeFileSync(join(root, 'clipart_test.txt'), 'other');
  assert.notEqual(await identity('clipart'), clipart);
});

test('domainnet: a class that the lists lack keeps its number, without images', async (t) => {
  const lists = async (part: 'train' | 'test') => {
    const files = Object.entries({ airplane: 0, dog: 3, owl: 5 }).map(([name, label]) => [`real/${name}/${part}.jpg`, label] as const);
    const images = await Promise.all(files.map(async ([file]) => [file, await plainJpeg('#ff0000')] as const));
    return { ...Object.fromEntries(images), [`real_${part}.txt`]: files.map(([file, label]) => `${file} ${label}\n`).join('') };
  };
  const data = await load(folderWith(t, { ...(await lists('train')), ...(await lists('test')) }), { domains: 'real' });
  assert.deepEqual(data.classes, ['airplane', 'class 1', 'class 2', 'dog', 'class 4', 'owl']);
  assert.deepEqual([...data.splits.test.labels], [0, 3, 5]);
  assert.deepEqual(data.remarks, [
    '3 classes have no images in the lists: number 1, 2, 4. They are kept without images, as the domains share their numbers',
  ]);
});
