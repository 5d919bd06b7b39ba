import { InputError } from '../tensor/input-error.js';
import type { Draft } from '../store/draft.js';
import type { Store } from '../store/store.js';
import { explainDiskFull } from '../store/write.js';
import { analysePieces, executeAnalysis } from './execute-analysis.js';
import { executeData } from './execute-data.js';
import { executeLoad } from './execute-load.js';
import { executeTraining } from './execute-training.js';
import type { PieceSharing } from './pieces.js';
import { provenanceOf } from './provenance.js';
import type { Plan, Step, StepId } from './step.js';
import { needs } from './step.js';

export interface ExecuteOptions {
  readonly threads: number;
  /** How pieces of an analysis are shared out; left out: not at all. */
  readonly share?: PieceSharing;
  /** Processes that have worked on the step; left out: this one. */
  processes?(): number;
  readonly signal?: AbortSignal;
  report?(progress: { readonly share: number; readonly detail: string }): void;
}

/**
 * Does one step of a plan that was saved in the store, unless it is done; waits while another process does it. `reused`: nothing was to do.
 * Throws the signal's reason when aborted (what was done is kept), InputError when the store knows no such step or lacks what it needs.
 */
export async function executeStep(id: StepId, store: Store, options: ExecuteOptions): Promise<{ readonly reused: boolean }> {
  const { step, plan } = await findStep(id, store);
  try {
    return await execute(step, plan, store, options);
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    const shown = await explainDiskFull(error, store.directory);
    const { message } = shown as Error;
    // on a full disk the note may not fit either
    await store
      .setFailure(id, { reason: throwReason(shown), message, log: store.log(id), at: new Date().toISOString() })
      .catch(() => undefined);
    throw shown;
  }
}

/** Does pieces of an analysis step that another process executes: `share` is given them. Ends when that ends. */
export async function executePieces(
  id: StepId,
  store: Store,
  options: { readonly threads: number; readonly share: PieceSharing },
): Promise<void> {
  const { step, plan } = await findStep(id, store);
  await analysePieces(step, plan, store, options);
}

/** Whose fault an error is: the user's, who gave what breaks a rule, or ours. */
export const throwReason = (error: unknown): 'refused' | 'threw' => (error instanceof InputError ? 'refused' : 'threw');

async function execute(step: Step, plan: Plan, store: Store, options: ExecuteOptions): Promise<{ readonly reused: boolean }> {
  const { threads, processes, signal, report } = options;
  const draft = await store.begin(step.id, {
    ...(signal ? { signal } : {}),
    onWait: ({ pid, host }) => report?.({ share: 0, detail: `process ${pid} on ${host} works on it` }),
  });
  if (!draft) return { reused: true };
  const begun = performance.now();
  try {
    for (const input of needs(step)) {
      if (!(await store.has(input)))
        throw new InputError(`step: ${step.title} needs ${titleOf(input, plan)} to be done first, got no ${store.path(input)}`);
    }
    await work(step, plan, store, draft, options);
    signal?.throwIfAborted();
    const { id, kind, version, title, asked, inputs, options: resolved } = step;
    await draft.publish({
      step: { id, kind, version, title, asked, inputs, options: resolved },
      provenance: provenanceOf({ threads, processes: processes?.() ?? 1, seconds: (performance.now() - begun) / 1000 }),
    });
    return { reused: false };
  } finally {
    await draft.release();
  }
}

async function work(step: Step, plan: Plan, store: Store, { directory, clear }: Draft, options: ExecuteOptions): Promise<void> {
  if (step.kind === 'train') return executeTraining(step, store, directory, options);
  await clear();
  if (step.kind === 'load') return executeLoad(step, store, directory, options);
  return step.kind === 'data' ? executeData(step, store, directory) : executeAnalysis(step, plan, store, directory, options);
}

async function findStep(id: StepId, store: Store): Promise<{ readonly step: Step; readonly plan: Plan }> {
  const studies = new Set<string>();
  for await (const plan of store.plans<Plan>()) {
    const step = plan.steps.find((each) => each.id === id);
    if (step) return { step, plan };
    studies.add(plan.study);
  }
  throw new InputError(`step: must be in a plan of ${store.directory} (studies: ${[...studies].sort().join(', ') || 'none'}), got ${id}`);
}

const titleOf = (id: StepId, { steps }: Plan): string => steps.find((step) => step.id === id)?.title ?? id;
