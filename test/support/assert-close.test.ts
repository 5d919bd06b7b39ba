import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertClose } from './assert-close.js';

test('assertClose accepts what lies within the tolerance', () => {
  assertClose([1, 100, NaN, Infinity, 0], [1 + 1e-6, 100 - 1e-4, NaN, Infinity, -0], { relative: 1e-5, absolute: 0 });
});

test('assertClose names the worst element', () => {
  const failing = () => assertClose([1, 2.5, 3.1], [1, 2, 3], { relative: 0, absolute: 0.01 }, 'y');
  assert.throws(failing, { message: /^y\[1\]: expected 2 within 0.01, got 2.5/ });
});

for (const [actual, expected] of [
  [[NaN], [1]],
  [[1], [NaN]],
  [[Infinity], [1]],
  [[1], [Infinity]],
  [[-Infinity], [Infinity]],
  [[1, 2], [1]],
] as const) {
  test(`assertClose refuses ${actual.join()} for ${expected.join()}`, () => {
    assert.throws(() => assertClose(actual, expected, { relative: 1, absolute: 1e300 }));
  });
}
