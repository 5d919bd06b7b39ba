import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/store.js';
import { checkCounts } from '../../src/study/check-counts.js';
import { analysisSeconds, loadingSeconds, trainingSeconds, START_SECONDS } from '../../src/study/costs.js';
import { estimate } from '../../src/study/estimate.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { temporaryFolder, tinyPlan, tinyStudy } from '../support/tiny-study.js';

test('a training: steps and evaluations of each epoch, and of epoch 0', () => {
  const recipe = { ...DEFAULT_RECIPE, epochs: 10, batch: 10 };
  const count = { train: 105, val: 11, test: 20 };
  const figures = { compileMs: 1000, stepMs: 100, forwardMs: 10 };
  // an epoch: 10 steps and 2 + 2 forward passes: 1.04 s; epoch 0: 11 + 4 forward passes: 0.15 s
  const whole = START_SECONDS + 1 + 10 * 1.04 + 0.15;
  assert.ok(Math.abs(trainingSeconds(recipe, count, figures, null) - whole) < 1e-9);
  assert.ok(Math.abs(trainingSeconds(recipe, count, figures, 4) - (START_SECONDS + 1 + 6 * 1.04)) < 1e-9);
});

test('without training images there is nothing to mix BatchNorm networks with; loading costs its bytes', () => {
  const options = { points: 5, through: null, split: 'test', samples: null };
  const subject = { options, runs: 3, trained: 2, pairs: 1, modules: 5, sweep: 0, normalizes: true, count: { train: 0, val: 0, test: 20 } };
  const figures = { compileMs: 1000, stepMs: 0, forwardMs: 10 };
  assert.equal(analysisSeconds('plane', subject, figures, 10), START_SECONDS);
  assert.ok(analysisSeconds('plane', { ...subject, normalizes: false }, figures, 10) > START_SECONDS);
  assert.ok(loadingSeconds(2e9) > 5 && loadingSeconds(0) === START_SECONDS);
});

test('alignment: both paths of every pair of one role, and matching by the operations of a comparison', () => {
  const options = { points: 11, split: 'test', samples: 10 };
  const subject = { options, runs: 3, trained: 3, pairs: 3, modules: 5, sweep: 0, count: { train: 105, val: 11, test: 20 } };
  const figures = { compileMs: 1000, stepMs: 100, forwardMs: 10 };
  const seconds = (more: object) => analysisSeconds('alignment', { ...subject, ...more }, figures, 10) - START_SECONDS - 0.5;
  assert.ok(Math.abs(seconds({}) - (3 * 21 * 10) / 1000) < 1e-9);
  const [once, twice] = [seconds({ comparison: 20e9 }) - seconds({}), seconds({ comparison: 40e9 }) - seconds({})];
  assert.ok(once > 1 && Math.abs(twice - 2 * once) < 1e-9);
  // BatchNorm: statistics on all 105 training images at every point
  assert.ok(Math.abs(seconds({ normalizes: true }) - (3 * 21 * (10 + 105)) / 1000) < 1e-9);
  assert.equal(analysisSeconds('alignment', { ...subject, pairs: 0 }, figures, 10), START_SECONDS);
});

test('interpolation: every pair of trained runs, at every point but one end, on the images of its splits', () => {
  const options = { points: 11, extrapolate: [-0.5, 1.5], splits: ['test', 'train'], trainSamples: 30 };
  const subject = { options, runs: 5, trained: 4, modules: 5, sweep: 0, count: { train: 105, val: 11, test: 20 } };
  // 6 pairs, 20 points more than an end, 50 images; 10 images in 10 ms
  const passes = 6 * 20 * (20 + 30);
  const seconds = analysisSeconds('interpolation', subject, { compileMs: 1000, stepMs: 100, forwardMs: 10 }, 10);
  assert.ok(Math.abs(seconds - (START_SECONDS + 0.5 + passes / 1000)) < 1e-9);
});

test('criticality: whole batches, at every cell of every path and scale', () => {
  const options = { paths: ['direct'], scales: ['relative'], alphas: 4, sigmas: 3, draws: 2, samples: 30, perRole: 1, batchNorm: 'point' };
  const subject = { options, runs: 2, trained: 2, modules: 10, sweep: 0, count: { train: 105, val: 11, test: 20 } };
  const seconds = (more: object) =>
    analysisSeconds('criticality', { ...subject, options: { ...options, ...more } }, { compileMs: 1000, stepMs: 100, forwardMs: 10 }, 10) -
    START_SECONDS - 0.5; // prettier-ignore
  // a batch of 64, and 55 % of it for each of 10 modules and 24 variants; 2 runs; 10 images in 10 ms
  const passes = (cells: number, images: number) => (2 * images * (1 + 0.55 * 10 * cells)) / 1000;
  assert.ok(Math.abs(seconds({}) - passes(24, 64)) < 1e-9);
  assert.ok(Math.abs(seconds({ samples: null }) - passes(24, 128)) < 1e-9);
  assert.ok(Math.abs(seconds({ scales: ['relative', 'absolute'] }) - passes(48, 64)) < 1e-9);
  assert.ok(Math.abs(seconds({ paths: ['direct', 'optimization'] }) - passes(48, 64)) < 1e-9, 'at most 4 checkpoints, as α');
});

test('estimate measures a network once, and does the data steps', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const plan = await tinyPlan();
  const told: string[] = [];
  const options = { workers: 2, threads: 1, report: (what: string) => void told.push(what) };
  const first = await estimate(plan, store, options);
  assert.deepEqual(told, ['prepare source', 'prepare near', 'measuring mlp, batch 64']);
  const missing = plan.steps.filter(({ kind }) => kind !== 'data');
  assert.deepEqual([...first.seconds.keys()], missing.map(({ id }) => id)); // prettier-ignore
  assert.ok([...first.seconds.values()].every((seconds) => seconds >= START_SECONDS));
  const sum = [...first.seconds.values()].reduce((a, b) => a + b);
  assert.ok(first.makespan >= sum / 2 && first.makespan <= sum, `${first.makespan} of ${sum}`);

  told.length = 0;
  assert.deepEqual(await estimate(plan, store, options), first);
  assert.deepEqual(told, [], 'kept in the store');
});

test('a batch larger than the training split is refused as soon as the data are prepared', async (t) => {
  const store = await openStore(await temporaryFolder(t));
  const text = tinyStudy().replace('batch: 64', 'batch: 100000');
  const plan = await planStudy(parseStudy(text, 'tiny.yaml'));
  await checkCounts(plan, store);
  const refusal = {
    name: 'InputError',
    message: 'train P on source: batch must be at most the 1097 training images of emoji (noto), got 100000',
  };
  await assert.rejects(estimate(plan, store, { workers: 1, threads: 1 }), refusal);
  await assert.rejects(checkCounts(plan, store), refusal, 'also where nothing is measured');
});
