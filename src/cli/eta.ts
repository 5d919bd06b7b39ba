import type { RunEvent } from '../executors/events.js';
import type { Plan, Step, StepId } from '../study/step.js';
import { needs } from '../study/step.js';

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
      const left = new Map<StepId, number>();
      for (const { id } of steps) if (!over.has(id)) left.set(id, (expected.get(id) ?? 0) * (1 - (running.get(id)?.share ?? 0)));
      return pace(nowMs) * makespan(steps, left, { workers, running: new Set(running.keys()) });
    },
  };
}

/** Seconds until all steps in `left` are done when a free worker always takes the ready step with the longest chain behind it. */
export function makespan(
  steps: readonly Pick<Step, 'id' | 'inputs'>[],
  left: ReadonlyMap<StepId, number>,
  { workers, running = new Set() }: { workers: number; running?: ReadonlySet<StepId> },
): number {
  const todo = steps.filter(({ id }) => left.has(id));
  // longest chain from a step's begin to the very end; steps stand after those that they need
  const chain = new Map<StepId, number>();
  for (const step of todo.toReversed()) {
    const behind = todo.filter((other) => needs(other).includes(step.id)).map(({ id }) => chain.get(id)!);
    chain.set(step.id, left.get(step.id)! + Math.max(0, ...behind));
  }
  const urgency = (id: StepId) => (running.has(id) ? Infinity : chain.get(id)!);
  const ends = new Map<StepId, number>();
  const free = new Array<number>(Math.max(workers, running.size)).fill(0);
  const waiting = new Set(todo);
  while (waiting.size > 0) {
    const worker = free.indexOf(Math.min(...free));
    const ready = [...waiting].filter((step) => needs(step).every((id) => !left.has(id) || ends.has(id)));
    const begins = (step: Pick<Step, 'id' | 'inputs'>) => Math.max(free[worker]!, ...needs(step).map((id) => ends.get(id) ?? 0));
    const [next] = ready.sort((a, b) => begins(a) - begins(b) || urgency(b.id) - urgency(a.id));
    if (!next) throw new Error('internal: makespan: steps need each other in a circle');
    const end = begins(next) + left.get(next.id)!;
    ends.set(next.id, end);
    free[worker] = end;
    waiting.delete(next);
  }
  return Math.max(0, ...ends.values());
}
