import type { Store } from '../store/store.js';
import type { StepId } from './step.js';

export interface ExecuteOptions {
  readonly threads: number;
  readonly signal?: AbortSignal;
  report?(progress: { readonly share: number; readonly detail: string }): void;
}

/**
 * Does one step of a plan that was saved in the store, unless it is done; waits while another process does it. `reused`: nothing was to do.
 * Throws the signal's reason when aborted (what was done is kept), InputError when the store knows no such step.
 */
export async function executeStep(id: StepId, store: Store, options: ExecuteOptions): Promise<{ readonly reused: boolean }> {
  throw new Error(`internal: executeStep: not landed yet, ${id} ${store.directory} ${options.threads}`);
}
