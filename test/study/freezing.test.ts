// A training that waits for analyses: what it freezes is chosen from their tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inline } from '../../src/executors/inline.js';
import { runPlan } from '../../src/executors/schedule.js';
import { TABLES_FILE } from '../../src/store/layout.js';
import { openStore } from '../../src/store/store.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { Plan, Step } from '../../src/study/step.js';
import { needs } from '../../src/study/step.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { temporaryFolder, tinyStudy } from '../support/tiny-study.js';

const planOf = (analyses: string, epochs = 2): Promise<Plan> =>
  planStudy(parseStudy(tinyStudy({ analyses, epochs, seeds: '1, 2' }).replace('hidden: [16]', 'hidden: [16, 12]'), 'tiny.yaml'));
const stepOf = ({ steps }: Plan, title: string): Step => steps.find((step) => step.title === title)!;

test('frozen trainings stand after the analyses that choose, and are addressed by rule and analyses', async () => {
  const plan = await planOf('rewind, cka, freezing: { verify: true }');
  const frozen = stepOf(plan, 'train P-T.1, frozen on near');
  const id = (title: string) => stepOf(plan, title).id;
  const { data, initial, rewind, cka } = frozen.inputs;
  assert.deepEqual(
    [data, initial, rewind, cka],
    [
      { step: id('prepare near') },
      { step: id('train P on source'), at: 'final' },
      { step: id('rewind on near') },
      { step: id('cka on near') },
    ],
  );
  for (const [i, step] of plan.steps.entries())
    for (const need of needs(step))
      assert.ok(plan.steps.findIndex((other) => other.id === need) < i, `${step.title} comes after what it needs`);
  const analysis = stepOf(plan, 'freezing on near');
  assert.deepEqual(Object.keys(analysis.inputs), [
    'data',
    'rewind',
    'cka',
    'P',
    'P-T.1',
    'P-T.2',
    'RI-T.1',
    'RI-T.2',
    'P-T.1, frozen',
    'P-T.2, frozen',
  ]);

  const without = await planOf('rewind, cka, freezing');
  assert.equal(without.steps.filter(({ kind }) => kind === 'train').length, plan.steps.filter(({ kind }) => kind === 'train').length - 2);
  const stricter = await planOf('rewind, cka, freezing: { verify: true, margin: 0.01 }');
  assert.notEqual(stepOf(stricter, 'train P-T.1, frozen on near').id, frozen.id, 'another rule');
  const other = await planOf('rewind: { samples: 50 }, cka, freezing: { verify: true }');
  assert.notEqual(stepOf(other, 'train P-T.1, frozen on near').id, frozen.id, 'chosen from other rows');
  await assert.rejects(planOf('cka, freezing'), /freezing: the study must have the analyses rewind and cka, got no rewind/);
});

test('a verified study: chosen modules keep the values of P to the bit, the others train', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  // a margin that some modules of hardly trained networks keep, whatever the images
  const plan = await planOf(
    'rewind: { samples: 60, resamples: 50 }, cka: { samples: 60 }, freezing: { verify: true, margin: 0.6, similarity: -1, resamples: 50 }',
  );
  const result = await runPlan({ plan, store, executor: inline({ store, threads: 1 }), workers: 1 });
  assert.deepEqual(result.failed, []);
  const tables = await store.readJson<{
    choice: { module: string; frozen: boolean }[];
    verified: { modules: string; runs: number; full: number; frozen: number; difference: number }[];
  }>(stepOf(plan, 'freezing on near').id, TABLES_FILE);
  assert.deepEqual(
    tables.choice.map(({ module, frozen }) => [module, frozen]),
    [
      ['fc1', true],
      ['fc2', true],
    ],
  );
  const [row] = tables.verified;
  assert.deepEqual([row!.modules, row!.runs], ['fc1, fc2', 2]);
  assert.ok(Math.abs(row!.frozen - row!.full - row!.difference) < 1e-12);
  const read = async (file: string) => (await readSafetensors(store.path(stepOf(plan, 'train P-T.2, frozen on near').id, file))).tensors;
  const [start, end] = [await read('epoch-0000.safetensors'), await read('final.safetensors')];
  for (const [name, tensor] of end) {
    const same = [...(tensor.data as Float32Array)].every((value, i) => value === (start.get(name)!.data as Float32Array)[i]);
    assert.equal(same, /^fc[12]\./.test(name), `${name} ${same ? 'stayed' : 'moved'}`);
  }
});
