import type { Step, StepId } from './step.js';
import { needs } from './step.js';

/** Steps that have not begun. */
export interface Queue {
  /** In the plan's order. */
  readonly waiting: readonly Step[];
  /** Takes out which begins next of those that have all they need, beside running ones that take so many seconds yet; undefined: none has. What is there must stay there. */
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
  const chain = new Map<StepId, number>();
  // each step stands after those that it needs: from the end, what hangs on it is known
  const all = steps.toReversed().map((step): Waiting => {
    const after = needs(step);
    const cost = seconds?.get(step.id) ?? (step.options as { recipe?: { epochs: number } }).recipe?.epochs ?? 1;
    const hanging = chain.get(step.id);
    const own = (hanging ?? 0) + cost;
    for (const id of after) chain.set(id, Math.max(chain.get(id) ?? 0, own));
    return { step, after, there: 0, cost, chain: own, isNeeded: hanging !== undefined };
  });
  let waiting = all.reverse();
  return {
    get waiting() {
      return waiting.map(({ step }) => step);
    },
    take(isThere, running = []) {
      const end = evenEnd(waiting.reduce((sum, { cost }) => sum + cost, 0), running, workers); // prettier-ignore
      let [longest, cheapest] = [undefined as Waiting | undefined, undefined as Waiting | undefined];
      for (const each of waiting) {
        if (!isReady(each, isThere)) continue;
        if (each.isNeeded || each.cost >= end) longest = longest && longest.chain >= each.chain ? longest : each;
        else cheapest = cheapest && cheapest.cost <= each.cost ? cheapest : each;
      }
      const next = longest ?? cheapest;
      waiting = waiting.filter((each) => each !== next);
      return next?.step;
    },
    drop(ids) {
      waiting = waiting.filter(({ step }) => !ids.has(step.id));
    },
  };
}

interface Waiting {
  readonly step: Step;
  readonly after: readonly StepId[];
  /** So many of `after`, from the first on, are there. */
  there: number;
  readonly cost: number;
  /** The longest chain that begins with it. */
  readonly chain: number;
  /** Others wait for it. */
  readonly isNeeded: boolean;
}

/** What is there stays there: nothing is asked twice, as progress is told ten times a second, by a run of the whole queue. */
function isReady(each: Waiting, isThere: (id: StepId) => boolean): boolean {
  while (each.there < each.after.length && isThere(each.after[each.there]!)) each.there++;
  return each.there === each.after.length;
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
