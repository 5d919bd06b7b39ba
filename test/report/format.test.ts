import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compare,
  decimal,
  estimate,
  flipped,
  list,
  over,
  percent,
  plain,
  points,
  pointsInBrackets,
  sign,
  sized,
  sizedInBrackets,
} from '../../src/report/format.js';

test('percentages, points and plain numbers with their intervals', () => {
  assert.equal(percent(estimate(0.482, 0.451, 0.513)), '48.2 % (45.1 to 51.3)');
  assert.equal(points(estimate(0.019, -0.024, 0.062)), '1.9 points (−2.4 to 6.2)');
  assert.equal(points(estimate(0.01, null, null)), '1.0 point');
  assert.equal(pointsInBrackets(estimate(0.064, 0.021, 0.108)), '6.4 points, 2.1 to 10.8');
  assert.equal(plain(estimate(0.434, 0.35, 0.52)), '0.43 (0.35 to 0.52)');
});

test('an interval that is open on a side says so', () => {
  assert.equal(plain(estimate(0.434, NaN, 0.52)), '0.43 (up to 0.52, no lower bound)');
  assert.equal(sized(estimate(94494, 1903.4, null)), '94,500 (from 1,900, no upper bound)');
  assert.equal(sizedInBrackets(estimate(94494, 1903.4, null)), '94,500, from 1,900, no upper bound');
  assert.equal(sized(estimate(3.14, null, null)), '3.1 (no interval)');
  assert.equal(sign(estimate(2, 1, null)), 'unknown');
});

test('zero has no sign', () => {
  assert.equal(decimal(-0.0001), '0.00');
  assert.equal(decimal(-0.5, 1), '−0.5');
  assert.equal(points(flipped(estimate(0, 0, 0))), '0.0 points (0.0 to 0.0)');
});

test('an interval that touches zero is undecided', () => {
  assert.equal(sign(estimate(1, 0.1, 2)), 'above');
  assert.equal(sign(estimate(-1, -2, -0.1)), 'below');
  assert.equal(sign(estimate(1, 0, 2)), 'undecided');
  assert.equal(sign(estimate(-1, -2, 0)), 'undecided');
  assert.equal(sign(estimate(1, null, null)), 'unknown');
});

test('flipped turns value and bounds round', () => {
  assert.deepEqual(flipped(estimate(-3, -5, -1)), { value: 3, low: 1, high: 5 });
  assert.deepEqual(flipped(estimate(-3, null, null)), { value: 3, low: null, high: null });
});

test('estimates lie apart only when their intervals do', () => {
  const [low, high] = [estimate(0.2, 0.1, 0.3), estimate(0.5, 0.4, 0.6)];
  assert.equal(compare(high, low), 'above');
  assert.equal(compare(low, high), 'below');
  assert.equal(compare(high, estimate(0.35, 0.2, 0.4)), 'undecided');
  assert.equal(compare(high, estimate(0.1, null, null)), 'unknown');
});

test('several rows: mean and hull, nulls left out', () => {
  const rows = [
    { v: 0.2, l: 0.1, h: 0.3 },
    { v: 0.4, l: 0.35, h: 0.5 },
    { v: null, l: null, h: null },
  ];
  const found = over(
    rows,
    (row) => row.v,
    (row) => row.l,
    (row) => row.h,
  )!;
  assert.ok(Math.abs(found.value - 0.3) < 1e-12);
  assert.deepEqual([found.low, found.high], [0.1, 0.5]);
  const open = over(
    [rows[0]!, { ...rows[1]!, h: null }],
    (row) => row.v,
    (row) => row.l,
    (row) => row.h,
  )!;
  assert.deepEqual([open.low, open.high], [0.1, null], 'of one without an upper bound the hull has none');
  assert.equal(
    over(
      rows.slice(2),
      (row) => row.v,
      (row) => row.l,
      (row) => row.h,
    ),
    null,
  );
});

test('lists read as English', () => {
  assert.deepEqual([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])], ['', 'a', 'a and b', 'a, b and c']);
});
