import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { CentredGram, Estimator } from '../../src/analyses/hsic.js';
import { centre, cka, randomFeatureBaseline } from '../../src/analyses/hsic.js';
import { studentQuantile } from '../../src/analyses/statistics.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

interface Case {
  n: number;
  p: number;
  q: number;
  x: number[];
  y: number[];
  debiased: { value: number; error: number };
  biased: { value: number; error: number };
  minibatch: { blocks: number[]; value: number };
}
const cases = JSON.parse(readFileSync(new URL('../../../test/analyses/fixtures/cka.json', import.meta.url), 'utf8')) as Case[];
const ESTIMATORS: readonly Estimator[] = ['debiased', 'biased'];

/** Naive Gram of rows [from, from + n) of [*, p]. */
function gram(x: ArrayLike<number>, n: number, p: number, estimator: Estimator, from = 0): CentredGram {
  const values = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < p; k++) values[i * n + j]! += x[(from + i) * p + k]! * x[(from + j) * p + k]!;
  }
  return centre(values, n, estimator);
}

const normals = (n: number, ...key: (string | number)[]): Float64Array => {
  const { normal } = random(...key);
  return Float64Array.from({ length: n }, () => normal());
};

test('values and jackknife errors are those of NumPy, from the textbook formulas', () => {
  for (const { n, p, q, x, y, ...expected } of cases) {
    for (const estimator of ESTIMATORS) {
      const { value, low, high, reason } = cka([gram(x, n, p, estimator)], [gram(y, n, q, estimator)]);
      const { value: right, error } = expected[estimator];
      assert.equal(reason, null);
      assertClose(value!, right, { absolute: 1e-12 }, estimator);
      const half = studentQuantile(0.975, n - 1) * error;
      assertClose([low!, high!], [Math.max(-1, right - half), Math.min(1, right + half)], { absolute: 1e-11 }, `${estimator} interval`);
    }
  }
});

test('minibatch CKA sums HSIC₁ over batches', () => {
  for (const { p, q, x, y, minibatch } of cases) {
    const blocks = (z: number[], width: number) => {
      let from = 0;
      return minibatch.blocks.map((size) => gram(z, size, width, 'debiased', (from += size) - size));
    };
    const { value, low, high } = cka(blocks(x, p), blocks(y, q));
    assertClose(value!, minibatch.value, { absolute: 1e-12 }, 'minibatch');
    assert.ok(low! < value! && value! < high!);
  }
});

test('CKA(X, X) = 1; symmetric; the same after a rotation, a scale and a shift', () => {
  const [n, p, q] = [20, 8, 5];
  const [x, y] = [normals(n * p, 1), normals(n * q, 2)];
  for (const estimator of ESTIMATORS) {
    const [a, b] = [gram(x, n, p, estimator), gram(y, n, q, estimator)];
    assert.deepEqual(cka([a], [a]).value, 1);
    assert.deepEqual([cka([a], [a]).low, cka([a], [a]).high], [1, 1]);
    assert.equal(cka([a], [b]).value, cka([b], [a]).value);
    const moved = gram(shifted(rotated(x, n, p), n, p), n, p, estimator);
    assertClose(cka([moved], [b]).value!, cka([a], [b]).value!, { absolute: 1e-12 }, `${estimator}, moved`);
  }
});

/** −2.5 times a product of Householder reflections I − 2vvᵀ/vᵀv. */
function rotated(x: Float64Array, n: number, p: number): Float64Array {
  const turned = x.map((value) => -2.5 * value);
  for (let k = 0; k < 4; k++) {
    const v = normals(p, 'reflection', k);
    const square = v.reduce((sum, value) => sum + value * value, 0);
    for (let i = 0; i < n; i++) {
      const row = turned.subarray(i * p, (i + 1) * p);
      const along = row.reduce((sum, value, j) => sum + value * v[j]!, 0);
      for (let j = 0; j < p; j++) row[j]! -= (2 * along * v[j]!) / square;
    }
  }
  return turned;
}

function shifted(x: Float64Array, n: number, p: number): Float64Array {
  const by = normals(p, 'shift');
  return x.map((value, i) => value + 10 * by[i % p]!);
}

test('debiased CKA of unrelated features is about 0 where the biased one is far from it, and as the baseline says', () => {
  const [n, p, trials] = [24, 60, 40];
  const sums = { debiased: 0, biased: 0 };
  for (let t = 0; t < trials; t++) {
    const [x, y] = [normals(n * p, 'x', t), normals(n * p, 'y', t)];
    for (const estimator of ESTIMATORS) sums[estimator] += cka([gram(x, n, p, estimator)], [gram(y, n, p, estimator)]).value! / trials;
  }
  assertClose(sums.debiased, 0, { absolute: 0.02 }, 'debiased');
  assertClose(sums.biased, randomFeatureBaseline(n, p), { absolute: 0.01 }, 'biased');
  assert.ok(randomFeatureBaseline(n, p) > 0.7);
});

test('undefined is null with a reason, never NaN', () => {
  const n = 8;
  const other = gram(normals(n * 3, 3), n, 3, 'debiased');
  const constant = gram(new Float64Array(n * 2).fill(4.2), n, 2, 'debiased');
  assert.deepEqual(cka([constant], [other]), { value: null, low: null, high: null, reason: 'self-HSIC is not positive' });
  // every image a dimension of its own: all are equally far from each other, U-centring leaves nothing
  const identity = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  assert.equal(cka([gram(identity, n, n, 'debiased')], [other]).value, null);
  assert.notEqual(cka([gram(identity, n, n, 'biased')], [gram(normals(n * 3, 3), n, 3, 'biased')]).value, null);
  const four = cka([gram(normals(12, 4), 4, 3, 'debiased')], [gram(normals(12, 5), 4, 3, 'debiased')]);
  assert.ok(Math.abs(four.value!) <= 1);
  assert.deepEqual([four.low, four.reason], [null, 'no interval: too few images to leave one out']);
  assert.throws(() => cka([other], [constant, constant]), /internal: cka: blocks must hold the same images/);
});
