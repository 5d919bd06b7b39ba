import type { Recipe } from '../train/recipe.js';
import { InputError } from '../tensor/input-error.js';
import { integerOption, optionsOf, show } from '../tensor/options.js';

// Options that all analyses with trainings of their own share.

/** null, or whole numbers ≥ 0, each once. */
export function seedsOption(what: string, seeds: unknown): void {
  if (seeds === null) return;
  if (!Array.isArray(seeds) || seeds.length === 0 || new Set(seeds).size < seeds.length) {
    throw new InputError(`${what} must be null or a list of seeds, each once, got ${show(seeds)}`);
  }
  for (const seed of seeds as readonly unknown[]) integerOption(what, seed, 0);
}

// the compiler finds what is missing
const RECIPE: Readonly<Record<keyof Recipe, true>> = {
  epochs: true,
  batch: true,
  rate: true,
  schedule: true,
  optimizer: true,
  momentum: true,
  nesterov: true,
  betas: true,
  eps: true,
  weightDecay: true,
  noDecay: true,
  clip: true,
  multipliers: true,
  layerDecay: true,
  frozen: true,
  batchNorm: true,
  mixup: true,
  loss: true,
  augment: true,
  checkpoints: true,
};

/** Changes to a recipe; the values' rules are those of a study's recipe. */
export const changesOption = (what: string, changes: unknown): void => void optionsOf(what, changes, Object.keys(RECIPE));
