// A study that is edited and planned, or analysed, while it runs: its steps are still found.
import assert from 'node:assert/strict';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import { gc } from '../../src/store/gc.js';
import { layout } from '../../src/store/layout.js';
import { contentOf, plansIn } from '../../src/store/plans.js';
import { openStore } from '../../src/store/store.js';
import { temporaryFolder, tinyPlan } from '../support/tiny-study.js';

test('another plan of the same name, saved while a study runs, stops none of its steps', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const [plan, edited] = [await tinyPlan(), await tinyPlan({ epochs: 3, analyses: 'mistakes' })];
  let saved: Promise<void> | undefined;
  const result = await runPlan({
    plan,
    store,
    executor: inline({ store, threads: 1 }),
    workers: 1,
    onEvent: ({ type }) => {
      if (type === 'finished') saved ??= store.savePlan(edited.study, edited);
    },
  });
  await saved;
  assert.deepEqual([result.ok, result.failed], [true, []]);
  assert.equal(result.done.length, plan.steps.length);
});

test('plans of earlier stores are read, broken ones passed over, superseded ones collected', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const [plan, edited] = [await tinyPlan(), await tinyPlan({ epochs: 3 })];
  const names = layout(store.directory);
  await store.savePlan(plan.study, plan);
  await rename(names.plan('tiny', contentOf(plan)), join(names.plans, 'tiny.json'));
  await writeFile(join(names.plans, 'cut.json'), '{"study": "cu');
  await store.savePlan(edited.study, edited);
  await store.savePlan(edited.study, edited);
  assert.deepEqual((await plansIn(names.plans)).map(({ name }) => name).sort(), ['cut', 'tiny', `tiny@${contentOf(edited)}`]); // prettier-ignore
  const found = [];
  for await (const each of store.plans()) found.push(each);
  assert.equal(found.length, 2);

  const keep = new Set(edited.steps.map(({ id }) => id));
  const busy = (await store.begin(plan.steps.find(({ kind }) => kind === 'train')!.id))!;
  assert.deepEqual(await gc(store, { keep }), [], 'a run is at work on it');
  await busy.release();
  assert.deepEqual(
    (await gc(store, { keep })).filter(({ what }) => what === 'plan').map(({ id }) => id),
    ['tiny'],
  );
});
