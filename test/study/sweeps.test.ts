import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sweep, Training } from '../../src/analyses/analysis.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { Step } from '../../src/study/step.js';
import { keeping, sweepSteps } from '../../src/study/sweeps.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { DEMO } from './demo-study.js';

const study = parseStudy(DEMO, 'study.yaml');
const plan = await planStudy(study);
const stepOf = (title: string): Step => plan.steps.find((step) => step.title === title)!;
const data = new Map(['source', 'openmoji', 'outline'].map((name) => [name, stepOf(`prepare ${name}`)]));
const place = {
  study,
  analysis: 'made-up',
  target: 'openmoji',
  data,
  starts: { 'P-T': stepOf('train P on source'), 'RI-T': null },
  base: '.',
};
const steps = (...trainings: Training[]) => sweepSteps({ trainings } satisfies Sweep, place);

const FIRST = { init: 1, order: 1 };
const LIKE_ARM: Training = { name: 'P-T.1, as it is', role: 'P-T', seeds: FIRST, variant: {} };

test('a training like that of an arm is that of the arm, on another target too', async () => {
  const { inputs } = await steps(LIKE_ARM, { ...LIKE_ARM, name: 'RI-T.1, elsewhere', role: 'RI-T', on: 'outline' });
  assert.deepEqual(
    inputs.map(({ step }) => step.id),
    [stepOf('train P-T.1 on openmoji').id, stepOf('train RI-T.1 on outline').id],
  );
  assert.deepEqual([inputs[1]!.step.title, inputs[1]!.step.target], ['train RI-T.1, elsewhere on outline', 'outline']);
});

test('what is asked for otherwise is another training: recipe, seeds, start, images', async () => {
  const others = [
    { recipe: { augment: [] } },
    { recipe: { epochs: 3 } },
    { recipe: { schedule: 'constant' } },
    { recipe: { frozen: ['^conv1'] } },
    { seeds: { init: 1, order: 2 } },
    { from: 'best' as const },
    { from: 7 },
    { shuffle: { block: 4, seed: 1 } },
    { shuffle: { block: 4, seed: 2 } },
  ];
  const { views, inputs } = await steps(...others.map((change, i) => ({ ...LIKE_ARM, ...change, name: `P-T.${i}` })));
  const ids = [stepOf('train P-T.1 on openmoji').id, ...inputs.map(({ step }) => step.id)];
  assert.equal(new Set(ids).size, others.length + 1);
  assert.deepEqual(inputs[2]!.step.options['recipe'], {
    ...study.arms[0]!.recipe,
    schedule: { name: 'constant', warmup: DEFAULT_RECIPE.schedule.warmup },
  });
  assert.deepEqual(inputs[6]!.step.inputs['initial'], { step: place.starts['P-T'].id, at: 7 });
  assert.deepEqual(
    views.map(({ title, inputs: from, options }) => [title, from, options]),
    [1, 2].map((seed) => [
      `shuffle openmoji, block 4, seed ${seed}`,
      { source: { step: data.get('openmoji')!.id } },
      { shuffle: { block: 4, seed } },
    ]),
  );
  assert.deepEqual(inputs[7]!.step.inputs['data'], { step: views[0]!.id });
  assert.ok(inputs.every(({ step }) => step.sweep === 'made-up'));
});

test("P's last epoch is its final checkpoint", async () => {
  const { inputs } = await steps({ ...LIKE_ARM, from: 30 });
  assert.equal(inputs[0]!.step.id, stepOf('train P-T.1 on openmoji').id);
});

test('a shorter run keeps no checkpoints beyond its end', async () => {
  const arms = study.arms.map((arm) => ({ ...arm, recipe: { ...arm.recipe, checkpoints: [20] } }));
  const { inputs } = await sweepSteps({ trainings: [{ ...LIKE_ARM, recipe: { epochs: 3 } }] }, { ...place, study: { ...study, arms } });
  assert.deepEqual((inputs[0]!.step.options as unknown as { recipe: unknown }).recipe, {
    ...study.arms[0]!.recipe,
    epochs: 3,
    checkpoints: [],
  });
});

test('what a study cannot have is refused', async () => {
  await assert.rejects(steps({ ...LIKE_ARM, on: 'outlin' }), /made-up: unknown data set "outlin"; there are: .*; did you mean outline\?/);
  const scratch = { ...study, arms: study.arms.slice(1) };
  await assert.rejects(sweepSteps({ trainings: [LIKE_ARM] }, { ...place, study: scratch }), {
    name: 'InputError',
    message: 'made-up: the study must have the arm P-T, got RI-T',
  });
});

test('a recipe keeps what is asked for, and is left alone where it does so already', () => {
  const recipe = { ...DEFAULT_RECIPE, epochs: 10, checkpoints: [3] };
  assert.equal(keeping(recipe, [0, 3, 10]), recipe);
  assert.deepEqual(keeping(recipe, [5, 1, 5]).checkpoints, [1, 3, 5]);
  const every = { ...recipe, checkpoints: { every: 4 } };
  assert.equal(keeping(every, [4, 8]), every);
  assert.deepEqual(keeping(every, [5]).checkpoints, [4, 5, 8]);
});

test('data of a study may be shuffled: decoded once, seen in two ways', async () => {
  const shuffled = (shuffle: string) => DEMO.replace('domains: [outline] }', `domains: [openmoji], shuffle: ${shuffle} }`);
  const { steps: all } = await planStudy(parseStudy(shuffled('{ block: 4 }'), 'study.yaml'));
  const prepared = all.filter(({ kind }) => kind === 'data');
  assert.deepEqual(
    prepared.map(({ title, inputs }) => [title, inputs]),
    [
      ['prepare source', {}],
      ['prepare openmoji', {}],
      ['prepare outline', { source: { step: prepared[1]!.id } }],
    ],
  );
  assert.equal(prepared[1]!.id, data.get('openmoji')!.id);
  const other = await planStudy(parseStudy(shuffled('pixels'), 'study.yaml'));
  assert.notEqual(other.steps[2]!.id, all[2]!.id);
});
