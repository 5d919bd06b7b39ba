import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kendall, ranks, spearman } from '../../src/analyses/rank-correlation.js';
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
