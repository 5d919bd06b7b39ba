import type { RunEvent } from '../executors/events.js';
import { piecesOf } from '../study/lending.js';
import { makespan } from '../study/makespan.js';
import type { Plan, Step, StepId } from '../study/step.js';

/** When will it be over? Starts from an estimate and corrects it by what steps really take, kind by kind: reading files tells nothing of training. */
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
  const ended = new Map<string, { actual: number; estimated: number }>();
  const kinds = new Map(steps.map(({ id, kind }) => [id, kind]));

  /** How much slower than expected steps of a kind are, from those that ended and those well under way; null: there is none. */
  const pace = (kind: string, nowMs: number): number | null => {
    let { actual, estimated } = ended.get(kind) ?? { actual: 0, estimated: 0 };
    for (const [id, { startedMs, share }] of running) {
      if (share < TELLING_SHARE || kinds.get(id) !== kind) continue;
      actual += (nowMs - startedMs) / 1000;
      estimated += share * (expected.get(id) ?? 0);
    }
    return estimated > 0 ? actual / estimated : null;
  };
  return {
    event(event) {
      if (event.type === 'planned') {
        for (const { id } of [...event.reused, ...event.prepared]) over.add(id);
        return;
      }
      const { id } = event.step;
      if (event.type === 'started') running.set(id, { startedMs: performance.now(), share: 0 });
      else if (event.type === 'progress') running.set(id, { startedMs: performance.now(), ...running.get(id), share: event.share });
      else {
        running.delete(id);
        over.add(id);
        if (event.type === 'finished' && !event.reused && expected.has(id)) {
          const kind = kinds.get(id)!;
          const { actual, estimated } = ended.get(kind) ?? { actual: 0, estimated: 0 };
          ended.set(kind, { actual: actual + event.seconds, estimated: estimated + expected.get(id)! });
        }
      }
    },
    seconds(nowMs = performance.now()) {
      if (expected.size === 0) return null;
      const missing = steps.filter(({ id }) => !over.has(id));
      const paces = new Map([...new Set(kinds.values())].map((kind) => [kind, pace(kind, nowMs)]));
      const left = missing.map(({ id, kind }): [StepId, number] => [
        id,
        (paces.get(kind) ?? 1) * (expected.get(id) ?? 0) * (1 - (running.get(id)?.share ?? 0)),
      ]);
      // processes that helped are in what was seen of a kind
      const pieces = (step: Step) => (paces.get(step.kind) === null ? piecesOf(step) : 1);
      return makespan(missing, new Map(left), workers, pieces);
    },
  };
}
