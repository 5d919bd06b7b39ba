import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barrierOf, grid } from '../../src/analyses/barrier.js';
import { assertClose } from '../support/assert-close.js';

test('a known parabola: L(λ) = 4hλ(1−λ) + a + (b−a)λ has the barrier h over its line at ½', () => {
  const lambdas = grid(21, null);
  const [h, a, b] = [0.7, 1, 3];
  const costs = lambdas.map((x) => 4 * h * x * (1 - x) + a + (b - a) * x);
  const line = barrierOf(lambdas, costs, 'line');
  assertClose(line.barrier, h, { absolute: 1e-12 });
  assert.equal(line.lambda, 0.5);
  // over the mean: max of 4hλ(1−λ) + (b−a)(λ−½), at λ* = ½ + (b−a)/8h inside [0, 1]
  const mean = barrierOf(lambdas, costs, 'mean');
  const expected = Math.max(...lambdas.map((x) => 4 * h * x * (1 - x) + (b - a) * (x - 0.5)));
  assertClose(mean.barrier, expected, { absolute: 1e-12 });
  assertClose(mean.lambda, 0.85, { absolute: 0.026 });
});

test('a convex path has no barrier over its line, and a positive one over the mean when its ends differ', () => {
  const lambdas = grid(11, null);
  const costs = lambdas.map((x) => x * x);
  assert.deepEqual(barrierOf(lambdas, costs, 'line'), { barrier: 0, lambda: 0 });
  assert.deepEqual(barrierOf(lambdas, costs, 'mean'), { barrier: 0.5, lambda: 1 });
});

test('what lies outside [0, 1] does not count', () => {
  const lambdas = grid(3, [-0.5, 1.5]);
  assert.deepEqual(lambdas, [-0.5, 0, 0.5, 1, 1.5]);
  assert.equal(barrierOf(lambdas, [99, 1, 2, 1, 99], 'line').barrier, 1);
  assert.throws(() => barrierOf([0, 0.5], [1, 2], 'line'), /internal/);
});

test('grids hold 0 and 1 exactly, and their bounds', () => {
  const lambdas = grid(11, [-0.5, 1.5]);
  assert.equal(lambdas.length, 21);
  assert.deepEqual([lambdas[0], lambdas[5], lambdas[15], lambdas[20]], [-0.5, 0, 1, 1.5]);
  assert.ok(lambdas.every((x) => !Object.is(x, -0)));
  assert.deepEqual(grid(11, [-0.3, 1.3]).length, 17);
  assert.deepEqual(grid(2, null), [0, 1]);
});
