// Targets of different sizes side by side: what is said of it, and where.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../../src/report/collect.js';
import { sizesCaution } from '../../src/report/sizes.js';
import { distanceRow, findings, gapRow, runRow } from './rows.js';

test('a tenth or more apart, with the counts of the split that differs', () => {
  const of = (a: [number | null, number], b: [number | null, number]) =>
    sizesCaution({ a: { train: a[0], test: a[1] }, b: { train: b[0], test: b[1] } });
  assert.deepEqual(of([1000, 312], [5000, 1200]), [
    'Targets differ in size (images: a 1,000 training and 312 test; b 5,000 training and 1,200 test): differences between their gaps partly reflect that; where test images are fewer, intervals are wider and less is decided.',
  ]);
  assert.deepEqual(of([1000, 312], [1100, 312]), [
    'Targets differ in size (images: a 1,000 training; b 1,100 training): differences between their gaps partly reflect that.',
  ]);
  assert.match(of([null, 312], [9000, 600])[0]!, /\(images: a 312 test; b 600 test\): where test images are fewer, intervals are wider/);
  assert.deepEqual(of([1000, 312], [1099, 340]), []);
  assert.deepEqual(sizesCaution({ a: { train: 10, test: 10 } }), []);
  assert.deepEqual(sizesCaution({}), []);
});

test('it stands in sections whose numbers depend on size, of targets that have them', () => {
  const results = ['a', 'b'].flatMap((target) => [
    { analysis: 'learning-curves', options: {}, ...findings({ runs: [runRow({ target })], gaps: [gapRow({ target })] }, target) },
    { analysis: 'distance', options: {}, ...findings({ distances: [distanceRow({ target })] }, target) },
  ]);
  const sizes = { a: { train: 1000, test: 312 }, b: { train: 5000, test: 312 } };
  const said = (some: typeof results) => {
    const { sections } = collect({ title: '', results: some, runs: [], sizes, pictures: {}, provenance: {} as never });
    return sections.filter(({ cautions }) => cautions.some((caution) => /differ in size/.test(caution))).map(({ id }) => id);
  };
  assert.deepEqual(said(results), ['learning-curves-a', 'learning-curves-b']);
  assert.deepEqual(said(results.slice(0, 3)), ['learning-curves-a', 'learning-curves-b']);
  assert.deepEqual(said(results.filter(({ analysis, target }) => analysis === 'distance' || target === 'a')), []);
});
