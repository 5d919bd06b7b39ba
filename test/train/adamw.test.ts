import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { AdamwOptions } from '../../src/train/adamw.js';
import { adamw } from '../../src/train/adamw.js';
import type { GroupOptions } from '../../src/train/slots.js';
import type { Named } from '../support/optimizers.js';
import { gradients, params } from '../support/optimizers.js';

interface Fixture {
  readonly rates: readonly number[];
  readonly start: Named;
  readonly gradients: readonly Named[];
  readonly cases: readonly { readonly name: string; readonly options: Omit<AdamwOptions, 'multipliers'>; readonly end: Named }[];
}

const fixture = JSON.parse(readFileSync(new URL('../../../test/train/fixtures/adamw.json', import.meta.url), 'utf8')) as Fixture;

/** Factors 0.25, 0.1 · 0.5 without decay, 1: the fixture's `groups`. */
const GROUPS: Required<Omit<GroupOptions, 'weightDecay'>> = {
  multipliers: [{ pattern: 'bias', factor: 0.1 }],
  noDecay: ['bias$'],
  layerDecay: 0.5,
  modules: [{ parameters: ['embed.weight'] }, { parameters: ['block.bias'] }, { parameters: ['head.weight'] }],
};
const optionsOf = ({ name, options }: Fixture['cases'][number]): AdamwOptions =>
  name === 'groups' ? { ...options, ...GROUPS } : { ...options, multipliers: [] };

for (const each of fixture.cases) {
  test(`adamw, ${each.name}: fifty steps as torch.optim.AdamW in float64`, () => {
    const state = params(fixture.start);
    const optimizer = adamw(state, optionsOf(each));
    for (const [i, rate] of fixture.rates.entries()) optimizer.update(gradients(fixture.gradients[i]!), rate);
    for (const [key, expected] of Object.entries(each.end)) {
      const { data } = state.get(key)!;
      for (const [i, value] of expected.entries())
        assert.ok(Math.abs(data[i]! - value) < 2e-6 * (1 + Math.abs(value)), `${key}[${i}]: ${data[i]} is not ${value}`);
    }
  });
}

test('saved averages and the count of steps continue a run to the same bytes', () => {
  const options = optionsOf(fixture.cases.find(({ name }) => name === 'groups')!);
  const [whole, halves] = [params(fixture.start), params(fixture.start)];
  const run = (optimizer: ReturnType<typeof adamw>, from: number, to: number) => {
    for (let i = from; i < to; i++) optimizer.update(gradients(fixture.gradients[i]!), fixture.rates[i]!);
  };
  run(adamw(whole, options), 0, 9);
  const first = adamw(halves, options);
  run(first, 0, 4);
  run(adamw(halves, options, { state: first.state, steps: 4 }), 4, 9);
  assert.deepEqual(halves, whole);
});
