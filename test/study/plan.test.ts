import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NetworkSpec } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { Plan, Step } from '../../src/study/step.js';
import { needs } from '../../src/study/step.js';
import type { Seeds } from '../../src/train/recipe.js';
import { temporaryFolder } from '../support/tiny-study.js';
import { DEMO } from './demo-study.js';

const planOf = (text: string, base?: string): Promise<Plan> =>
  planStudy(parseStudy(text, 'study.yaml'), base === undefined ? {} : { base });
const idOf = (plan: Plan, title: string): string => stepOf(plan, title).id;
function stepOf({ steps }: Plan, title: string): Step {
  const found = steps.find((step) => step.title === title);
  assert.ok(found, `${title} in ${steps.map((step) => step.title).join('; ')}`);
  return found;
}

test('the demo: data, P, runs on each target, analyses on each, in an order that can run', async () => {
  const plan = await planOf(DEMO);
  const runs = (target: string) => ['P-T.1', 'P-T.2', 'RI-T.1', 'RI-T.2'].map((run) => `train ${run} on ${target}`);
  const analyses = (target: string) =>
    ['learning-curves', 'mistakes', 'cka', 'distance', 'interpolation'].map((name) => `${name} on ${target}`);
  assert.deepEqual(
    plan.steps.map(({ title }) => title),
    [
      'prepare source',
      'prepare openmoji',
      'prepare outline',
      'train P on source',
      ...runs('openmoji'),
      ...runs('outline'),
      ...analyses('openmoji'),
      ...analyses('outline'),
    ],
  );
  for (const [i, step] of plan.steps.entries()) {
    for (const id of needs(step))
      assert.ok(plan.steps.findIndex((other) => other.id === id) < i, `${step.title} comes after what it needs`);
  }
  const p = idOf(plan, 'train P on source');
  assert.deepEqual(stepOf(plan, 'train P-T.2 on outline').inputs, {
    data: { step: idOf(plan, 'prepare outline') },
    initial: { step: p, at: 'final' },
  });
  assert.deepEqual(stepOf(plan, 'train RI-T.1 on outline').inputs, { data: { step: idOf(plan, 'prepare outline') } });
  assert.deepEqual(stepOf(plan, 'cka on openmoji').inputs, {
    data: { step: idOf(plan, 'prepare openmoji') },
    P: { step: p },
    ...Object.fromEntries(['P-T.1', 'P-T.2', 'RI-T.1', 'RI-T.2'].map((run) => [run, { step: idOf(plan, `train ${run} on openmoji`) }])),
  });
});

test('an analysis that looks at the source’s images has them as an input, others do not', async () => {
  const plan = await planOf(DEMO.replace(/analyses:[\s\S]*?(?=\n\w|$)/, 'analyses: [domain-distance, distance]'));
  assert.deepEqual(stepOf(plan, 'domain-distance on outline').inputs['source'], { step: idOf(plan, 'prepare source') });
  assert.equal(stepOf(plan, 'distance on outline').inputs['source'], undefined);
});

// These never change: whoever has a store would train again. A change of numbers raises a version, and only then the ids below it.
const PINNED = ['7b82d7e0baded351', '7ec191473dacd3c5', '43830f9d11e8dad8', '4bd635a774966f0a', '170952054a0d5c06'];

test('identities are pinned', async () => {
  const plan = await planOf(DEMO);
  const pinned = ['prepare source', 'train P on source', 'train P-T.1 on openmoji', 'train RI-T.2 on outline', 'cka on outline'];
  assert.deepEqual(
    pinned.map((title) => idOf(plan, title)),
    PINNED,
  );
});

test('P and RI-T of the same number begin at different points', async () => {
  const plan = await planOf(DEMO);
  const inits = ['train P on source', 'train RI-T.1 on openmoji'].map((title) => {
    const { network, seeds } = stepOf(plan, title).options as unknown as { network: NetworkSpec; seeds: Seeds };
    return buildNetwork(network, { batch: 1, channels: 3, height: 32, width: 32, classes: 12 }).init(seeds.init);
  });
  const drawn = [...inits[0]!.keys()].filter((name) => new Set(inits[0]!.get(name)!.data).size > 1);
  assert.ok(drawn.length > 5);
  for (const name of drawn) assert.notDeepEqual(inits[0]!.get(name), inits[1]!.get(name), name);
});

test('what is not asked for does not count: names, files, defaults that are spelled out', async () => {
  const plan = await planOf(DEMO);
  const other = await planStudy(
    parseStudy(
      DEMO.replace('emoji-demo', 'another')
        .replace('recipe: { batch: 32', 'recipe: { momentum: 0.9, weightDecay: 0.0001, nesterov: false, clip: 5, batch: 32')
        .replace('stem: 3x3', 'stem: 3x3, zeroFcInit: false')
        .replace('points: 11', 'points: 11, trainSamples: 256'),
      'elsewhere/other.yaml',
    ),
  );
  assert.deepEqual(
    other.steps.map(({ id }) => id),
    plan.steps.map(({ id }) => id),
  );
});

test('what is asked for counts, for the step and all that hangs on it', async () => {
  const plan = await planOf(DEMO);
  const changedBy = async (from: string, to: string) => {
    const other = await planOf(DEMO.replace(from, to));
    return plan.steps.filter(({ id }) => !other.steps.some((step) => step.id === id)).map(({ title }) => title);
  };
  const all = plan.steps.map(({ title }) => title);
  assert.deepEqual(await changedBy('estimator: debiased', 'estimator: biased'), ['cka on openmoji', 'cka on outline']);
  assert.deepEqual(await changedBy('seed: 1\n', 'seed: 2\n'), all.slice(12), 'the seed of the draws');
  assert.deepEqual(await changedBy('rate: 0.03', 'rate: 0.02'), [
    ...all.filter((title) => title.includes('P-T.') && !title.includes('RI-T')),
    ...all.slice(12),
  ]);
  assert.deepEqual(
    await changedBy('epochs: 30', 'epochs: 31'),
    all.filter((title) => !title.startsWith('prepare') && !title.includes('RI-T')),
  );
  assert.deepEqual(
    await changedBy('from: final', 'from: best'),
    all.filter((title) => !title.startsWith('prepare') && !title.includes('RI-T') && title !== 'train P on source'),
  );
});

test('a folder counts with its files: names, sizes, times', async (t) => {
  const base = await temporaryFolder(t);
  const file = join(base, 'pictures', 'cat', '1.png');
  await mkdir(join(base, 'pictures', 'cat'), { recursive: true });
  await writeFile(file, 'one');
  await utimes(file, 1000, 1000);
  const text = DEMO.replace('{ dataset: emoji, domains: [outline] }', '{ dataset: folder, root: pictures }');
  const idNow = async () => idOf(await planOf(text, base), 'prepare outline');
  const before = await idNow();
  assert.equal(await idNow(), before);
  assert.equal(stepOf(await planOf(text, base), 'prepare outline').options['root'], join(base, 'pictures'));

  await utimes(file, 1000, 2000);
  const touched = await idNow();
  assert.notEqual(touched, before);
  await writeFile(join(base, 'pictures', 'cat', '2.png'), '');
  assert.notEqual(await idNow(), touched);
});

test('a data folder that is missing is an error with its path', async (t) => {
  const base = await temporaryFolder(t);
  const text = DEMO.replace('{ dataset: emoji, domains: [outline] }', '{ dataset: folder, root: nowhere }');
  await assert.rejects(planOf(text, base), {
    name: 'InputError',
    message: `data: ${join(base, 'nowhere')} must be a folder that can be read, got nothing there`,
  });
});

test('two names for the same thing are one step', async () => {
  const plan = await planOf(DEMO.replace('domains: [outline]', 'domains: [openmoji]'));
  assert.equal(new Set(plan.steps.map(({ id }) => id)).size, plan.steps.length);
  assert.equal(plan.steps.filter(({ kind }) => kind === 'train').length, 5);
  assert.equal(plan.steps.filter(({ kind }) => kind === 'cka').length, 2, 'rows name their target');
});

test('the images of a view and the view have titles of their own', async () => {
  const plan = await planOf(DEMO.replace('domains: [outline] }', 'domains: [outline], normalize: imagenet }'));
  const titles = plan.steps.filter(({ kind }) => kind === 'data').map(({ title }) => title);
  assert.deepEqual(titles, ['prepare source', 'prepare openmoji', 'decode outline', 'prepare outline']);
});
