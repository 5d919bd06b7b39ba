import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { processes } from '../../src/executors/processes.js';
import { runPlan } from '../../src/executors/schedule.js';
import { layout } from '../../src/store/layout.js';
import { openStore } from '../../src/store/store.js';
import { tinyPlan, WORKER } from '../support/tiny-study.js';

function mount(...args: string[]): string | undefined {
  try {
    execFileSync('mount', args, { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `needs a small tmpfs, but mount says: ${(error as Error).message.split('\n').at(-2) ?? ''}`;
  }
}

test('a full disk: a clear error, nothing half-published, and the next run goes on', async (t) => {
  const disk = await mkdtemp(join(tmpdir(), 'carryover-disk-'));
  const refused = mount('-t', 'tmpfs', '-o', 'size=7m', 'tmpfs', disk);
  t.after(async () => {
    if (refused === undefined) execFileSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  });
  if (refused !== undefined) return t.skip(refused);

  const store = await openStore(join(disk, 'store'));
  const plan = await tinyPlan();
  // one data set (4.8 MB) fits, the next does not
  const run = () => runPlan({ plan, store, executor: processes({ store, threads: 1, command: WORKER }), workers: 1 });
  const full = await run();
  assert.equal(full.ok, false);
  assert.equal(full.failed.length, 1);
  assert.match(full.failed[0]!.message, /^store: the disk of .*carryover-disk-.*store must have room for the results, got \d+\.\d MB free/);
  for (const id of await readdir(layout(store.directory).steps)) assert.deepEqual(await store.verify(id), []);
  assert.ok((await readdir(layout(store.directory).steps)).length < plan.steps.length);
  for (const file of await readdir(layout(store.directory).plans)) JSON.parse(await readFile(store.directory + '/plans/' + file, 'utf8'));

  assert.equal(mount('-o', 'remount,size=64m', disk), undefined);
  const roomy = await run();
  assert.equal(roomy.ok, true);
  for (const { id } of plan.steps) assert.deepEqual(await store.verify(id), []);
});
