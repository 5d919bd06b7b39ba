// A small run as a process of its own, so that a test can kill it: node train-stripes.js <directory>
import type { TrainJob } from '../../src/train/job.js';
import type { Recipe } from '../../src/train/recipe.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { train } from '../../src/train/train.js';
import { stripes } from '../support/stripes.js';

/** Eight epochs of six steps; checkpoints after 3 and 6. */
export const stripesJob = (directory: string, recipe: Partial<Recipe> = {}): TrainJob => ({
  network: { architecture: 'fixup-resnet', widths: [4, 8], blocks: [1, 1] },
  dataset: stripes(),
  recipe: { ...DEFAULT_RECIPE, epochs: 8, batch: 16, mixup: 0.3, checkpoints: { every: 3 }, ...recipe },
  seeds: { init: 5, order: 6 },
  directory,
  threads: 1,
});

if (process.argv[1]?.endsWith('train-stripes.js')) {
  await train(stripesJob(process.argv[2]!), { onEpoch: ({ epoch }) => process.stdout.write(`${epoch}\n`) });
}
