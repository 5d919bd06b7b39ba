import type { Queue } from '../study/queue.js';
import type { Plan, Step, StepId } from '../study/step.js';
import { needs } from '../study/step.js';
import type { Store } from '../store/store.js';
import type { FailedStep, RunEvent, RunResult, SkippedStep } from './events.js';
import type { Outcome } from './executor.js';

/** What became of the steps of a run. */
export interface RunRecord extends Pick<RunResult, 'reused' | 'done' | 'failed' | 'skipped'> {
  isThere(id: StepId): boolean;
  /** Every step is there. */
  readonly isWhole: boolean;
  /** How a step ended; `stopping`: this run has asked it to stop. One that failed takes those that need it out of the queue. */
  ended(step: Step, outcome: Outcome, about: { readonly seconds: number; readonly stopping: boolean }): Promise<void>;
}

interface RecordOptions {
  readonly store: Store;
  /** Steps that are there. */
  readonly there: ReadonlySet<StepId>;
  /** Of these, those that were there before this run; the others were prepared for it. */
  readonly before: ReadonlySet<StepId>;
  readonly queue: Queue;
  tell(event: RunEvent): void;
}

/** Begins the record of a run, and tells what it found. */
export function recordOf({ steps }: Plan, { store, there: found, before, queue, tell }: RecordOptions): RunRecord {
  const there = new Set(found);
  const reused = steps.filter(({ id }) => there.has(id) && before.has(id));
  const prepared = steps.filter(({ id }) => there.has(id) && !before.has(id));
  tell({ type: 'planned', reused, prepared, missing: queue.waiting });
  const [done, failed, skipped]: [Step[], FailedStep[], SkippedStep[]] = [[...prepared], [], []];

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
  return {
    reused,
    done,
    failed,
    skipped,
    isThere: (id) => there.has(id),
    get isWhole() {
      return failed.length === 0 && there.size === steps.length;
    },
    async ended(step, outcome, { seconds, stopping }) {
      const log = store.log(step.id);
      if (outcome.ok) {
        there.add(step.id);
        done.push(step);
        tell({ type: 'finished', step, seconds, reused: outcome.reused });
      } else if (outcome.reason !== 'cancelled') await fail({ step, reason: outcome.reason, message: outcome.message, log });
      else if (stopping) tell({ type: 'cancelled', step });
      else await fail({ step, reason: 'crashed', message: 'its process was asked to stop, not by this run', log });
    },
  };
}
