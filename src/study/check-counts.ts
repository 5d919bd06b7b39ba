import { SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { InputError } from '../tensor/input-error.js';
import type { Recipe } from '../train/recipe.js';
import type { DataSummary } from './execute-data.js';
import type { Plan } from './step.js';

/**
 * Holds a plan against the data sets that are prepared: each must have test images, and every training a batch of images. Throws InputError,
 * as the steps themselves would later.
 */
export async function checkCounts(plan: Plan, store: Store): Promise<void> {
  const known = new Map<string, DataSummary>();
  for (const { id, kind } of plan.steps)
    if (kind === 'data' && (await store.has(id))) known.set(id, await store.readJson<DataSummary>(id, SUMMARY_FILE));
  for (const { name, count } of known.values())
    if (count.test === 0) throw new InputError(`data: ${name} must have test images, on which every network is judged, got none`);
  for (const step of plan.steps.filter(({ kind }) => kind === 'train')) {
    const data = known.get(step.inputs['data']!.step);
    const { batch } = step.options['recipe'] as unknown as Recipe;
    if (data && batch > data.count.train)
      throw new InputError(`${step.title}: batch must be at most the ${data.count.train} training images of ${data.name}, got ${batch}`);
  }
}
