import type { Store } from '../store/store.js';
import type { Plan, Step } from './step.js';

/**
 * done: published. running: a living process works on it. partial: begun, and goes on from there. failed: the last try failed (it is
 * tried again by the next run). ready: all it needs is there. waiting: for other steps.
 */
export type StepState = 'done' | 'running' | 'partial' | 'failed' | 'ready' | 'waiting';

export interface StepStatus {
  readonly step: Step;
  readonly state: StepState;
  /** Training that began: epochs done, of how many. */
  readonly epoch: { readonly done: number; readonly of: number } | null;
  /** Why it failed; null otherwise. */
  readonly message: string | null;
}

export async function planStatus(plan: Plan, store: Store): Promise<StepStatus[]> {
  void plan;
  void store;
  throw new Error('internal: planStatus: not landed yet');
}
