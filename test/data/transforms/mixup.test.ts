import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beta, mixup } from '../../../src/data/transforms/mixup.js';
import { random } from '../../../src/tensor/random.js';

for (const alpha of [0.2, 0.7, 1, 3]) {
  test(`beta(${alpha}): mean 1/2, variance 1/(4(2α+1)), fourth central moment 3/(16(2α+1)(2α+3))`, () => {
    const rng = random(5, 'beta', alpha);
    const draws = Array.from({ length: 40000 }, () => beta(alpha, rng));
    assert.ok(draws.every((x) => x >= 0 && x <= 1));
    const moment = (k: number) => draws.reduce((sum, x) => sum + (x - 0.5) ** k, 0) / draws.length;
    const expected = { 1: 0, 2: 1 / (4 * (2 * alpha + 1)), 4: 3 / (16 * (2 * alpha + 1) * (2 * alpha + 3)) };
    // a standard error of the mean is at most 0.0025 here, of the even moments less
    for (const [k, value] of Object.entries(expected))
      assert.ok(Math.abs(moment(Number(k)) - value) < 0.008, `moment ${k}: ${moment(Number(k))}`);
  });
}

test('mixup keeps every column sum when rows are a permutation of themselves', () => {
  const images = Float32Array.from({ length: 24 }, (_, i) => i * i);
  const targets = Float32Array.from([1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]);
  const sums = (data: Float32Array, size: number) =>
    Array.from({ length: size }, (_, j) => data.filter((_, i) => i % size === j).reduce((a, b) => a + b, 0));
  const before = [sums(images, 4), sums(targets, 2)];
  mixup([images, targets], { count: 6, alpha: 1, random: random(1) });
  [sums(images, 4), sums(targets, 2)].forEach((after, i) => after.forEach((v, j) => assert.ok(Math.abs(v - before[i]![j]!) < 1e-3)));
  assert.ok(targets.some((v) => v > 0 && v < 1));
});
