import type { Store } from '../store/store.js';
import type { Provider } from '../study/provenance.js';
import type { Plan, Step, StepId } from '../study/step.js';
import { doneSteps } from '../study/status.js';
import { isAnalysis, needs } from '../study/step.js';
import type { FailedStep, RunEvent, RunResult, SkippedStep } from './events.js';
import type { Executor, Job } from './executor.js';
import { queueOf } from '../study/queue.js';
import { processes } from './processes.js';
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
  workers,
  threads,
  provider,
  before,
  seconds,
  signal,
  onEvent,
}: RunOptions): Promise<RunResult> {
  const shares = shareOut({ workers, threads });
  if (!Number.isInteger(shares.workers) || shares.workers < 1)
    throw new Error(`run: workers must be a whole number ≥ 1, got ${shares.workers}`);
  await store.savePlan(plan.study, plan);
  const runner = executor ?? processes({ store, threads: shares.threads, ...(provider ? { provider } : {}) });
  const begun = performance.now();
  const tell = (event: RunEvent) => onEvent?.(event);

  const there = await doneSteps(plan, store);
  const [reused, prepared] = [true, false].map((wanted) =>
    plan.steps.filter(({ id }) => there.has(id) && (before?.has(id) ?? true) === wanted),
  ) as [Step[], Step[]];
  const missing = plan.steps.filter(({ id }) => !there.has(id));
  const queue = queueOf(missing, { workers: shares.workers, seconds });
  tell({ type: 'planned', reused, prepared, missing });

  const [done, failed, skipped]: [Step[], FailedStep[], SkippedStep[]] = [[...prepared], [], []];
  const running = new Map<StepId, { readonly step: Step; readonly job: Job; readonly over: Promise<void>; readonly began: number }>();

  const start = (step: Step) => {
    const began = performance.now();
    tell({ type: 'started', step, log: store.log(step.id) });
    const job = runner.submit(step.id, (progress) => tell({ type: 'progress', step, ...progress }));
    const over = job.outcome.then(async (outcome) => {
      running.delete(step.id);
      if (outcome.ok) {
        there.add(step.id);
        done.push(step);
        tell({ type: 'finished', step, seconds: (performance.now() - began) / 1000, reused: outcome.reused });
      } else if (outcome.reason === 'cancelled' && stopping) tell({ type: 'cancelled', step });
      else if (outcome.reason === 'cancelled')
        await fail({ step, reason: 'crashed', message: 'its process was asked to stop, not by this run', log: store.log(step.id) });
      else await fail({ step, reason: outcome.reason, message: outcome.message, log: store.log(step.id) });
    });
    running.set(step.id, { step, job, over, began });
  };

  const fail = async (failure: FailedStep) => {
    const { step, reason, message, log } = failure;
    failed.push(failure);
    tell({ type: 'failed', ...failure });
    // a step that threw has noted it itself
    if (reason !== 'threw' && reason !== 'refused')
      await store.setFailure(step.id, { reason, message, log, at: new Date().toISOString() }).catch(() => undefined);
    const lost = new Set([...failed, ...skipped].map((each) => each.step.id));
    for (const each of queue.waiting) {
      const because = needs(each).filter((id) => lost.has(id));
      if (because.length === 0) continue;
      lost.add(each.id);
      skipped.push({ step: each, because });
      tell({ type: 'skipped', step: each, because });
    }
    queue.drop(lost);
  };

  let stopping = false;
  const stop = () => {
    stopping = true;
    for (const { job } of running.values()) job.cancel();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      while (running.size < shares.workers && !signal?.aborted) {
        const left = [...running.values()].map((each) =>
          Math.max(0, (seconds?.get(each.step.id) ?? 0) - (performance.now() - each.began) / 1000),
        );
        const step = queue.take((id) => there.has(id), left);
        if (!step) break;
        start(step);
      }
      if (running.size === 0) break;
      spareWorkers([...running.values()], shares.workers - running.size);
      await Promise.race([...running.values()].map(({ over }) => over));
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    // nothing runs any more, unless a listener threw
    stop();
    if (!executor) await runner.close();
  }
  const ok = failed.length === 0 && there.size === plan.steps.length;
  return { ok, cancelled: !ok && signal?.aborted === true, reused, done, failed, skipped, seconds: (performance.now() - begun) / 1000 };
}

/** Lends workers that find no step to analyses at work, as evenly as it goes: nothing else is shared out. */
function spareWorkers(running: readonly { readonly step: Step; readonly job: Job }[], free: number): void {
  const analyses = running.filter(({ step }) => isAnalysis(step));
  for (const [i, { job }] of analyses.entries()) job.spare?.(Math.floor(free / analyses.length) + (i < free % analyses.length ? 1 : 0));
}
