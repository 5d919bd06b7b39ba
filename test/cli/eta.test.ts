import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEta } from '../../src/cli/eta.js';
import type { Step } from '../../src/study/step.js';

const step = (id: string, ...after: string[]) =>
  ({ id, inputs: Object.fromEntries(after.map((need) => [need, { step: need }])) }) as unknown as Step;
const seconds = (all: Record<string, number>) => new Map(Object.entries(all));

test('steps that wait for each other are not shared out, others are', () => {
  const steps = [step('p'), step('a', 'p'), step('b', 'p')];
  const expected = seconds({ p: 10, a: 4, b: 6 });
  assert.equal(createEta({ steps }, expected, 1).seconds(), 20);
  assert.equal(createEta({ steps }, expected, 2).seconds(), 16);
});

test('the estimate is corrected by what a finished step took', () => {
  const steps = [step('a'), step('b'), step('c', 'a', 'b')];
  const eta = createEta({ steps }, seconds({ a: 10, b: 10, c: 10 }), 1);
  eta.event({ type: 'planned', reused: [steps[1]!], missing: [steps[0]!, steps[2]!] });
  assert.equal(eta.seconds(), 20);
  eta.event({ type: 'started', step: steps[0]!, log: '' });
  eta.event({ type: 'finished', step: steps[0]!, seconds: 15, reused: false });
  assert.equal(eta.seconds(), 15);
  const began = performance.now();
  eta.event({ type: 'started', step: steps[2]!, log: '' });
  eta.event({ type: 'progress', step: steps[2]!, share: 0.5, detail: '' });
  // c: half done after about 1 s; pace (15 + 1) / (10 + 5)
  const said = eta.seconds(began + 1000)!;
  assert.ok(Math.abs(said - 5 * (16 / 15)) < 0.05, `got ${said}`);
});

test('without an estimate nothing is said', () => {
  assert.equal(createEta({ steps: [step('a')] }, new Map(), 2).seconds(), null);
});
