// The order in which a run begins steps; workers that find none: to whom they are lent, and how a process beside a step takes its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servePieces } from '../../src/executors/colleagues.js';
import type { RunEvent } from '../../src/executors/events.js';
import type { Executor, Outcome } from '../../src/executors/executor.js';
import { runPlan } from '../../src/executors/schedule.js';
import { openStore } from '../../src/store/store.js';
import type { Step } from '../../src/study/step.js';
import { temporaryFolder } from '../support/tiny-study.js';

const step = (id: string, kind: string): Step => {
  return { id, kind, version: 1, title: id, asked: {}, options: {}, inputs: {}, target: '', subject: '' };
};

test('workers without a step are lent to analyses that have pieces for them: not to a training, nor to rewind', async (t) => {
  const steps = [step('a', 'train'), step('b', 'interpolation'), step('c', 'basin'), step('d', 'rewind')];
  const lent = new Map<string, number[]>();
  let end = (outcome: Outcome): void => void outcome;
  const outcome = new Promise<Outcome>((resolve) => (end = resolve));
  const executor: Executor = {
    name: 'noting',
    submit: (id) => {
      return { step: id, outcome, spare: (n) => void lent.set(id, [...(lent.get(id) ?? []), n]), cancel: () => undefined };
    },
    close: () => Promise.resolve(),
  };
  const plan = { study: 'lent', file: 'lent.yaml', text: '', steps };
  const run = runPlan({ plan, store: await openStore(await temporaryFolder(t)), executor, workers: 7 });
  setTimeout(() => end({ ok: true, reused: false }), 50);
  await run;
  assert.deepEqual([lent.get('a'), lent.get('b')![0], lent.get('c')![0], lent.get('d')], [undefined, 2, 1, undefined]);
});

test('one worker does the answers that cost least first, by the estimate', async (t) => {
  const begun: string[] = [];
  const executor: Executor = {
    name: 'noting',
    submit(id) {
      begun.push(id);
      return { step: id, outcome: Promise.resolve({ ok: true, reused: false }), cancel: () => undefined };
    },
    close: () => Promise.resolve(),
  };
  const plan = { study: 'order', file: 'order.yaml', text: '', steps: [step('a', 'criticality'), step('b', 'cka'), step('c', 'mistakes')] };
  const seconds = new Map(Object.entries({ a: 2400, b: 20, c: 3 }));
  await runPlan({ plan, store: await openStore(await temporaryFolder(t)), executor, workers: 1, seconds });
  assert.deepEqual(begun, ['c', 'b', 'a']);
});

test('a run is over when what a failure leads to is noted, though other steps end meanwhile', async (t) => {
  const outcomes: Record<string, Outcome> = { a: { ok: false, reason: 'crashed', message: 'gone' }, b: { ok: true, reused: false } };
  const executor: Executor = {
    name: 'ending',
    submit: (id) => ({ step: id, outcome: Promise.resolve(outcomes[id]!), cancel: () => undefined }),
    close: () => Promise.resolve(),
  };
  const needy: Step = { ...step('c', 'cka'), inputs: { a: { step: 'a' } } };
  const plan = { study: 'failing', file: 'failing.yaml', text: '', steps: [step('a', 'train'), step('b', 'cka'), needy] };
  const result = await runPlan({ plan, store: await openStore(await temporaryFolder(t)), executor, workers: 2 });
  const ids = (all: readonly { readonly step: Step }[]) => all.map((each) => each.step.id);
  assert.deepEqual([result.done.map(({ id }) => id), ids(result.failed), ids(result.skipped)], [['b'], ['a'], ['c']]);
});

test('whoever stops the run on the news that a step began stops that step too', async (t) => {
  const controller = new AbortController();
  const executor: Executor = {
    name: 'waiting',
    submit(id) {
      let end = (outcome: Outcome): void => void outcome;
      const outcome = new Promise<Outcome>((resolve) => (end = resolve));
      return { step: id, outcome, cancel: () => end({ ok: false, reason: 'cancelled', message: 'stopped' }) };
    },
    close: () => Promise.resolve(),
  };
  const plan = { study: 'stopped', file: 'stopped.yaml', text: '', steps: [step('a', 'train'), step('b', 'train')] };
  const onEvent = ({ type }: RunEvent) => void (type === 'started' && controller.abort());
  const store = await openStore(await temporaryFolder(t));
  const result = await runPlan({ plan, store, executor, workers: 2, signal: controller.signal, onEvent });
  assert.deepEqual([result.cancelled, result.done, result.failed], [true, [], []]);
});

test('a process whose step has ended says no more, and makes no error of it', async () => {
  const [send, before] = [process.send, process.listeners('message')];
  const said: unknown[] = [];
  const deaf = (message: unknown, _: unknown, __: unknown, told?: (error: Error | null) => void) => {
    said.push(message);
    const error = new Error('write EPIPE');
    if (told) told(error);
    else process.emit('error' as 'warning', error);
    return false;
  };
  process.send = deaf as NonNullable<typeof process.send>;
  try {
    void servePieces(1, () => Promise.resolve(0), () => undefined); // prettier-ignore
    await new Promise(setImmediate);
    assert.deepEqual(said, [{ type: 'ready' }]);
  } finally {
    if (send) process.send = send;
    else Reflect.deleteProperty(process, 'send');
    for (const listener of process.listeners('message')) if (!before.includes(listener)) process.off('message', listener);
  }
});
