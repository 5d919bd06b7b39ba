// The order in which steps begin, to whom workers without one are lent, and when the last one ends.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { analyses } from '../../src/analyses/registry.js';
import { isShared, lend, piecesOf } from '../../src/study/lending.js';
import { makespan } from '../../src/study/makespan.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { QueueOptions } from '../../src/study/queue.js';
import { queueOf } from '../../src/study/queue.js';
import type { Step } from '../../src/study/step.js';
import { tinyPlan, tinyStudy } from '../support/tiny-study.js';

const step = (id: string, ...inputs: string[]): Step => ({
  id,
  kind: 'distance',
  version: 1,
  title: id,
  asked: {},
  options: {},
  inputs: Object.fromEntries(inputs.map((each) => [each, { step: each }])),
  target: '',
  subject: id,
});

//   a(1) → b(5) → d(1)
//   a    → c(2)          e(4)
const DIAMOND = [step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b'), step('e')];
const seconds = (costs: Record<string, number>) => new Map(Object.entries(costs));
const SECONDS = seconds({ a: 1, b: 5, c: 2, d: 1, e: 4 });

/** The order in which steps begin when each is over at once. */
function order(steps: readonly Step[], options: QueueOptions): string {
  const queue = queueOf(steps, options);
  const over = new Set<string>();
  for (let step; (step = queue.take((id) => over.has(id))); over.add(step.id));
  assert.deepEqual(queue.waiting, []);
  return [...over].join(' ');
}

test('what others wait for begins first, by its critical path; then answers, the cheapest first', () => {
  assert.equal(order(DIAMOND, { workers: 1, seconds: SECONDS }), 'a b d c e');
  assert.equal(order(DIAMOND, { workers: 1 }), 'a b c d e', 'without costs equals keep their order');
  const two = [step('p'), step('q'), step('late', 'q'), step('soon', 'p')];
  assert.equal(order(two, { workers: 1, seconds: seconds({ p: 3, q: 1, late: 9, soon: 2 }) }), 'q p soon late');
});

const ANALYSES = ['mistakes', 'criticality', 'cka', 'distance'].map((each) => step(each));

test('of one worker the longest answer is the last; of several it begins in time', () => {
  const costs = seconds({ mistakes: 2, criticality: 40, cka: 9, distance: 1 });
  assert.equal(order(ANALYSES, { workers: 1, seconds: costs }), 'distance mistakes cka criticality');
  const queue = queueOf(ANALYSES, { workers: 2, seconds: costs });
  const next = (...running: number[]) => queue.take(() => true, running)?.id;
  assert.deepEqual([next(), next(40), next(39), next(37), next(28)], ['criticality', 'distance', 'mistakes', 'cka', undefined]);
  assert.equal(makespan(ANALYSES, costs, 2), 40);
  assert.equal(makespan(ANALYSES, costs, 1), 52);
});

test('an answer presses when all workers could be done as soon as it', () => {
  const costs = seconds({ long: 12, a: 3, b: 3, c: 3, d: 3 });
  const steps = ['a', 'b', 'c', 'd', 'long'].map((each) => step(each));
  const first = (...running: number[]) => queueOf(steps, { workers: 2, seconds: costs }).take(() => true, running)?.id;
  assert.equal(first(0.1), 'a', '24.1 s of work for two');
  assert.equal(first(0), 'long', 'now or 12 s are not enough');
  assert.equal(first(30), 'a', 'the other worker is busy for longer: this one does all of it');
});

test('what is there is not asked for again, step by step: times that are told run through the whole queue', () => {
  const [many, over] = [Array.from({ length: 20 }, (_, k) => step(`${k}`)), new Set<string>()];
  const queue = queueOf([...many, step('all', ...many.map(({ id }) => id))], { workers: 1 });
  let found = 0;
  const isThere = (id: string) => over.has(id) && ++found > 0;
  for (let next; (next = queue.take(isThere)); over.add(next.id));
  assert.deepEqual([over.size, found], [21, 20]);
});

test('a step that was dropped does not begin', () => {
  const queue = queueOf(DIAMOND, { workers: 1, seconds: SECONDS });
  queue.drop(new Set(['a', 'b', 'd']));
  assert.deepEqual([queue.waiting.map(({ id }) => id), queue.take(() => false)], [['c', 'e'], step('e')]);
});

test('makespan: the sum with one worker, the longest chain with enough', () => {
  assert.equal(makespan(DIAMOND, SECONDS, 1), 13);
  // a and e start; a ends at 1: b until 6; e ends at 4: c until 6; then d
  assert.equal(makespan(DIAMOND, SECONDS, 2), 7);
  assert.equal(makespan(DIAMOND, SECONDS, 9), 7);
  assert.equal(makespan([step('d', 'done')], SECONDS, 2), 1, 'what is done is not waited for');
  assert.equal(makespan([], SECONDS, 2), 0);
});

test('makespan: workers that find no step do pieces of what is at work', () => {
  const steps = [step('pairs'), step('whole')];
  const costs = seconds({ pairs: 12, whole: 4 });
  const of = (count: number, workers: number) => makespan(steps, costs, workers, ({ id }) => (id === 'pairs' ? count : 1));
  assert.equal(of(1, 2), 12);
  // 4 s of 12 are done when the other worker is free: 4 of 6 pieces are left, two rounds of 2 s
  assert.equal(of(6, 2), 8);
  assert.equal(of(6, 1), 16);
  // one helps from the start: 3 rounds of 2 s; with two 4 s later
  assert.equal(of(6, 3), 6);
  assert.equal(of(2, 9), 6, 'no more help than there are pieces');
  assert.equal(makespan([step('pairs')], costs, 2, () => 3), 8, 'three pieces of 4 s are two rounds'); // prettier-ignore
});

test('free workers are lent as evenly as it goes, to those that can use them', () => {
  assert.deepEqual(lend([Infinity, Infinity], 3), [2, 1]);
  assert.deepEqual(lend([0, 1, 9], 6), [0, 1, 5]);
  assert.deepEqual(lend([1, 1], 6), [1, 1]);
  assert.deepEqual(lend([], 2), []);
});

test('pieces are those that analyses share out', async () => {
  for (const name of Object.keys(analyses)) {
    const source = await readFile(new URL(`../../../src/analyses/${name}.ts`, import.meta.url), 'utf8');
    assert.equal(isShared({ kind: name }), source.includes('inPieces('), name);
  }
  const plan = await tinyPlan({ seeds: '1, 2, 3', analyses: 'interpolation, alignment, basin, plane, cka' });
  const pieces = Object.fromEntries(plan.steps.filter(({ target, kind }) => target !== '' && kind !== 'train').map((each) => [each.kind, piecesOf(each)])); // prettier-ignore
  assert.deepEqual(pieces, { interpolation: 15, alignment: 6, basin: 2, plane: 2, cka: 1 });
  const text = tinyStudy({ seeds: '1, 2', analyses: 'cross-domain' }).replace('RI-T: { seeds: [1, 2] }', 'RI-T: { seeds: [1] }');
  const far = text.replace('recipe:', '  far: { dataset: emoji, domains: [outline] }\nrecipe:').replace('[near]', '[near, far]');
  const { steps } = await planStudy(parseStudy(far, 'far.yaml'), {});
  // every P-T run with both of the other target, the RI-T run with its only one
  assert.deepEqual(steps.filter(({ kind }) => kind === 'cross-domain').map(piecesOf), [5, 5]);
});
