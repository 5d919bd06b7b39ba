import type { Store } from '../store/store.js';
import type { Provider } from '../study/provenance.js';
import { queueOf } from '../study/queue.js';
import { doneSteps } from '../study/status.js';
import type { Plan, StepId } from '../study/step.js';
import { crewOf } from './crew.js';
import type { RunEvent, RunResult } from './events.js';
import type { Executor } from './executor.js';
import { processes } from './processes.js';
import { recordOf } from './record.js';
import { shareOut } from './share-out.js';

export interface RunOptions {
  readonly plan: Plan;
  readonly store: Store;
  /** Default: local processes. */
  readonly executor?: Executor;
  /** Steps at a time, at least 1. Default: see `shareOut`. */
  readonly workers?: number;
  /** Threads of each, for the default executor. */
  readonly threads?: number;
  /** Where they compute, for the default executor. */
  readonly provider?: Provider;
  /** Steps that were there before this run began; what else is there was prepared for it. Default: all that are there. */
  readonly before?: ReadonlySet<StepId>;
  /** Expected seconds of steps (`estimate`), to choose the order by; otherwise epochs count. */
  readonly seconds?: ReadonlyMap<StepId, number>;
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
}

/**
 * Runs what is missing of a plan: each step after those that it needs, in the order of `queueOf`. A step that fails stops only those that
 * need it. Saves the plan in the store. Does not throw for a failed step, nor when `signal` aborts: the result says so.
 */
export async function runPlan({
  plan,
  store,
  executor,
  provider,
  before,
  seconds,
  signal,
  onEvent,
  ...asked
}: RunOptions): Promise<RunResult> {
  const { workers, threads } = shareOut(asked);
  if (!Number.isInteger(workers) || workers < 1) throw new Error(`run: workers must be a whole number ≥ 1, got ${workers}`);
  await store.savePlan(plan.study, plan);
  const runner = executor ?? processes({ store, threads, ...(provider ? { provider } : {}) });
  const begunMs = performance.now();
  const tell = (event: RunEvent) => onEvent?.(event);

  const there = await doneSteps(plan, store);
  const queue = queueOf(plan.steps.filter(({ id }) => !there.has(id)), { workers, seconds }); // prettier-ignore
  const record = recordOf(plan, { store, there, before: before ?? there, queue, tell });
  const crew = crewOf({ executor: runner, store, workers, seconds, tell });
  let stopping = false;
  const stop = () => {
    stopping = true;
    crew.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      while (crew.free > 0 && !signal?.aborted) {
        const step = queue.take(record.isThere, crew.left());
        if (!step) break;
        crew.begin(step, (outcome, took) => record.ended(step, outcome, { seconds: took, stopping }));
      }
      if (crew.free === workers) break;
      crew.lendFree();
      await crew.next();
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    // nothing runs any more, unless a listener threw
    stop();
    if (!executor) await runner.close();
  }
  const { isWhole: ok, reused, done, failed, skipped } = record;
  return { ok, cancelled: !ok && signal?.aborted === true, reused, done, failed, skipped, seconds: (performance.now() - begunMs) / 1000 };
}
