import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../src/executors/events.js';
import { inline } from '../../src/executors/inline.js';
import { processes } from '../../src/executors/processes.js';
import { runPlan } from '../../src/executors/schedule.js';
import { layout } from '../../src/store/layout.js';
import type { Store } from '../../src/store/store.js';
import { openStore } from '../../src/store/store.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { planStatus } from '../../src/study/status.js';
import type { Plan } from '../../src/study/step.js';
import { temporaryFolder, tinyPlan, tinyStudy, WORKER } from '../support/tiny-study.js';

/** What is recorded rather than computed. */
const RECORDED = ['provenance.json', 'timing.json', 'checksums.json'];

/** Every computed file of every step, by path. */
async function results(plan: Plan, store: Store): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const { id, title } of plan.steps) {
    const files = (await readdir(store.path(id))).filter((file) => !RECORDED.includes(file)).sort();
    for (const file of files) found.set(`${title}: ${file}`, await readFile(store.path(id, file)));
  }
  return found;
}

async function assertSameResults(plan: Plan, a: Store, b: Store): Promise<void> {
  const [x, y] = [await results(plan, a), await results(plan, b)];
  assert.deepEqual([...x.keys()], [...y.keys()]);
  for (const [path, bytes] of x) assert.ok(bytes.equals(y.get(path)!), `${path} differs`);
  for (const what of ['train P-T.1 on near: final.safetensors', 'distance on near: tables.json', 'distance on near: distances.csv'])
    assert.ok(x.has(what), what);
}

const workers = (store: Store) => processes({ store, threads: 1, command: WORKER });
const newStore = async (t: Parameters<typeof temporaryFolder>[0]) => openStore(await temporaryFolder(t));

test('one worker inline and three processes: same bytes; and a second run has nothing to do', async (t) => {
  const plan = await tinyPlan();
  const [a, b] = [await newStore(t), await newStore(t)];
  const first = await runPlan({ plan, store: a, executor: inline({ store: a, threads: 1 }), workers: 1 });
  const events: RunEvent[] = [];
  const second = await runPlan({ plan, store: b, executor: workers(b), workers: 3, onEvent: (event) => events.push(event) });
  assert.deepEqual([first.ok, second.ok, second.done.length], [true, true, plan.steps.length]);
  await assertSameResults(plan, a, b);

  const at = (type: RunEvent['type'], title: string) =>
    events.findIndex((event) => event.type === type && 'step' in event && event.step.title === title);
  assert.equal(events[0]!.type, 'planned');
  assert.ok(at('finished', 'train P on source') < at('started', 'train P-T.1 on near'));
  assert.ok(at('finished', 'train RI-T.1 on near') < at('started', 'distance on near'));

  const again = await runPlan({ plan, store: b, executor: workers(b) });
  assert.deepEqual([again.ok, again.done.length, again.reused.length], [true, 0, plan.steps.length]);
  const ours = await runPlan({ plan, store: b, executor: workers(b), before: new Set([plan.steps[0]!.id]) });
  assert.deepEqual([ours.done.length, ours.reused.length], [plan.steps.length - 1, 1], 'what was not there before this run, it did');
  assert.ok((await planStatus(plan, b)).every(({ state }) => state === 'done'));
});

test('the last analysis uses workers that find no step: its pieces are shared out, and its bytes are those of one process', async (t) => {
  const analyses = '{ interpolation: { points: 31, resamples: 50 } }';
  const plan = await tinyPlan({ analyses, seeds: '1, 2', epochs: 1 });
  const [a, b] = [await newStore(t), await newStore(t)];
  await runPlan({ plan, store: a, executor: inline({ store: a, threads: 1 }), workers: 1 });
  const { id } = plan.steps.at(-1)!;
  await cp(a.directory, b.directory, { recursive: true });
  await rm(b.path(id), { recursive: true });
  const shared = await runPlan({ plan, store: b, executor: workers(b), workers: 2 });
  assert.deepEqual([shared.ok, shared.done.length], [true, 1], JSON.stringify(shared.failed));
  const [alone, together] = await Promise.all([a, b].map((store) => store.readJson<{ processes: number }>(id, 'provenance.json')));
  assert.deepEqual([alone!.processes, together!.processes], [1, 2]);
  for (const file of ['tables.json', 'paths.csv', 'barriers.csv'])
    assert.ok((await readFile(a.path(id, file))).equals(await readFile(b.path(id, file))), file);

  // a network that cannot be read stops whoever meets it, and the run with the reason
  await rm(b.path(id), { recursive: true });
  const broken = plan.steps.find(({ title }) => title === 'train RI-T.2 on near')!;
  await writeFile(b.path(broken.id, 'final.safetensors'), 'no tensors');
  const failed = await runPlan({ plan, store: b, executor: workers(b), workers: 2 });
  assert.deepEqual(failed.failed.map(({ step }) => step.id), [id]); // prettier-ignore
  assert.match(failed.failed[0]!.message, /final\.safetensors/);
});

/** A run in a process of its own; resolves when it said a line that matches. */
async function startRun(directory: string, epochs: number, until: RegExp) {
  const script = fileURLToPath(new URL('../support/run-study.js', import.meta.url));
  const child = spawn(process.execPath, [script, directory, String(epochs)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (until.test(said)) resolve();
    });
    void ended.then(() => reject(new Error(`the run ended before it said ${String(until)}:\n${said}`)));
  });
  return { child, ended };
}

const holders = async (plan: Plan, store: Store): Promise<number[]> =>
  (await Promise.all(plan.steps.map(({ id }) => store.holder(id)))).flatMap((holder) => (holder ? [holder.pid] : []));

/** A killed process is not gone at once: it may be in the middle of a system call. */
async function nobodyHolds(plan: Plan, store: Store): Promise<void> {
  for (let i = 0; i < 100 && (await holders(plan, store)).length > 0; i++) await sleep(50);
  assert.deepEqual(await holders(plan, store), []);
}

test('kill -9 of the whole tree in the middle, twice, and rerun: same bytes as without', async (t) => {
  // long enough that a kill lands in the middle; progress comes ten times a second, so that no particular epoch is told
  const epochs = 60;
  const plan = await tinyPlan({ epochs });
  const [calm, killed] = [await newStore(t), await newStore(t)];
  assert.equal((await runPlan({ plan, store: calm, executor: inline({ store: calm, threads: 1 }) })).ok, true);

  for (const until of [/train P on source epoch (?!1 )\d+ of/, /train P-T\.\d on near epoch (?!1 )\d+ of/]) {
    const { child, ended } = await startRun(killed.directory, epochs, until);
    const pids = await holders(plan, killed);
    assert.ok(pids.length > 0);
    for (const pid of [child.pid!, ...pids]) process.kill(pid, 'SIGKILL');
    await ended;
    await nobodyHolds(plan, killed);
    const found = (await planStatus(plan, killed)).map(({ step, state, epoch }) => `${step.title}: ${state} ${epoch?.done ?? ''}`);
    assert.ok(
      found.some((line) => /: partial [1-9]/.test(line)),
      found.join('; '),
    );
  }
  const last = await runPlan({ plan, store: killed, executor: workers(killed), workers: 2 });
  assert.equal(last.ok, true, JSON.stringify(last.failed));
  assert.ok(last.reused.length >= 2);
  await assertSameResults(plan, calm, killed);
  assert.deepEqual(await readdir(layout(killed.directory).partials), []);
});

test('a worker whose run is gone before it could listen does nothing', async (t) => {
  const plan = await tinyPlan();
  const store = await newStore(t);
  await store.savePlan(plan.study, plan);
  const { id } = plan.steps.find(({ kind }) => kind === 'data')!;
  const [file, ...args] = WORKER;
  const child = spawn(file!, [...args, id, '--store', store.directory, '--threads', '1'], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.disconnect();
  assert.equal(await new Promise((resolve) => child.on('exit', resolve)), 1);
  assert.equal(await store.has(id), false);
});

test('workers end when the run that started them is killed', async (t) => {
  const plan = await tinyPlan({ epochs: 3000 });
  const store = await newStore(t);
  const { child, ended } = await startRun(store.directory, 3000, /train P on source epoch (?!1 )\d+ of/);
  const pids = await holders(plan, store);
  assert.ok(pids.length > 0);
  process.kill(child.pid!, 'SIGKILL');
  await ended;
  await nobodyHolds(plan, store);
});

test('an abort ends the run in under two seconds and keeps the state', async (t) => {
  const plan = await tinyPlan({ epochs: 3000 });
  const store = await newStore(t);
  const controller = new AbortController();
  let aborted = 0;
  const cancelled: string[] = [];
  const result = await runPlan({
    plan,
    store,
    executor: workers(store),
    workers: 2,
    signal: controller.signal,
    onEvent(event) {
      if (event.type === 'cancelled') cancelled.push(event.step.title);
      if (aborted > 0 || event.type !== 'progress' || !/^epoch (?![12] )\d+ /.test(event.detail)) return;
      aborted = performance.now();
      controller.abort();
    },
  });
  assert.ok(performance.now() - aborted < 2000, `${performance.now() - aborted} ms`);
  assert.deepEqual([result.ok, result.cancelled, result.failed.length], [false, true, 0]);
  assert.ok(cancelled.length > 0);
  const partial = (await planStatus(plan, store)).filter(({ state }) => state === 'partial');
  assert.ok(partial.some(({ epoch }) => epoch!.done >= 2));
  assert.deepEqual(await holders(plan, store), []);
});

test('a step whose process somebody else asks to stop is named as failed', async (t) => {
  // RI-T does not need P and goes on: shortly
  const text = tinyStudy({ epochs: 3000 }).replace('RI-T: { seeds: [1] }', 'RI-T: { seeds: [1], recipe: { epochs: 1 } }');
  const plan = await planStudy(parseStudy(text, 'tiny.yaml'));
  const store = await newStore(t);
  let asked = false;
  const result = await runPlan({
    plan,
    store,
    executor: workers(store),
    workers: 1,
    onEvent(event) {
      if (asked || event.type !== 'progress' || !/^epoch (?![1] )\d+ /.test(event.detail)) return;
      asked = true;
      void store.holder(event.step.id).then((holder) => process.kill(holder!.pid, 'SIGTERM'));
    },
  });
  assert.deepEqual([result.ok, result.cancelled], [false, false]);
  assert.deepEqual(
    result.failed.map(({ step, reason, message }) => [step.title, reason, message]),
    [['train P on source', 'crashed', 'its process was asked to stop, not by this run']],
  );
  const [p] = (await planStatus(plan, store)).filter(({ step }) => step.subject === 'P');
  assert.deepEqual([p!.state, p!.epoch!.done >= 1], ['failed', true], 'what was done is kept');
});

test('a step that fails stops only those that need it', async (t) => {
  const text = tinyStudy().replace('RI-T: { seeds: [1] }', 'RI-T: { seeds: [1], recipe: { rate: 1.0e+30, clip: null } }');
  const plan = await planStudy(parseStudy(text, 'tiny.yaml'));
  const store = await newStore(t);
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 2 });
  assert.deepEqual([result.ok, result.cancelled], [false, false]);
  assert.deepEqual(
    result.failed.map(({ step, reason, log }) => [step.title, reason, log]),
    [['train RI-T.1 on near', 'refused', store.log(result.failed[0]!.step.id)]],
  );
  assert.match(result.failed[0]!.message, /^train: .* must stay finite, got .* in step \d+ of 34/);
  assert.deepEqual(
    result.skipped.map(({ step, because }) => [step.title, because]),
    [['distance on near', [result.failed[0]!.step.id]]],
  );
  assert.deepEqual(result.done.map(({ title }) => title).sort(), ['prepare near', 'prepare source', 'train P on source', 'train P-T.1 on near']); // prettier-ignore
});

test('two runs on one store at once: both end well, and nothing is done twice', async (t) => {
  const plan = await tinyPlan();
  const store = await newStore(t);
  const finished: boolean[] = [];
  const run = async () => {
    const own = await openStore(store.directory);
    const onEvent = (event: RunEvent) => void (event.type === 'finished' && finished.push(event.reused));
    return runPlan({ plan, store: own, executor: workers(own), workers: 2, onEvent });
  };
  const [a, b] = await Promise.all([run(), run()]);
  assert.deepEqual([a.ok, b.ok], [true, true]);
  assert.equal(finished.filter((reused) => !reused).length, plan.steps.length, 'each step was done once');
  for (const { id } of plan.steps) assert.deepEqual(await store.verify(id), []);
  assert.deepEqual(await readdir(join(store.directory, 'locks')), []);
});
