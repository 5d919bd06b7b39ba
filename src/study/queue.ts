import type { Step, StepId } from './step.js';
import { needs } from './step.js';

/** Steps that have not begun. */
export interface Queue {
  /** In the plan's order. */
  readonly waiting: readonly Step[];
  /** Takes out which begins next of those that have all they need, beside running ones that take so many seconds yet; undefined: none has. */
  take(isThere: (id: StepId) => boolean, running?: readonly number[]): Step | undefined;
  drop(ids: ReadonlySet<StepId>): void;
}

export interface QueueOptions {
  /** Steps at a time. */
  readonly workers: number;
  /** Expected seconds of steps. Without them a training counts its epochs and everything else one. */
  readonly seconds?: ReadonlyMap<StepId, number> | undefined;
}

/**
 * The order in which steps begin. Those that others wait for go first, by what hangs on them (critical path): a step's own cost plus the longest
 * chain of steps that need it, longest first. Those that nothing waits for are answers: the cheapest first, so that many are there early. When
 * one worker is done does not depend on the order; of several, one would end long after the others if a long step began last: one that takes
 * from now until all workers would be done together (or longer) goes with the former. Equals keep the plan's order.
 */
export function queueOf(steps: readonly Step[], { workers, seconds }: QueueOptions): Queue {
  const after = new Map(steps.map((step) => [step.id, needs(step)]));
  const cost = ({ id, options }: Step): number => seconds?.get(id) ?? (options as { recipe?: { epochs: number } }).recipe?.epochs ?? 1;
  const chain = new Map<StepId, number>();
  const neededFor = new Set<StepId>();
  // each step stands after those that it needs: from the end, what hangs on it is known
  for (const step of [...steps].reverse()) {
    const own = (chain.get(step.id) ?? 0) + cost(step);
    chain.set(step.id, own);
    for (const id of after.get(step.id)!) {
      neededFor.add(id);
      chain.set(id, Math.max(chain.get(id) ?? 0, own));
    }
  }
  let waiting = [...steps];
  return {
    get waiting() {
      return waiting;
    },
    take(isThere, running = []) {
      const ready = waiting.filter(({ id }) => after.get(id)!.every(isThere));
      const end = evenEnd(waiting.reduce((sum, step) => sum + cost(step), 0), running, workers); // prettier-ignore
      const pressing = ready.filter((step) => neededFor.has(step.id) || cost(step) >= end);
      const [next] = pressing.length > 0 ? pressing.sort((a, b) => chain.get(b.id)! - chain.get(a.id)!) : ready.sort((a, b) => cost(a) - cost(b)); // prettier-ignore
      waiting = waiting.filter((step) => step !== next);
      return next;
    },
    drop(ids) {
      waiting = waiting.filter(({ id }) => !ids.has(id));
    },
  };
}

/** When all are done at best, as if what waits could be cut at will: workers that are busy for longer take none of it. */
function evenEnd(waiting: number, running: readonly number[], workers: number): number {
  const busy = [...running, ...new Array<number>(Math.max(0, workers - running.length)).fill(0)].sort((a, b) => a - b);
  let filled = waiting;
  for (const [i, seconds] of busy.entries()) {
    filled += seconds;
    if (filled / (i + 1) <= (busy[i + 1] ?? Infinity)) return filled / (i + 1);
  }
  return filled;
}
