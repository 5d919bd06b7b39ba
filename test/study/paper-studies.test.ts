// The studies of the paper's experiments: they parse, they plan with or without their data, and they ask for what the paper did.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import type { Plan, Step } from '../../src/study/step.js';
import type { Recipe } from '../../src/train/recipe.js';

const FOLDER = fileURLToPath(new URL('../../../studies/paper/', import.meta.url));
const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));

const planOf = (file: string): Promise<Plan> => {
  const path = join(FOLDER, file);
  return planStudy(parseStudy(readFileSync(path, 'utf8'), path), { absentData: true });
};
const sweepOf = ({ steps }: Plan, analysis: string): readonly Step[] =>
  steps.filter(({ kind, sweep }) => kind === 'train' && sweep === analysis);
const recipeOf = ({ steps }: Plan, title: string): Recipe =>
  steps.find((step) => step.title === title)!.options['recipe'] as unknown as Recipe;

test('each of them plans, compares itself with the paper, and is named in the README', async () => {
  assert.deepEqual(FILES.map((file) => file.replaceAll('\\', '/')).sort(), [
    'chexpert.yaml',
    'domainnet.yaml',
    'miniatures/checkpoints.yaml',
    'miniatures/control.yaml',
    'miniatures/modules.yaml',
    'miniatures/networks.yaml',
    'miniatures/shuffle.yaml',
  ]);
  const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
  for (const file of FILES) {
    const path = join(FOLDER, file);
    assert.equal(parseStudy(readFileSync(path, 'utf8'), path).compare, 'paper', file);
    assert.ok((await planOf(file)).steps.length > 0, file);
    assert.ok(readme.includes(file.replaceAll('\\', '/')), file);
  }
});

test("DomainNet: the paper's rates, schedules and mixup; its sizes of blocks, its epochs of pre-training", async () => {
  const plan = await planOf('domainnet.yaml');
  const [tuned, scratch, pretrained] = ['train P-T.1 on real', 'train RI-T.1 on real', 'train P on imagenet'].map((title) =>
    recipeOf(plan, title),
  );
  // base 0.02 and 0.1, divided by 8 at batch 32
  assert.deepEqual([tuned!.rate, scratch!.rate, tuned!.batch, tuned!.mixup], [0.02 / 8, 0.1 / 8, 32, 0.7]);
  assert.deepEqual(tuned!.schedule, { name: 'multi-step', warmup: 0, drops: [30, 60, 90], factor: 0.1 });
  assert.deepEqual([pretrained!.epochs, pretrained!.rate, pretrained!.batch], [90, 0.1, 256]);
  // 13 sizes, two roles, three seeds, three targets; without augmentation none is an arm's
  assert.equal(sweepOf(plan, 'block-shuffle').length, 13 * 2 * 3 * 3);
  // 13 epochs on three targets; from the last one they are the arms' own
  assert.equal(sweepOf(plan, 'checkpoint-choice').length, 12 * 3);
  assert.deepEqual(pretrained!.checkpoints, [1, 2, 5, 10, 29, 30, 31, 59, 60, 61, 89]);
});

test('CheXpert: five findings at once by binary cross-entropy, constant rates, P on the classes of ImageNet; data in their official layouts', async () => {
  const plan = await planOf('chexpert.yaml');
  const [tuned, scratch, pretrained] = ['train P-T.1 on chexpert', 'train RI-T.1 on chexpert', 'train P on imagenet'].map((title) =>
    recipeOf(plan, title),
  );
  assert.deepEqual([tuned!.loss, scratch!.loss, pretrained!.loss], ['binary-cross-entropy', 'binary-cross-entropy', 'cross-entropy']);
  assert.deepEqual([tuned!.epochs, scratch!.epochs, tuned!.rate, scratch!.rate, tuned!.batch], [200, 400, 0.02, 0.1, 256]);
  assert.deepEqual([tuned!.schedule.name, tuned!.mixup, tuned!.augment], ['constant', 0, []]);
  const kinds = (from: Plan) => from.steps.filter(({ kind }) => kind === 'data').map(({ options }) => options['dataset']);
  assert.deepEqual(kinds(plan), ['imagenet', 'chexpert']);
  assert.deepEqual(
    kinds(await planOf('domainnet.yaml')).filter((kind) => kind !== undefined),
    ['imagenet', 'domainnet', 'domainnet', 'domainnet'],
  );
});

test('the miniatures: whole images and the last epoch are the arms’ runs; networks and shuffle share P', async () => {
  const [networks, shuffle, checkpoints] = [
    await planOf('miniatures/networks.yaml'),
    await planOf('miniatures/shuffle.yaml'),
    await planOf('miniatures/checkpoints.yaml'),
  ];
  assert.equal(sweepOf(shuffle, 'block-shuffle').length, 6 * 2 * 2 * 2, 'six of seven sizes');
  assert.equal(sweepOf(checkpoints, 'checkpoint-choice').length, 10 * 2 * 2, '0 1 2 5 6 7 11 12 13 17, and 18 of the arms');
  const p = (plan: Plan) => plan.steps.find(({ title }) => title === 'train P on source')!.id;
  assert.equal(p(networks), p(shuffle));
  assert.notEqual(p(networks), p(checkpoints));
});
