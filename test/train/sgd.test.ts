import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { SgdOptions } from '../../src/train/sgd.js';
import { sgd } from '../../src/train/sgd.js';
import { norm } from '../../src/train/slots.js';
import type { Named } from '../support/optimizers.js';
import { gradients, params } from '../support/optimizers.js';

interface Fixture {
  readonly rates: readonly number[];
  readonly start: Named;
  readonly gradients: readonly Named[];
  readonly cases: readonly { readonly name: string; readonly options: Omit<SgdOptions, 'multipliers'>; readonly end: Named }[];
}

const fixture = JSON.parse(readFileSync(new URL('../../../test/train/fixtures/sgd.json', import.meta.url), 'utf8')) as Fixture;
const multipliers = [
  { pattern: 'bias|scale', factor: 0.1 },
  { pattern: 'conv', factor: 1 },
];

for (const { name, options, end } of fixture.cases) {
  test(`sgd, ${name}: five steps as torch.optim.SGD in float64`, () => {
    const state = params(fixture.start);
    const optimizer = sgd(state, { ...options, multipliers });
    for (const [i, rate] of fixture.rates.entries()) optimizer.update(gradients(fixture.gradients[i]!), rate);
    for (const [key, expected] of Object.entries(end)) {
      const actual = state.get(key)!.data;
      for (const [i, value] of expected.entries())
        assert.ok(Math.abs(actual[i]! - value) < 1e-6, `${key}[${i}]: ${actual[i]} is not ${value}`);
    }
  });
}

test('saved momentum continues a run to the same bytes', () => {
  const { options } = fixture.cases.find(({ name }) => name === 'nesterov')!;
  const all = { ...options, multipliers };
  const [whole, halves] = [params(fixture.start), params(fixture.start)];
  const once = sgd(whole, all);
  const first = sgd(halves, all);
  for (const i of [0, 1]) first.update(gradients(fixture.gradients[i]!), fixture.rates[i]!);
  const second = sgd(halves, all, { state: first.state, steps: 2 });
  for (const i of [2, 3, 4]) second.update(gradients(fixture.gradients[i]!), fixture.rates[i]!);
  for (const [i, rate] of fixture.rates.entries()) once.update(gradients(fixture.gradients[i]!), rate);
  assert.deepEqual(halves, whole);
});

test('only what it was given trains, by the first pattern that matches', () => {
  const state = params({ 'a.scale': [1], 'b.weight': [1] });
  const frozen = state.get('b.weight')!;
  const optimizer = sgd(new Map([...state].slice(0, 1)), {
    momentum: 0,
    nesterov: false,
    weightDecay: 0,
    clip: null,
    multipliers: [
      { pattern: '^a', factor: 0.5 },
      { pattern: 'scale', factor: 100 },
    ],
  });
  optimizer.update(gradients({ 'a.scale': [1] }), 0.5);
  assert.equal(state.get('a.scale')!.data[0], 0.75);
  assert.equal(frozen.data[0], 1);
});

test('the norm is over all gradients together', () => {
  assert.equal(norm(gradients({ a: [3], b: [0, 4] })), 5);
});

test('a gradient that is missing or of another size is a bug', () => {
  const optimizer = sgd(params({ a: [1, 2] }), { momentum: 0, nesterov: false, weightDecay: 0, clip: null, multipliers: [] });
  assert.throws(() => optimizer.update(gradients({}), 1), /internal: optimizer: a has 2 values, its gradient undefined/);
  assert.throws(() => optimizer.update(gradients({ a: [1] }), 1), /its gradient 1/);
});
