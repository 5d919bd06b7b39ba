import assert from 'node:assert/strict';
import test from 'node:test';
import { int64, viewBytes } from '../../src/tensor/tensor.js';

test('viewBytes is a view where memory is aligned, else a copy, of a Buffer too', () => {
  const bytes = Buffer.alloc(32);
  bytes.writeDoubleLE(1.5, 8);
  bytes.writeDoubleLE(-2.5, 20);
  const view = viewBytes('float64', bytes.subarray(8, 16));
  assert.deepEqual([...(view as Float64Array)], [1.5]);
  assert.equal(view.buffer, bytes.buffer);
  const copy = viewBytes('float64', bytes.subarray(20, 28));
  assert.deepEqual([...(copy as Float64Array)], [-2.5]);
  assert.notEqual(copy.buffer, bytes.buffer);
});

test('the largest 64-bit number of a file stays the largest, though JavaScript rounds it up', () => {
  assert.deepEqual(int64([2 ** 63, -(2 ** 63), 5]).data, BigInt64Array.of(2n ** 63n - 1n, -(2n ** 63n), 5n));
});
