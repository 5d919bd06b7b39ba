import { isShared, lend } from '../study/lending.js';
import type { Step, StepId } from '../study/step.js';
import type { Store } from '../store/store.js';
import type { RunEvent } from './events.js';
import type { Executor, Job, Outcome } from './executor.js';

/** The workers of a run, and what they are at. */
export interface Crew {
  /** Workers without a step. */
  readonly free: number;
  /** Seconds that each step at work takes yet, where it is known; 0 where not. */
  left(): number[];
  /** Has a step done. Tells how far it is, and the end to whoever began it. */
  begin(step: Step, end: (outcome: Outcome, seconds: number) => Promise<void>): void;
  /** Lends the free workers to analyses at work that have pieces for them. */
  lendFree(): void;
  /** When a step has ended, its end told. */
  next(): Promise<void>;
  /** Asks all that is at work to stop. */
  stop(): void;
}

interface CrewOptions {
  readonly executor: Executor;
  readonly store: Store;
  readonly workers: number;
  /** Expected seconds of steps. */
  readonly seconds: ReadonlyMap<StepId, number> | undefined;
  tell(event: RunEvent): void;
}

interface AtWork {
  readonly step: Step;
  readonly job: Job;
  readonly beganMs: number;
  readonly over: Promise<void>;
}

export function crewOf({ executor, store, workers, seconds, tell }: CrewOptions): Crew {
  const atWork = new Map<StepId, AtWork>();
  return {
    get free() {
      return workers - atWork.size;
    },
    left: () =>
      [...atWork.values()].map(({ step, beganMs }) => Math.max(0, (seconds?.get(step.id) ?? 0) - (performance.now() - beganMs) / 1000)),
    begin(step, end) {
      const beganMs = performance.now();
      const job = executor.submit(step.id, (progress) => tell({ type: 'progress', step, ...progress }));
      // at work until its end is told: what a failure leads to is noted before the run can be over
      const over = job.outcome.then((outcome) => end(outcome, (performance.now() - beganMs) / 1000)).finally(() => atWork.delete(step.id));
      atWork.set(step.id, { step, job, beganMs, over });
      // whoever hears of it may stop the run
      tell({ type: 'started', step, log: store.log(step.id) });
    },
    lendFree() {
      const shared = [...atWork.values()].filter(({ step }) => isShared(step));
      const lent = lend(shared.map(() => Infinity), workers - atWork.size); // prettier-ignore
      for (const [i, { job }] of shared.entries()) job.spare?.(lent[i]!);
    },
    next: () => Promise.race([...atWork.values()].map(({ over }) => over)),
    stop() {
      for (const { job } of atWork.values()) job.cancel();
    },
  };
}
