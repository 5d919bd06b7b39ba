import { queueOf } from './queue.js';
import type { Step, StepId } from './step.js';

/** When the last step ends if every worker, once free, takes the next step of the queue, as the schedule does. */
export function makespan(steps: readonly Step[], seconds: ReadonlyMap<StepId, number>, workers: number): number {
  const missing = new Set(steps.map(({ id }) => id));
  const ends = new Map<StepId, number>();
  const queue = queueOf(steps, { workers, seconds });
  let running: StepId[] = [];
  let now = 0;
  const isDone = (id: StepId) => !missing.has(id) || (ends.get(id) ?? Infinity) <= now;
  for (;;) {
    running = running.filter((id) => !isDone(id));
    while (running.length < workers) {
      const step = queue.take(
        isDone,
        running.map((id) => ends.get(id)! - now),
      );
      if (!step) break;
      ends.set(step.id, now + (seconds.get(step.id) ?? 0));
      running.push(step.id);
    }
    if (running.length === 0) return now;
    now = Math.min(...running.map((id) => ends.get(id)!));
  }
}
