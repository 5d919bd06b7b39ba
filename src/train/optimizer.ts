import type { Params } from '../tensor/params.js';
import { adamw } from './adamw.js';
import type { Recipe } from './recipe.js';
import { sgd } from './sgd.js';
import type { GroupOptions, Optimizer, Saved } from './slots.js';

const OPTIMIZERS = { adamw, sgd } as const;

/** The optimizer that a recipe asks for. `params` are those that train; they are updated in place. */
export const openOptimizer = (params: Params, recipe: Recipe, modules: GroupOptions['modules'] = [], saved?: Saved): Optimizer =>
  OPTIMIZERS[recipe.optimizer](params, { ...recipe, modules }, saved);
