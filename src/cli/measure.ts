import type { Shares } from '../executors/share-out.js';
import type { Store } from '../store/store.js';
import { estimate } from '../study/estimate.js';
import type { Plan } from '../study/step.js';
import type { Eta } from './eta.js';
import { createEta } from './eta.js';
import type { Output } from './output.js';

/** Measures this machine (once; the store keeps it) for the time left that a run shows. A run that shows none measures nothing. */
export async function measuredEta(
  plan: Plan,
  store: Store,
  { signal, ...shares }: Shares & { readonly signal: AbortSignal },
  output: Output,
): Promise<Eta> {
  if (output.level === 'quiet') return createEta(plan, new Map(), shares.workers);
  try {
    const { seconds } = await estimate(plan, store, { ...shares, signal, report: (what) => output.detail(what) });
    return createEta(plan, seconds, shares.workers);
  } catch (error) {
    // a study that cannot be measured shall fail where it fails, with a step's name and log
    if (!signal.aborted) output.detail(`no estimate: ${(error as Error).message}`);
    return createEta(plan, new Map(), shares.workers);
  }
}
