import type { Store } from '../store/store.js';
import type { Plan } from '../study/step.js';
import type { RunEvent, RunResult } from './events.js';
import type { Executor } from './executor.js';

export interface RunOptions {
  readonly plan: Plan;
  readonly store: Store;
  /** Default: local processes. */
  readonly executor?: Executor;
  /** Steps at a time. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
}

/**
 * Runs what is missing of a plan: each step after those that it needs, longest chain first. A step that fails stops only those that
 * need it. Never throws for a failed step, nor when `signal` aborts: the result says so.
 */
export async function runPlan({ plan }: RunOptions): Promise<RunResult> {
  throw new Error(`internal: runPlan: not landed yet, ${plan.study}`);
}
