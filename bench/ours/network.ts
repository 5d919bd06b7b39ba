import { buildNetwork } from '../../src/models/networks.js';
import { openWorkload } from '../../src/study/workload.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import type { Asked } from './main.js';

/** A training step (forward, backward, SGD with momentum and weight decay) or a forward pass, parameters fed. */
export async function openNetwork({ network, shape, mode, threads }: Asked<'network'>): Promise<() => Promise<unknown>> {
  const workload = await openWorkload(buildNetwork(network, shape), mode, { ...DEFAULT_RECIPE, clip: null, multipliers: [] }, { threads });
  return () => workload.run();
}
