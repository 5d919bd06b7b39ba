import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statistics } from '../../src/cli/statistics.js';
import { float32, int64, tensor } from '../../src/tensor/tensor.js';

test('statistics of a small tensor, by hand', () => {
  assert.deepEqual(statistics(float32([2, 3], [0, 1, 2, 3, 4, 2])), {
    count: 6,
    min: 0,
    max: 4,
    mean: 2,
    std: Math.sqrt(10 / 6),
    zeros: 1 / 6,
    nan: 0,
    infinite: 0,
  });
});

test('NaN and infinities are counted and left out', () => {
  const found = statistics(float32([5], [NaN, Infinity, -Infinity, 1, 3]));
  assert.deepEqual(found, { count: 5, min: 1, max: 3, mean: 2, std: 1, zeros: 0, nan: 1, infinite: 2 });
  assert.equal(statistics(float32([1], [NaN])).mean, null);
  assert.equal(statistics(float32([0], [])).min, null);
});

test('a large mean keeps its deviation', () => {
  assert.equal(statistics(tensor('float64', [2], Float64Array.of(1e9, 1e9 + 2))).std, 1);
});

test('int64 and float16 are read as what they mean', () => {
  assert.equal(statistics(int64([-4, 8])).mean, 2);
  // 0x3c00 = 1, 0xc000 = −2, 0x0001 = 2^−24, 0x7bff = 65504, 0x7c00 = ∞, 0x7e00 = NaN
  const found = statistics(tensor('float16', [4], Uint16Array.of(0x0001, 0x7bff, 0x7c00, 0x7e00)));
  assert.deepEqual([found.min, found.max, found.infinite, found.nan], [2 ** -24, 65504, 1, 1]);
  assert.equal(statistics(tensor('float16', [2], Uint16Array.of(0x3c00, 0xc000))).mean, -0.5);
});
