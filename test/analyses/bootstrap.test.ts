import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap, DIFFERENCE, SHARE, weightedMean, withUnseen } from '../../src/analyses/bootstrap.js';
import { assertClose } from '../support/assert-close.js';

const key = ['test', 1];

test('the interval of a mean is the normal one for many images', () => {
  const n = 400;
  const values = Float64Array.from({ length: n }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const [interval] = bootstrap(n, 1, (counts, out) => void (out[0] = weightedMean(counts, values)), { key, resamples: 4000 });
  const half = 1.96 * Math.sqrt((0.25 * 0.75) / n);
  assertClose([interval!.low!, interval!.high!], [0.25 - half, 0.25 + half], { absolute: 0.004 }, 'interval');
});

test('statistics of one call are resampled jointly: the interval of a difference of equals is empty', () => {
  const values = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i));
  const [one, difference] = bootstrap(
    50,
    2,
    (counts, out) => {
      out[0] = weightedMean(counts, values);
      out[1] = weightedMean(counts, values) - weightedMean(counts, values);
    },
    { key },
  );
  assert.ok(one!.high! > one!.low!);
  assert.deepEqual(difference, { low: 0, high: 0 });
});

test('where n images agree, as many others may have gone unseen as make that a chance of 2.5 %', () => {
  const unseen = (n: number) => withUnseen({ low: 0, high: 0 }, n, DIFFERENCE).high!;
  for (const n of [1, 45, 312]) assertClose((1 - unseen(n)) ** n, 0.025, { relative: 1e-12 }, `n = ${n}`);
  assert.ok(unseen(182) > 0.02 && unseen(183) < 0.02, 'two points take 183 images');
  assert.deepEqual(withUnseen({ low: 0, high: 0 }, 10, DIFFERENCE), { low: -unseen(10), high: unseen(10) });
  assert.deepEqual(withUnseen({ low: 1, high: 1 }, 10, SHARE), { low: 1 - unseen(10), high: 1 }, 'not above one');
  assert.ok(withUnseen({ low: 0, high: 5.6e-17 }, 112, SHARE).high! > 0.03, 'sums round');
  assert.deepEqual(withUnseen({ low: 0.1, high: 0.2 }, 10, SHARE), { low: 0.1, high: 0.2 }, 'what has a width keeps it');
  assert.deepEqual(withUnseen({ low: null, high: null }, 10, SHARE), { low: null, high: null });
});

test('every resample draws n images; same key, same interval; another key, another one', () => {
  const values = Float64Array.from({ length: 30 }, (_, i) => i);
  const run = (...key: (string | number)[]) =>
    bootstrap(
      30,
      1,
      (counts, out) => {
        assert.equal(
          counts.reduce((sum, c) => sum + c, 0),
          30,
        );
        out[0] = weightedMean(counts, values);
      },
      { key, resamples: 200 },
    );
  assert.deepEqual(run('a'), run('a'));
  assert.notDeepEqual(run('a'), run('b'));
});

test('undefined resamples are left out; none defined: null', () => {
  const [sometimes, never] = bootstrap(
    10,
    2,
    (counts, out) => {
      out[0] = counts[0]! > 0 ? 7 : NaN;
      out[1] = NaN;
    },
    { key },
  );
  assert.deepEqual(sometimes, { low: 7, high: 7 });
  assert.deepEqual(never, { low: null, high: null });
});
