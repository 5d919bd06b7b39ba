import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Dataset } from '../../src/data/dataset.js';
import { loadDataset } from '../../src/data/datasets.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import type { TrainJob } from '../../src/train/job.js';
import { train } from '../../src/train/train.js';
import { chexpertMiniature, folderWith } from '../data/image-files.js';

const network = { architecture: 'fixup-resnet', widths: [8, 16], blocks: [1, 1] };
const recipe: TrainJob['recipe'] = { ...DEFAULT_RECIPE, epochs: 12, batch: 16, rate: 0.3, loss: 'binary-cross-entropy' };
const seeds = { init: 1, order: 1 };

test('five findings are learned on a CheXpert in small: AUC rises, names say AUC, unknown labels do no harm', async (t) => {
  const root = folderWith(t, await chexpertMiniature(192, 48));
  const dataset = await loadDataset({ dataset: 'chexpert', root, size: 16, channels: 1, val: 0.2, uncertain: 'ignore' });
  assert.ok(dataset.splits.train.marks!.includes(-1));
  const directory = join(folderWith(t, {}), 'run');
  const { rows, best } = await train({ network, dataset, recipe, seeds, directory, threads: 1 });
  assert.equal(best.why, 'highest validation AUC');
  const [first, last] = [rows[0]!, rows.at(-1)!];
  assert.ok(last.trainLoss < 0.8 * first.trainLoss, `${first.trainLoss} → ${last.trainLoss}`);
  assert.ok(last.testAccuracy! > 0.75, `mean AUC ${last.testAccuracy}`);
  assert.ok(last.trainAccuracy > 0.7, `training AUC ${last.trainAccuracy}`);
  const stored = JSON.parse(readFileSync(join(directory, 'epochs.json'), 'utf8')) as Record<string, number>[];
  assert.deepEqual(Object.keys(stored.at(-1)!), ['epoch', 'trainLoss', 'trainAuc', 'valLoss', 'valAuc', 'testLoss', 'testAuc', 'rate']);
  assert.equal(stored.at(-1)!['testAuc'], last.testAccuracy);
});

test('cross-entropy on independent labels, and a split without anything to tell apart, are refused', async (t) => {
  const root = folderWith(t, await chexpertMiniature(24, 8));
  const dataset = await loadDataset({ dataset: 'chexpert', root, size: 8, val: 0 });
  const job = (changes: object, data: Dataset = dataset) =>
    train({ network, dataset: data, recipe: { ...recipe, ...changes }, seeds, directory: join(root, 'run') });
  await assert.rejects(job({ loss: 'cross-entropy' }), {
    name: 'InputError',
    message: /train: loss must be binary-cross-entropy where labels are independent \(chexpert .*\), got cross-entropy/,
  });
  const test = { ...dataset.splits.test, marks: dataset.splits.test.marks!.map(() => 0) };
  await assert.rejects(
    job({}, { ...dataset, splits: { ...dataset.splits, test } }),
    /train: test images of chexpert .* must have and lack some label/,
  );
});
