import type { Shares } from '../executors/share-out.js';
import type { Store } from '../store/store.js';
import { estimate } from '../study/estimate.js';
import type { Plan, StepId } from '../study/step.js';
import type { Output } from './output.js';

/**
 * Seconds that each missing step will take on this machine (measured once; the store keeps it), for the time left that a run shows. Empty for a
 * run that shows none, and when the study cannot be measured: it shall fail where it fails, with a step's name and log.
 */
export async function measured(
  plan: Plan,
  store: Store,
  { signal, ...shares }: Shares & { readonly signal: AbortSignal },
  output: Output,
): Promise<ReadonlyMap<StepId, number>> {
  if (output.level === 'quiet') return new Map();
  try {
    const { seconds } = await estimate(plan, store, { ...shares, signal, report: (what) => output.detail(what) });
    return seconds;
  } catch (error) {
    if (!signal.aborted) output.detail(`no estimate: ${(error as Error).message}`);
    return new Map();
  }
}
