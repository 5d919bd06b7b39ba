import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../src/tensor/input-error.js';
import { random } from '../../src/tensor/random.js';
import { train } from '../../src/train/train.js';
import { stripesJob } from './train-stripes.js';

const FILES = ['best', 'epoch-0000', 'epoch-0003', 'epoch-0006', 'final', 'state'].map((name) => `${name}.safetensors`);
let root: string;
/** The uninterrupted run. */
let whole: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'carryover-resume-'));
  whole = join(root, 'whole');
  await train(stripesJob(whole));
});
after(() => rm(root, { recursive: true, force: true }));

/** Every file but the timings, byte by byte. */
async function assertSameFiles(directory: string, as = whole): Promise<void> {
  assert.deepEqual(await readdir(directory), [...FILES, 'epochs.json', 'timing.json'].sort());
  for (const file of [...FILES, 'epochs.json']) {
    assert.ok((await readFile(join(directory, file))).equals(await readFile(join(as, file))), file);
  }
}

test('a second run of the same job ends with the same bytes', async () => {
  const directory = join(root, 'again');
  await train(stripesJob(directory));
  await assertSameFiles(directory);
});

test('aborted after an epoch and within one, then resumed: same bytes', async () => {
  const directory = join(root, 'aborted');
  for (const stopAt of [4, 20]) {
    const controller = new AbortController();
    const job = { ...stripesJob(directory), signal: controller.signal };
    const steps: number[] = [];
    const run = train(job, {
      onStep: ({ step }) => {
        steps.push(step);
        if (step === stopAt) controller.abort(new Error('enough'));
      },
    });
    await assert.rejects(run, /enough/);
    assert.equal(steps.at(-1), stopAt, 'stops after the current step');
  }
  const { resumedFrom, rows, timings } = await train(stripesJob(directory));
  assert.equal(resumedFrom, 3);
  assert.deepEqual(
    timings.map(({ epoch }) => epoch),
    rows.map(({ epoch }) => epoch),
  );
  await assertSameFiles(directory);
});

test('AdamW, too, resumes to the same bytes: averages and count of steps are kept', async () => {
  const [uncut, cut] = [join(root, 'adamw'), join(root, 'adamw-cut')];
  const recipe = { optimizer: 'adamw', rate: 0.01, weightDecay: 0.1, layerDecay: 0.8, noDecay: ['bias'] } as const;
  await train(stripesJob(uncut, recipe));
  const controller = new AbortController();
  const stop = { onEpoch: ({ epoch }: { epoch: number }) => epoch === 2 && controller.abort(new Error('enough')) };
  await assert.rejects(train({ ...stripesJob(cut, recipe), signal: controller.signal }, stop), /enough/);
  assert.equal((await train(stripesJob(cut, recipe))).resumedFrom, 2);
  await assertSameFiles(cut, uncut);
});

test('killed at random moments and rerun: same bytes', async (t) => {
  const directory = join(root, 'killed');
  const seed = Date.now();
  t.diagnostic(`moments drawn from seed ${seed}`);
  const { uniform } = random(seed, 'kill');
  let kills = 0;
  // the first ones early, then each a little later than the last, so that the loop ends
  while (!(await runAndKill(directory, uniform() * (20 + 30 * kills)))) assert.ok(++kills < 40, 'makes no progress');
  assert.ok(kills >= 2, `the run was killed ${kills} times`);
  await assertSameFiles(directory);
});

/** Starts the run and kills it that long after its first epoch was done; true when it ended before. */
function runAndKill(directory: string, delayMs: number): Promise<boolean> {
  const script = fileURLToPath(new URL('./train-stripes.js', import.meta.url));
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), delayMs));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => (code === null ? resolve(false) : code === 0 ? resolve(true) : reject(new Error(`child: exit ${code}`))));
  });
}

test('a finished run is not run again; a file that a kill kept from being written is', async () => {
  const directory = join(root, 'again');
  await rm(join(directory, 'final.safetensors'));
  await writeFile(join(directory, 'final.safetensors.4711.tmp'), 'half');
  const steps: number[] = [];
  const result = await train(stripesJob(directory), { onStep: ({ step }) => steps.push(step) });
  assert.deepEqual([steps, result.resumedFrom, result.rows.length], [[], 8, 9]);
  await assertSameFiles(directory);
});

test('another run’s state is refused', async () => {
  const job = stripesJob(whole);
  await assert.rejects(
    train({ ...job, seeds: { ...job.seeds, order: 7 } }),
    (error: Error) => error instanceof InputError && /must be the state of this very run/.test(error.message),
  );
  await assertSameFiles(whole);
});
