import type { StepId } from '../study/step.js';
import type { Outcome } from './executor.js';

/**
 * The work of `carryover step <id>`: executes the step; when a parent process listens (IPC), tells it the progress and the outcome, and ends
 * with it. SIGTERM stops the step and keeps its state. Never throws: the outcome says how it ended.
 */
export async function workStep(id: StepId, { store, threads }: { readonly store: string; readonly threads: number }): Promise<Outcome> {
  throw new Error(`internal: workStep: not landed yet, ${id} ${store} ${threads}`);
}
