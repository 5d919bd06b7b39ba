import { longestFirst } from './order.js';
import type { Step, StepId } from './step.js';
import { needs } from './step.js';

/** When the last step ends if every worker, once free, takes the ready step with the longest chain behind it, as the schedule does. */
export function makespan(steps: readonly Step[], seconds: ReadonlyMap<StepId, number>, workers: number): number {
  const missing = new Set(steps.map(({ id }) => id));
  const ends = new Map<StepId, number>();
  let waiting = longestFirst(steps, seconds);
  let running: StepId[] = [];
  let now = 0;
  while (waiting.length > 0 || running.length > 0) {
    const isDone = (id: StepId) => !missing.has(id) || (ends.get(id) ?? Infinity) <= now;
    running = running.filter((id) => !isDone(id));
    const begun = waiting.filter((step) => needs(step).every(isDone)).slice(0, workers - running.length);
    for (const { id } of begun) {
      ends.set(id, now + (seconds.get(id) ?? 0));
      running.push(id);
    }
    waiting = waiting.filter((step) => !begun.includes(step));
    if (running.length > 0) now = Math.min(...running.map((id) => ends.get(id)!));
  }
  return now;
}
