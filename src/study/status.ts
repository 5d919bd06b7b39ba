import { readJsonIfThere } from '../store/write.js';
import type { Store } from '../store/store.js';
import { EPOCHS_FILE } from '../train/checkpoints.js';
import type { EpochRow } from '../train/recipe.js';
import type { Plan, Step, StepId } from './step.js';
import { needs } from './step.js';

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

/** The steps of a plan that are done. */
export async function doneSteps({ steps }: Plan, store: Store): Promise<Set<StepId>> {
  const done = new Set<StepId>();
  for (const { id } of steps) if (await store.has(id)) done.add(id);
  return done;
}

/** How far each step is, in the plan's order. */
export async function planStatus(plan: Plan, store: Store): Promise<StepStatus[]> {
  const done = await doneSteps(plan, store);
  return Promise.all(
    plan.steps.map(async (step): Promise<StepStatus> => {
      if (done.has(step.id)) return { step, state: 'done', epoch: null, message: null };
      const failure = await store.failure(step.id);
      const epoch = step.kind === 'train' ? await epochOf(step, store) : null;
      if (await store.holder(step.id)) return { step, state: 'running', epoch, message: null };
      if (failure) return { step, state: 'failed', epoch, message: failure.message };
      const ready = needs(step).every((id) => done.has(id));
      return { step, state: epoch ? 'partial' : ready ? 'ready' : 'waiting', epoch, message: null };
    }),
  );
}

/** Epochs that an unfinished training has behind it; null when none was saved. */
async function epochOf({ id, options }: Step, store: Store): Promise<StepStatus['epoch']> {
  const rows = await readJsonIfThere<EpochRow[]>(store.partialPath(id, EPOCHS_FILE));
  return rows ? { done: rows.at(-1)!.epoch, of: (options as { recipe: { epochs: number } }).recipe.epochs } : null;
}
