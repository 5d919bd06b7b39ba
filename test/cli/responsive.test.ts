// A step of a large network blocks its thread for seconds. A process that is stopped (SIGSTOP) stands for it here: it answers no signal but
// SIGKILL, for ever. Whoever gets Ctrl-C must end all the same, and take it along.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rig } from '../support/cli.js';
import { cliRig } from '../support/cli.js';
import { tinyStudy } from '../support/tiny-study.js';

const skip = process.platform === 'win32' ? 'no signals' : false;

/** Command lines of a process's children by id. */
function childrenOf(pid: number): Map<number, string> {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const rows = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((row) => row !== null);
  return new Map(rows.filter((row) => Number(row[2]) === pid).map((row) => [Number(row[1]), row[3]!]));
}

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(50);
  }
}

/** Stops the child of a CLI process that computes, sends Ctrl-C to the CLI, and returns how both ended. */
async function interrupted(rig: Rig, computing: RegExp, ...args: string[]) {
  const { child, finished } = rig.start(...args);
  const worker = await until(() => [...childrenOf(child.pid!)].find(([, line]) => computing.test(line))?.[0]);
  process.kill(worker, 'SIGSTOP');
  child.kill('SIGINT');
  const { code, stderr } = await finished;
  const gone = await until(() => {
    try {
      process.kill(worker, 0);
      return undefined;
    } catch {
      return true;
    }
  });
  return { code, stderr, gone };
}

test('run: while this machine is measured', { skip }, async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy());
  const { code, stderr, gone } = await interrupted(rig, / plan /, 'run', 'tiny.yaml');
  assert.deepEqual([code, gone], [130, true]);
  assert.match(stderr, /Stopped. Go on with: carryover run tiny.yaml/);
});

test('run: while a worker computes', { skip }, async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy({ epochs: 2000 }));
  const { code, gone } = await interrupted(rig, / step /, 'run', 'tiny.yaml', '--workers', '1', '--quiet');
  assert.deepEqual([code, gone], [130, true]);
});

test('step by hand: its own process computes', { skip }, async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy({ epochs: 2000 }));
  const plan = JSON.parse((await rig.run('plan', 'tiny.yaml', '--json')).stdout) as { steps: { id: string; title: string }[] };
  const { id } = plan.steps.find(({ title }) => title === 'train P on source')!;
  const { code, gone } = await interrupted(rig, / step /, 'step', id);
  assert.deepEqual([code, gone], [130, true]);
});

test('plan ends by the signal itself: nothing handles it', { skip }, async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy());
  const { child, finished } = rig.start('plan', 'tiny.yaml', '--verbose');
  await new Promise((resolve) => child.stderr!.once('data', resolve));
  child.kill('SIGINT');
  assert.equal((await finished).code, null);
});
