// What every executor must do, whatever it runs steps in.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Executor, Progress } from '../../src/executors/executor.js';
import { inline } from '../../src/executors/inline.js';
import { processes } from '../../src/executors/processes.js';
import type { Store } from '../../src/store/store.js';
import { openStore } from '../../src/store/store.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { planStatus } from '../../src/study/status.js';
import type { Plan } from '../../src/study/step.js';
import { temporaryFolder, tinyPlan, tinyStudy, WORKER } from '../support/tiny-study.js';

const EXECUTORS: Readonly<Record<string, (store: Store) => Executor>> = {
  inline: (store) => inline({ store, threads: 1 }),
  processes: (store) => processes({ store, threads: 1, command: WORKER }),
};

const idOf = ({ steps }: Plan, title: string): string => steps.find((step) => step.title === title)!.id;

for (const [name, open] of Object.entries(EXECUTORS)) {
  const rig = async (t: Parameters<typeof temporaryFolder>[0], plan: Plan) => {
    const store = await openStore(await temporaryFolder(t));
    await store.savePlan(plan.study, plan);
    const executor = open(store);
    t.after(() => executor.close());
    return { store, executor };
  };

  test(`${name}: does a step once, and tells how far it is`, async (t) => {
    const plan = await tinyPlan();
    const { store, executor } = await rig(t, plan);
    const [data, p] = [idOf(plan, 'prepare source'), idOf(plan, 'train P on source')];
    assert.deepEqual(await executor.submit(data).outcome, { ok: true, reused: false });
    assert.equal(await store.has(data), true);
    assert.deepEqual(await executor.submit(data).outcome, { ok: true, reused: true });

    const told: Progress[] = [];
    assert.deepEqual(await executor.submit(p, (progress) => told.push(progress)).outcome, { ok: true, reused: false });
    assert.ok(told.length > 0);
    assert.ok(told.every(({ share }, i) => share >= 0 && share <= 1 && share >= (told[i - 1]?.share ?? 0)));
    assert.match(told.at(-1)!.detail, /^epoch 2 of 2/);
    const { threads, seconds } = await store.readJson<{ threads: number; seconds: number }>(p, 'provenance.json');
    assert.equal(threads, 1);
    assert.ok(seconds > 0);
    assert.deepEqual(await store.verify(p), []);
  });

  test(`${name}: a step that throws is an outcome, noted in the store and in its log`, async (t) => {
    const empty = await temporaryFolder(t);
    const text = tinyStudy().replace('dataset: emoji, domains: [noto]', `dataset: folder, root: ${empty}`);
    const plan = await planStudy(parseStudy(text, 'tiny.yaml'));
    const { store, executor } = await rig(t, plan);
    const id = idOf(plan, 'prepare source');
    const message = `folder: ${empty} must hold two or more class folders, got none`;
    assert.deepEqual(await executor.submit(id).outcome, { ok: false, reason: 'refused', message });
    assert.equal((await store.failure(id))?.message, message);
    assert.equal((await store.failure(id))?.reason, 'refused');
    const log = await readFile(store.log(id), 'utf8');
    assert.equal(log.split(message).length, 2, 'once');
    assert.doesNotMatch(log, /^ +at /m, 'what the user has to mend has no stack');
    assert.equal(await store.holder(id), undefined);
    const status = await planStatus(plan, store);
    assert.equal(status.find(({ step }) => step.id === id)!.state, 'failed');
  });

  test(`${name}: a step that is unknown, or lacks what it needs`, async (t) => {
    const plan = await tinyPlan();
    const { store, executor } = await rig(t, plan);
    const unknown = await executor.submit('0123456789abcdef').outcome;
    assert.deepEqual(unknown, {
      ok: false,
      reason: 'refused',
      message: `step: must be in a plan of ${store.directory} (studies: tiny), got 0123456789abcdef`,
    });
    const early = await executor.submit(idOf(plan, 'train P on source')).outcome;
    assert.match(early.ok ? '' : early.message, /^step: train P on source needs prepare source to be done first/);
  });

  test(`${name}: cancel keeps the state, and the next try goes on from it`, async (t) => {
    const plan = await tinyPlan({ epochs: 500 });
    const { store, executor } = await rig(t, plan);
    const p = idOf(plan, 'train P on source');
    await executor.submit(idOf(plan, 'prepare source')).outcome;
    const job = executor.submit(p, ({ detail }) => {
      if (/^epoch (?![12] )\d+ /.test(detail)) job.cancel();
    });
    assert.deepEqual(await job.outcome, { ok: false, reason: 'cancelled', message: 'stopped; what was done is kept' });
    const { state, epoch } = (await planStatus(plan, store)).find(({ step }) => step.id === p)!;
    assert.equal(state, 'partial');
    assert.ok(epoch!.done >= 2 && epoch!.done < 500 && epoch!.of === 500, `${epoch!.done} epochs`);
    const first: Progress[] = [];
    const second = executor.submit(p, (progress) => {
      first.push(progress);
      second.cancel();
    });
    await second.outcome;
    assert.ok(Number(/epoch (\d+)/.exec(first[0]!.detail)![1]) > epoch!.done, `${first[0]!.detail} after ${epoch!.done}`);
  });

  test(`${name}: close cancels what runs and waits for it`, async (t) => {
    const plan = await tinyPlan({ epochs: 500 });
    const { store, executor } = await rig(t, plan);
    await executor.submit(idOf(plan, 'prepare source')).outcome;
    let begun: () => void;
    const running = new Promise<void>((resolve) => (begun = resolve));
    const job = executor.submit(idOf(plan, 'train P on source'), () => begun());
    await running;
    await executor.close();
    const outcome = await job.outcome;
    assert.equal(outcome.ok ? 'ok' : outcome.reason, 'cancelled');
    assert.equal(await store.holder(job.step), undefined);
  });
}

test('processes: a killed worker is a crash, and its log is there', async (t) => {
  const plan = await tinyPlan({ epochs: 500 });
  const store = await openStore(await temporaryFolder(t));
  await store.savePlan(plan.study, plan);
  const executor = processes({ store, threads: 1, command: WORKER });
  t.after(() => executor.close());
  await executor.submit(idOf(plan, 'prepare source')).outcome;
  let killed = false;
  const job = executor.submit(idOf(plan, 'train P on source'), () => {
    if (!killed) void store.holder(job.step).then((holder) => process.kill(holder!.pid, 'SIGKILL'));
    killed = true;
  });
  assert.deepEqual(await job.outcome, { ok: false, reason: 'crashed', message: 'its process ended by SIGKILL and said nothing' });
  assert.equal(await store.holder(job.step), undefined);
});

test('processes: what a killed worker had started ends with it', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const command = ['sh', '-c', '(sleep 1; echo outlived) & kill -9 $$'];
  const outcome = await processes({ store, threads: 1, command }).submit('x').outcome;
  assert.deepEqual(outcome, { ok: false, reason: 'crashed', message: 'its process ended by SIGKILL and said nothing' });
  // until then nothing is told: it holds the worker's channel
  assert.doesNotMatch(await readFile(store.log('x'), 'utf8'), /^outlived/m);
});

test('processes: a program that is not there is lost', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const outcome = await processes({ store, threads: 1, command: ['/nowhere/carryover', 'step'] }).submit('x').outcome;
  assert.deepEqual(outcome, { ok: false, reason: 'lost', message: 'its process must start, got spawn /nowhere/carryover ENOENT' });
});
