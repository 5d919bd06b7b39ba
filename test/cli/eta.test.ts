import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEta, makespan } from '../../src/cli/eta.js';
import type { Step } from '../../src/study/step.js';

const step = (id: string, ...after: string[]) =>
  ({ id, inputs: Object.fromEntries(after.map((need) => [need, { step: need }])) }) as unknown as Step;
const seconds = (all: Record<string, number>) => new Map(Object.entries(all));

test('makespan: one worker does all in turn, two share, a chain cannot be shared', () => {
  const steps = [step('p'), step('a', 'p'), step('b', 'p'), step('end', 'a', 'b')];
  const left = seconds({ p: 10, a: 4, b: 6, end: 1 });
  assert.equal(makespan(steps, left, { workers: 1 }), 21);
  assert.equal(makespan(steps, left, { workers: 2 }), 17);
  assert.equal(makespan([step('a'), step('b', 'a')], seconds({ a: 2, b: 3 }), { workers: 8 }), 5);
  assert.equal(makespan(steps, new Map(), { workers: 2 }), 0);
});

test('makespan: the longest chain goes first', () => {
  const steps = [step('short'), step('long'), step('after', 'long')];
  assert.equal(makespan(steps, seconds({ short: 3, long: 2, after: 3 }), { workers: 1 }), 8);
  // short first would give 3 + 2 + 3 on one of two workers only if long had to wait
  assert.equal(makespan([step('x'), ...steps], seconds({ x: 1, short: 3, long: 2, after: 3 }), { workers: 2 }), 5);
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
