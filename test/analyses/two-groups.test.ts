import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cliffsDelta, meanDifference, permutationTest } from '../../src/analyses/two-groups.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

/** Every pair, one by one. */
function naiveDelta(values: readonly number[], group: readonly number[], counts: readonly number[]): number {
  let [sum, pairs] = [0, 0];
  for (const [i, x] of values.entries())
    for (const [j, y] of values.entries()) {
      if (group[i] !== 0 || group[j] !== 1) continue;
      sum += counts[i]! * counts[j]! * Math.sign(x - y);
      pairs += counts[i]! * counts[j]!;
    }
  return sum / pairs;
}

test('Cliff’s δ and the difference of means, pair by pair, with ties, strangers and resamples', () => {
  const { integer } = random('two groups');
  for (let k = 0; k < 20; k++) {
    const n = 5 + integer(30);
    const values = Array.from({ length: n }, () => integer(6) / 5);
    const group = Array.from({ length: n }, (_, i) => (i < 2 ? i : integer(3) - 1));
    const counts = Uint32Array.from({ length: n }, (_, i) => (i < 2 ? 1 : integer(4)));
    const [delta, difference] = [cliffsDelta(values, Int8Array.from(group)), meanDifference(values, Int8Array.from(group))];
    assertClose(delta(null), naiveDelta(values, group, new Array<number>(n).fill(1)), { absolute: 1e-12 }, 'δ');
    assertClose(delta(counts), naiveDelta(values, group, [...counts]), { absolute: 1e-12 }, 'δ of a resample');
    const side = (s: number) => values.flatMap((value, i) => (group[i] === s ? new Array<number>(counts[i]!).fill(value) : []));
    const mean = (all: number[]) => all.reduce((sum, x) => sum + x, 0) / all.length;
    assertClose(difference(counts), mean(side(0)) - mean(side(1)), { absolute: 1e-12 }, 'difference');
  }
});

test('δ is 1 where all lie above, −1 below, 0 for equals, NaN without one of the groups', () => {
  const group = Int8Array.of(0, 0, 1, 1);
  assert.equal(cliffsDelta([3, 4, 1, 2], group)(null), 1);
  assert.equal(cliffsDelta([1, 2, 3, 4], group)(null), -1);
  assert.equal(cliffsDelta([1, 1, 1, 1], group)(null), 0);
  assert.ok(Number.isNaN(cliffsDelta([1, 2], Int8Array.of(0, -1))(null)));
  assert.ok(Number.isNaN(meanDifference([1, 2], Int8Array.of(0, -1))(null)));
});

/** The p-value over all splits of the values. */
function exactP(x: readonly number[], y: readonly number[]): number {
  const all = [...x, ...y];
  const total = all.reduce((sum, value) => sum + value, 0);
  const gap = (sum: number) => Math.abs(sum / x.length - (total - sum) / y.length);
  const observed = gap(x.reduce((sum, value) => sum + value, 0));
  let [hits, splits] = [0, 0];
  for (let bits = 0; bits < 2 ** all.length; bits++) {
    const chosen = all.filter((_, i) => (bits >> i) & 1);
    if (chosen.length !== x.length) continue;
    splits++;
    if (gap(chosen.reduce((sum, value) => sum + value, 0)) >= observed - 1e-12) hits++;
  }
  return hits / splits;
}

test('the permutation test comes near the exact p-value over all splits', () => {
  const cases: readonly (readonly [number[], number[]])[] = [
    [
      [0.9, 0.8, 0.85, 0.7],
      [0.1, 0.2, 0.75, 0.3, 0.4],
    ],
    [
      [0.5, 0.1, 0.9],
      [0.4, 0.6, 0.2, 0.8],
    ],
    [
      [1, 1, 1],
      [1, 1],
    ],
  ];
  for (const [x, y] of cases) {
    const permutations = 20_000;
    const p = permutationTest(x, y, { permutations, key: ['test'] });
    const exact = exactP(x, y);
    // four standard errors of a share of that many draws
    assertClose(p, exact, { absolute: 4 * Math.sqrt((exact * (1 - exact)) / permutations) + 1e-4 }, `${x.join()} against ${y.join()}`);
    assert.equal(p, permutationTest(x, y, { permutations, key: ['test'] }), 'the same draws');
  }
  assert.ok(Number.isNaN(permutationTest([], [1], { permutations: 10, key: [] })));
  assert.equal(permutationTest([100], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], { permutations: 9, key: ['a'] }) > 0, true, 'never 0');
});
