import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kendall, ranks, spearman, spearmanP } from '../../src/tensor/rank-correlation.js';
import { assertClose } from '../support/assert-close.js';

test('ranks: from 1 up, ties share the mean of theirs', () => {
  assert.deepEqual(ranks([30, 10, 20, 20, 40]), [4, 1, 2.5, 2.5, 5]);
});

test('worked by hand, with and without ties', () => {
  // d = 0, 0, 1, −1: ρ = 1 − 6·2/(4·15); 5 of 6 pairs agree: τ = (5 − 1)/6
  assertClose([spearman([1, 2, 3, 4], [1, 2, 4, 3]), kendall([1, 2, 3, 4], [1, 2, 4, 3])], [0.8, 4 / 6], { absolute: 1e-15 });
  // ranks 1 2 3 4 and 1.5 1.5 3.5 3.5: ρ = 4/√(5·4); τ-b = 4/√(6·4)
  assertClose([spearman([1, 2, 3, 4], [0, 0, 7, 7]), kendall([1, 2, 3, 4], [0, 0, 7, 7])], [4 / Math.sqrt(20), 4 / Math.sqrt(24)], {
    absolute: 1e-15,
  });
});

test('only order counts; reversed it changes sign; constant it is undefined', () => {
  const [x, y] = [
    [3, 1, 4, 1, 5, 9],
    [2, 7, 1, 8, 2, 8],
  ];
  for (const correlation of [spearman, kendall]) {
    assertClose(correlation(x!.map(Math.exp), y!), correlation(x!, y!), { absolute: 1e-15 });
    assertClose(
      correlation(
        x!.map((v) => -v),
        y!,
      ),
      -correlation(x!, y!),
      { absolute: 1e-15 },
    );
    assert.equal(correlation(x!, x!), 1);
    assert.ok(Number.isNaN(correlation([1, 1, 1], [1, 2, 3])) && Number.isNaN(correlation([1], [2])));
  }
});

test('the permutation p: exact for few, drawn for more, undefined where ρ is', () => {
  const up = (n: number) => Array.from({ length: n }, (_, i) => i);
  const p = (x: readonly number[], y: readonly number[]) => spearmanP(x, y, [1, 'test']);
  // two of n! orders are as extreme as the best; of 4 values no p is under 2/24
  assertClose([p(up(4), up(4)), p(up(5), up(5).reverse()), p(up(7), up(7))], [2 / 24, 2 / 120, 2 / 5040], { absolute: 1e-15 });
  // ρ = 0.9 of 5 (one pair of neighbours exchanged): 0 or 1 exchanges either way, 2·(1 + 4) of 120
  assertClose(p(up(5), [1, 0, 2, 3, 4]), 10 / 120, { absolute: 1e-15 });
  // critical values of Zar 1972, two-sided 0.05: 0.886 of 6, 0.700 of 9
  assert.ok(p(up(6), [1, 0, 2, 4, 3, 5]) < 0.05 && p(up(6), [1, 2, 0, 3, 4, 5]) > 0.05);
  assert.ok(p(up(9), [2, 1, 0, 3, 6, 5, 4, 7, 8]) < 0.05 && p(up(9), [4, 3, 2, 1, 0, 5, 6, 7, 8]) > 0.05);
  assert.equal(p(up(9), up(9)), 1 / 10000);
  assert.equal(p(up(10), [3, 1, 0, 2, 9, 5, 4, 7, 8, 6]), p(up(10), [3, 1, 0, 2, 9, 5, 4, 7, 8, 6]));
  assert.ok(Number.isNaN(p([1, 1, 1], [1, 2, 3])));
});
