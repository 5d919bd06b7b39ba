// Files of a store that are not as they were written: refused by whoever reads them, with the cure.
import assert from 'node:assert/strict';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import { openStore } from '../../src/store/store.js';
import { cliRig } from '../support/cli.js';
import { tinyPlan, tinyStudy } from '../support/tiny-study.js';

test('a flipped bit of a checkpoint or an image, cut tables: refused with file and cure, which helps', async (t) => {
  const rig = await cliRig(t);
  await rig.write('tiny.yaml', tinyStudy());
  const plan = await tinyPlan();
  const run = async () => {
    // a store of its own: what a process has checked it does not check again
    const store = await openStore(rig.path('carryover-store'));
    return { store, ...(await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 })) };
  };
  const { store, ok } = await run();
  assert.equal(ok, true);
  const idOf = (title: string) => plan.steps.find((step) => step.title.startsWith(title))!.id;
  const distance = idOf('distance');
  const tables = await readFile(store.path(distance, 'tables.json'));

  for (const [title, file] of [
    ['train P-T.1', 'final.safetensors'],
    ['prepare near', 'test.u8'],
  ] as const) {
    const path = store.path(idOf(title), file);
    const bytes = await readFile(path);
    bytes[bytes.length - 3]! ^= 1;
    await writeFile(path, bytes);
    await rm(store.path(distance), { recursive: true });
    const [failure, ...others] = (await run()).failed;
    assert.deepEqual([failure?.step.id, failure?.reason, others], [distance, 'refused', []]);
    assert.equal(
      failure!.message,
      `store: ${path} must be as it was written (sha256 in checksums.json), got other bytes; delete ${store.path(idOf(title))} and run the study again`,
    );
    await rm(store.path(idOf(title)), { recursive: true });
    assert.equal((await run()).ok, true);
    assert.deepEqual(await readFile(store.path(distance, 'tables.json')), tables);
  }

  await truncate(store.path(distance, 'tables.json'), 100);
  for (const verb of ['run', 'report']) {
    const { code, stderr } = await rig.run(verb, 'tiny.yaml');
    assert.deepEqual([code, /Nothing to do/.test(stderr)], [2, false], stderr);
    assert.ok(stderr.includes(`${join(store.path(distance), 'tables.json')} must be as it was written`), stderr);
    assert.ok(stderr.includes(`delete ${store.path(distance)} and run the study again`), stderr);
  }
});
