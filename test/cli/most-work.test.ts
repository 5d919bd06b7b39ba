import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mostWork } from '../../src/cli/most-work.js';
import type { Step } from '../../src/study/step.js';

const step = (id: string, kind: string, sweep?: string) =>
  ({ id, kind, title: `${kind} ${id}`, inputs: {}, ...(sweep === undefined ? {} : { sweep }) }) as unknown as Step;
const STEPS = [
  step('a', 'train'),
  step('b', 'train'),
  step('c', 'train', 'block-shuffle'),
  step('d', 'mistakes'),
  step('e', 'rewind'),
  step('f', 'cka'),
  step('g', 'freezing'),
  step('h', 'block-shuffle'),
];
const said = (seconds: Record<string, number>) =>
  mostWork({ steps: STEPS }, new Map(Object.entries(seconds)), (others) => `--analyses ${others.join(',')}`);

test('what takes more than half of the work is said with how to go without it', () => {
  assert.equal(
    said({ a: 100, b: 100, d: 1, e: 2460, f: 10, g: 1, h: 600 }),
    // freezing reads it
    'rewind takes about 41 min 00 s of 54 min 32 s of work; --analyses mistakes,cka,block-shuffle leaves it out',
  );
  assert.equal(
    said({ a: 60, b: 60, c: 400, h: 100 }),
    'block-shuffle takes about 8 min 20 s of 10 min 20 s of work; --analyses mistakes,rewind,cka,freezing leaves it out',
    'with the trainings that it asks for',
  );
  assert.equal(said({ a: 1000, b: 1000, d: 10 }), 'training takes about 33 min 20 s of 33 min 30 s of work', 'nobody goes without');
});

test('nothing is said where nothing stands out, of short work, and without an estimate', () => {
  assert.equal(said({ a: 1000, b: 1000, d: 1000, e: 1000 }), null);
  assert.equal(said({ a: 1, e: 100 }), null);
  assert.equal(said({}), null);
});
