import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign } from '../../src/analyses/assignment.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

const total = (gains: ArrayLike<number>, n: number, order: ArrayLike<number>) =>
  Array.from(order).reduce((sum, j, i) => sum + gains[i * n + j]!, 0);

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((each) => Array.from({ length: n }, (_, at) => [...each.slice(0, at), n - 1, ...each.slice(at)]));
}

test('no permutation gains more: all are tried, with negative gains and ties', () => {
  for (let n = 1; n <= 6; n++) {
    const every = permutations(n);
    for (let trial = 0; trial < 20; trial++) {
      const { uniform, integer } = random('assign', n, trial);
      const gains = Float64Array.from({ length: n * n }, () => (trial % 2 === 0 ? uniform() - 0.5 : integer(3)));
      const order = assign(gains, n);
      assert.deepEqual([...order].sort(), Array.from({ length: n }, (_, i) => i), 'a permutation'); // prettier-ignore
      assertClose(total(gains, n, order), Math.max(...every.map((each) => total(gains, n, each))), { absolute: 1e-12 });
    }
  }
});

test('a hidden permutation comes back', () => {
  const n = 50;
  const hidden = random('assign', 'hidden').permutation(n);
  const gains = Float64Array.from({ length: n * n }, (_, at) => (hidden[Math.floor(at / n)] === at % n ? 1 : 0));
  assert.deepEqual(assign(gains, n), hidden);
});
