import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retrainedWords } from '../../src/report/retrained.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { recipeChanges } from '../../src/study/recipe-changes.js';

const STUDY = `
carryover: 1
name: anew
network: { architecture: mlp, hidden: [8] }
data:
  src: { dataset: emoji, domains: [openmoji] }
  glossy: { dataset: emoji, domains: [noto] }
recipe: { epochs: 5, augment: [{ flip: true }] }
pretrain: { on: src, recipe: { epochs: 8 } }
targets: [glossy]
arms:
  P-T: { seeds: [1], recipe: { rate: 0.05 } }
  RI-T: { seeds: [1], recipe: { rate: 0.1 } }
analyses:
`;
const words = async (analysis: string, options: string) => {
  const plan = await planStudy(parseStudy(`${STUDY}  ${analysis}: ${options}\n`, 'anew.yaml'));
  return retrainedWords(
    recipeChanges(
      plan.steps.find(({ kind }) => kind === analysis)!,
      plan,
    ),
  );
};

test('what trainings of an analysis’ own do otherwise than the arms’, by the recipes of the steps', async () => {
  const choice = (recipe: string) => words('checkpoint-choice', `{ epochs: [0, 8], recipe: ${recipe} }`);
  assert.equal(await choice('{ epochs: 4 }'), 'epochs 4 instead of 5');
  assert.equal(await choice('{ epochs: 5, checkpoints: { every: 2 } }'), undefined, 'the arm’s own length');
  assert.equal(await choice('{ schedule: constant, clip: null }'), 'schedule constant instead of cosine and no clip instead of 5');
  assert.equal(await choice('{ schedule: { name: cosine, warmup: 0.2 } }'), 'another schedule');
  const shuffle = (recipe: string) => words('block-shuffle', `{ sizes: [1, 32], recipe: ${recipe} }`);
  assert.equal(await shuffle('{}'), 'no augment instead of flip');
  assert.equal(await shuffle('{ rate: 0.02, augment: [{ flip: true }] }'), 'rate 0.02 instead of 0.05 and 0.1');
});
