import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, columns, duration, plural, short, ranges } from '../../src/cli/format.js';

test('durations round without ever saying 60', () => {
  const said = [0, 9.94, 9.96, 59.4, 59.6, 125, 3599.6, 4320, 172_700, 172_800, 9e7].map(duration);
  assert.deepEqual(said, [
    '0.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 00 s',
    '2 min 05 s',
    '1 h 00 min',
    '1 h 12 min',
    '47 h 58 min',
    '2 d 00 h',
    '1,041 d 16 h',
  ]);
});

test('sizes, counts and numbers', () => {
  assert.deepEqual([812, 3400, 12e6].map(bytes), ['812 B', '3.4 kB', '12.0 MB']);
  assert.deepEqual([plural(1, 'step'), plural(1200, 'step')], ['1 step', '1,200 steps']);
  assert.deepEqual([0, 0.0123456, -1.5e-9, 123456].map(short), ['0', '0.01235', '-1.50e-9', '1.23e+5']);
});

test('columns line up, colour codes not counted', () => {
  const lines = columns(
    ['name', 'n'],
    [
      ['a', '10'],
      ['\u001b[31mlonger\u001b[39m', '7'],
    ],
    ['n'],
  );
  assert.deepEqual(lines, ['name     n', 'a       10', '\u001b[31mlonger\u001b[39m   7']);
});

test('numbers in a row are shortened from three on', () => {
  assert.equal(ranges([2, 4, 5, 6, 9, 10, 12]), '2 4–6 9 10 12');
  assert.equal(ranges([]), '');
  assert.equal(ranges([1, 2, 3, 4]), '1–4');
});
