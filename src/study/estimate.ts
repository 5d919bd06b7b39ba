import type { Store } from '../store/store.js';
import type { Plan, StepId } from './step.js';

export interface EstimateOptions {
  /** Steps at a time. */
  readonly workers: number;
  /** Threads of each. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Told while it measures: 'measuring fixup-resnet, batch 32'. */
  report?(what: string): void;
}

export interface Estimate {
  /** Seconds that each missing step will take alone. */
  readonly seconds: ReadonlyMap<StepId, number>;
  /** Seconds until all of them are done with that many workers. */
  readonly makespan: number;
}

/**
 * Time of a plan's missing steps, from a few real training and evaluation steps of its networks that are measured once a machine and kept in
 * the store. Makes the data steps that are missing (they are needed anyway, and kept).
 */
export async function estimate(plan: Plan, store: Store, options: EstimateOptions): Promise<Estimate> {
  throw new Error(`internal: estimate: not landed yet, ${plan.study} ${store.directory} ${options.workers}`);
}
