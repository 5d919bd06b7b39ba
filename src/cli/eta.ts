import type { RunEvent } from '../executors/events.js';
import { makespan } from '../study/makespan.js';
import type { Plan, StepId } from '../study/step.js';

/** When will it be over? Starts from an estimate and corrects it by what steps really take. */
export interface Eta {
  event(event: RunEvent): void;
  /** Seconds until the end; null without an estimate. */
  seconds(nowMs?: number): number | null;
}

interface Running {
  readonly startedMs: number;
  share: number;
}

/** A step's own pace counts from here on: the first moments of a process tell little. */
const TELLING_SHARE = 0.1;

export function createEta({ steps }: Pick<Plan, 'steps'>, expected: ReadonlyMap<StepId, number>, workers: number): Eta {
  const over = new Set<StepId>();
  const running = new Map<StepId, Running>();
  let [took, hadExpected] = [0, 0];

  /** How much slower than expected steps are, from those that ended and those well under way. */
  const pace = (nowMs: number): number => {
    let [actual, estimated] = [took, hadExpected];
    for (const [id, { startedMs, share }] of running) {
      if (share < TELLING_SHARE) continue;
      actual += (nowMs - startedMs) / 1000;
      estimated += share * (expected.get(id) ?? 0);
    }
    return estimated > 0 ? actual / estimated : 1;
  };
  return {
    event(event) {
      if (event.type === 'planned') {
        for (const { id } of event.reused) over.add(id);
        return;
      }
      const { id } = event.step;
      if (event.type === 'started') running.set(id, { startedMs: performance.now(), share: 0 });
      else if (event.type === 'progress') running.set(id, { startedMs: performance.now(), ...running.get(id), share: event.share });
      else {
        running.delete(id);
        over.add(id);
        if (event.type === 'finished' && !event.reused && expected.has(id)) {
          took += event.seconds;
          hadExpected += expected.get(id)!;
        }
      }
    },
    seconds(nowMs = performance.now()) {
      if (expected.size === 0) return null;
      const missing = steps.filter(({ id }) => !over.has(id));
      const left = missing.map(({ id }): [StepId, number] => [id, (expected.get(id) ?? 0) * (1 - (running.get(id)?.share ?? 0))]);
      return pace(nowMs) * makespan(missing, new Map(left), workers);
    },
  };
}
