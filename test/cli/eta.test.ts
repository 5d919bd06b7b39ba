import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEta } from '../../src/cli/eta.js';
import { plannedLine } from '../../src/cli/follow.js';
import type { Step } from '../../src/study/step.js';

const step = (id: string, ...after: string[]) =>
  ({ id, options: {}, inputs: Object.fromEntries(after.map((need) => [need, { step: need }])) }) as unknown as Step;
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
  eta.event({ type: 'planned', reused: [steps[1]!], prepared: [], missing: [steps[0]!, steps[2]!] });
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

test('what reading files took says nothing of an analysis, and what was prepared is over', () => {
  const of = (id: string, kind: string, ...after: string[]) => ({ ...step(id, ...after), kind }) as Step;
  const steps = [of('data', 'data'), of('a', 'load', 'data'), of('b', 'load', 'data'), of('paths', 'interpolation', 'a', 'b')];
  const eta = createEta({ steps }, seconds({ data: 9, a: 1, b: 1, paths: 100 }), 1);
  eta.event({ type: 'planned', reused: [], prepared: [steps[0]!], missing: steps.slice(1) });
  assert.equal(eta.seconds(), 102);
  eta.event({ type: 'started', step: steps[1]!, log: '' });
  eta.event({ type: 'finished', step: steps[1]!, seconds: 4, reused: false });
  assert.equal(eta.seconds(), 104, 'the other file will take four times as long, too; the analysis what it was expected to');
});

test('workers that find no step are counted where they help, until a kind was seen', () => {
  const inputs = Object.fromEntries(['data', 'P-T.1', 'P-T.2', 'RI-T.1', 'RI-T.2'].map((name) => [name, { step: name }]));
  const paths = { ...step('paths'), kind: 'interpolation', inputs } as Step;
  const eta = createEta({ steps: [paths] }, seconds({ paths: 60 }), 2);
  eta.event({ type: 'planned', reused: [], prepared: [], missing: [paths] });
  assert.equal(eta.seconds(), 30, 'six pairs');
  const began = performance.now();
  eta.event({ type: 'started', step: paths, log: '' });
  eta.event({ type: 'progress', step: paths, share: 0.5, detail: '' });
  // half of it took 15 s, whoever did it
  assert.ok(Math.abs(eta.seconds(began + 15_000)! - 15) < 0.1);
});

test('the line about the plan says only what is true', () => {
  const line = (reused: number, prepared: number, missing: number) => {
    const some = (n: number) => Array.from({ length: n }, (_, i) => step(String(i)));
    return plannedLine({ type: 'planned', reused: some(reused), prepared: some(prepared), missing: some(missing) });
  };
  assert.equal(line(0, 2, 4), '6 steps: 2 prepared for the estimate, 4 to do');
  assert.equal(line(3, 0, 4), '7 steps: 3 done before, 4 to do');
  assert.equal(line(1, 0, 0), '1 step: 1 done before');
});

test('without an estimate nothing is said', () => {
  assert.equal(createEta({ steps: [step('a')] }, new Map(), 2).seconds(), null);
});
