import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  incompleteBeta,
  logGamma,
  mcnemarExact,
  quantile,
  studentInterval,
  studentQuantile,
  variance,
  welchInterval,
} from '../../src/analyses/statistics.js';
import { assertClose } from '../support/assert-close.js';

test('McNemar: closed forms, and sums over every split', () => {
  assert.equal(mcnemarExact(0, 0), 1);
  assertClose(mcnemarExact(0, 5), 2 / 2 ** 5, { relative: 1e-13 });
  assertClose(mcnemarExact(10, 2), (2 * (1 + 12 + 66)) / 2 ** 12, { relative: 1e-13 });
  assert.equal(mcnemarExact(6, 6), 1, 'never above 1');
  assert.equal(mcnemarExact(3, 9), mcnemarExact(9, 3));
  // C(n, k)/2ⁿ by Pascal's triangle, n = 60
  const row = [1];
  for (let i = 1; i <= 60; i++) row.push((row.at(-1)! * (60 - i + 1)) / i);
  for (let b = 0; b < 30; b++) {
    const tail = row.slice(0, b + 1).reduce((sum, c) => sum + c, 0) / 2 ** 60;
    assertClose(mcnemarExact(b, 60 - b), 2 * tail, { relative: 1e-11 }, `b = ${b}`);
  }
  assert.ok(mcnemarExact(100, 1000) > 0, 'far tails do not underflow early');
});

test('ln Γ and the incomplete beta function: closed forms', () => {
  assertClose(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), { absolute: 1e-14 });
  assertClose(logGamma(11), Math.log(3628800), { relative: 1e-14 });
  for (const x of [0.01, 0.3, 0.5, 0.8, 0.999]) {
    assertClose(incompleteBeta(x, 1, 3), 1 - (1 - x) ** 3, { absolute: 1e-14 }, 'a = 1');
    assertClose(incompleteBeta(x, 2.5, 1), x ** 2.5, { absolute: 1e-14 }, 'b = 1');
    assertClose(incompleteBeta(x, 0.5, 0.5), (2 / Math.PI) * Math.asin(Math.sqrt(x)), { absolute: 1e-13 }, 'arcsine');
  }
  assert.deepEqual([incompleteBeta(0, 2, 2), incompleteBeta(1, 2, 2)], [0, 1]);
});

test('Student quantiles: closed forms for 1, 2 and 4 degrees of freedom, the normal in the limit', () => {
  for (const p of [0.6, 0.9, 0.975, 0.9995, 0.1]) {
    assertClose(studentQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)), { relative: 1e-9 }, 'Cauchy');
    const a = 4 * p * (1 - p);
    assertClose(studentQuantile(p, 2), (2 * (p - 0.5) * Math.SQRT2) / Math.sqrt(a), { relative: 1e-10 }, 'df 2');
    const q = Math.cos(Math.acos(Math.sqrt(a)) / 3) / Math.sqrt(a);
    assertClose(studentQuantile(p, 4), Math.sign(p - 0.5) * 2 * Math.sqrt(q - 1), { relative: 1e-10 }, 'df 4');
  }
  assertClose(studentQuantile(0.975, 1e7), 1.959964, { absolute: 1e-5 }, 'normal');
  assertClose(studentQuantile(0.5, 3), 0, { absolute: 1e-12 });
});

test('quantiles interpolate as in NumPy', () => {
  assert.equal(quantile([1, 2, 4, 8], 0.5), 3);
  assert.equal(quantile([1, 2, 4, 8], 0.25), 1.75);
  assert.deepEqual([quantile([5], 0.975), quantile([1, 9], 1)], [5, 9]);
});

test('t-intervals: by hand, and null bounds for a single value', () => {
  assert.ok(Number.isNaN(variance([3])));
  assert.deepEqual(studentInterval([0.5]), { low: null, high: null });
  const { low, high } = studentInterval([1, 3]);
  assertClose([low!, high!], [2 - Math.tan(0.475 * Math.PI), 2 + Math.tan(0.475 * Math.PI)], { relative: 1e-9 }, 'df 1');
  // equal sizes and variances: Welch is the pooled t-test with 2(n−1) degrees of freedom
  const equal = welchInterval([1, 2, 3], [11, 12, 13]);
  const half = studentQuantile(0.975, 4) * Math.sqrt(2 / 3);
  assertClose([equal.low!, equal.high!], [-10 - half, -10 + half], { relative: 1e-12 }, 'Welch');
  // one side without spread: all degrees of freedom come from the other
  const lone = welchInterval([1, 3], [2, 2, 2]);
  assertClose([lone.low!, lone.high!], [low! - 2, high! - 2], { relative: 1e-9 }, 'one-sided spread');
  assert.deepEqual(welchInterval([1, 1], [3, 3]), { low: -2, high: -2 });
  assert.deepEqual(welchInterval([1], [2, 3]), { low: null, high: null });
});
