import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, number, percent, percentInterval } from '../../src/web/format.js';

test('a typographic minus, and none before what is shown as zero', () => {
  assert.deepEqual([decimal(-0.482), decimal(-0.004), decimal(-0, 0), decimal(1.25, 1)], ['−0.48', '0.00', '0', '1.3']);
  assert.deepEqual([percent(-0.0312), percent(-0.0003), percent(0.5, 0)], ['−3.1 %', '0.0 %', '50 %']);
  assert.equal(percentInterval(0.482, -0.0001, 0.51), '48.2 % (0.0 to 51.0)');
});

test('numbers of any size in three or four digits', () => {
  assert.deepEqual([0.48213, 0.0048213, 12.3456, -812.44, 0.00000312, 12300, -3e9].map(number), [
    '0.482',
    '0.00482',
    '12.35',
    '−812.4',
    '3.12e−6',
    '12,300',
    '−3,000,000,000',
  ]);
});
