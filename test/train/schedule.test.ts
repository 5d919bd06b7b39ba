import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import type { Schedule } from '../../src/train/recipe.js';
import { rateAt } from '../../src/train/schedule.js';

interface Fixture {
  readonly rate: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly schedules: readonly { readonly schedule: Schedule; readonly rates: readonly number[] }[];
}
const url = new URL('../../../test/train/fixtures/schedules.json', import.meta.url);
const { rate, epochs, stepsPerEpoch, schedules } = JSON.parse(readFileSync(url, 'utf8')) as Fixture;

for (const { schedule, rates } of schedules) {
  test(`${schedule.name} with warm-up ${schedule.warmup} gives PyTorch's rates`, () => {
    for (const [step, expected] of rates.entries()) {
      const actual = rateAt(schedule, rate, { step, epochs, stepsPerEpoch });
      assert.ok(Math.abs(actual - expected) < 1e-12, `step ${step}: ${actual} is not ${expected}`);
    }
  });
}

test('a whole run of warm-up climbs to the end', () => {
  const rates = [0, 1, 2].map((step) => rateAt({ name: 'cosine', warmup: 1 }, 1, { step, epochs: 1, stepsPerEpoch: 3 }));
  assert.deepEqual(rates, [0.25, 0.5, 0.75]);
});
