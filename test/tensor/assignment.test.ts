import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assign } from '../../src/tensor/assignment.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

const total = (cost: ArrayLike<number>, n: number, columns: ArrayLike<number>) =>
  Array.from(columns).reduce((sum, j, i) => sum + cost[i * n + j]!, 0);

function permutations(n: number): number[][] {
  if (n === 0) return [[]];
  return permutations(n - 1).flatMap((each) => Array.from({ length: n }, (_, at) => [...each.slice(0, at), n - 1, ...each.slice(at)]));
}

test('no permutation is cheaper: all are tried, with negative costs and ties', () => {
  for (let n = 1; n <= 6; n++) {
    const every = permutations(n);
    for (let trial = 0; trial < 20; trial++) {
      const { uniform, integer } = random('assign', n, trial);
      const cost = Float64Array.from({ length: n * n }, () => (trial % 2 === 0 ? uniform() - 0.5 : integer(3)));
      const { columns } = assign(cost, n);
      assert.deepEqual([...columns].sort(), Array.from({ length: n }, (_, i) => i), 'a permutation'); // prettier-ignore
      assertClose(total(cost, n, columns), Math.min(...every.map((each) => total(cost, n, each))), { absolute: 1e-12 });
    }
  }
});

test('prices prove it for a large matrix: nowhere over the cost, and equal where assigned', () => {
  const n = 120;
  const { normal } = random('assign', 'large');
  const cost = Float64Array.from({ length: n * n }, normal);
  const { columns, rowPrices, columnPrices } = assign(cost, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) assert.ok(rowPrices[i]! + columnPrices[j]! <= cost[i * n + j]! + 1e-9);
    assertClose(rowPrices[i]! + columnPrices[columns[i]!]!, cost[i * n + columns[i]!]!, { absolute: 1e-9 });
  }
  assert.equal(new Set(columns).size, n);
});

test('a hidden permutation comes back', () => {
  const n = 50;
  const hidden = random('assign', 'hidden').permutation(n);
  const cost = Float64Array.from({ length: n * n }, (_, at) => (hidden[Math.floor(at / n)] === at % n ? 0 : 1));
  assert.deepEqual(assign(cost, n).columns, hidden);
});
