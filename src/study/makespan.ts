import { lend, piecesOf } from './lending.js';
import { queueOf } from './queue.js';
import type { Step, StepId } from './step.js';

interface Running {
  readonly id: StepId;
  /** Seconds of a piece. */
  readonly piece: number;
  /** Pieces that nobody has begun. */
  waiting: number;
  /** Seconds that those at work take yet. */
  atWork: number[];
}

/**
 * When the last step ends if every worker, once free, takes the next step of the queue, and those that find none do pieces of analyses at work, as
 * the schedule has it. `seconds`: what each step takes alone; its pieces are taken to be equal.
 */
export function makespan(
  steps: readonly Step[],
  seconds: ReadonlyMap<StepId, number>,
  workers: number,
  pieces: (step: Step) => number = piecesOf,
): number {
  const undone = new Set(steps.map(({ id }) => id));
  const queue = queueOf(steps, { workers, seconds });
  let running: Running[] = [];
  let now = 0;
  for (;;) {
    while (running.length < workers) {
      const step = queue.take((id) => !undone.has(id), running.map(left)); // prettier-ignore
      if (!step) break;
      const count = pieces(step);
      running.push({ id: step.id, piece: (seconds.get(step.id) ?? 0) / count, waiting: count, atWork: [] });
    }
    if (running.length === 0) return now;
    beginPieces(running, workers - running.length);
    const passed = Math.min(...running.flatMap(({ atWork }) => atWork));
    now += passed;
    for (const each of running) each.atWork = each.atWork.filter((one) => one > passed).map((one) => one - passed);
    for (const { id } of running.filter(isOver)) undone.delete(id);
    running = running.filter((each) => !isOver(each));
  }
}

const left = ({ piece, waiting, atWork }: Running): number => atWork.reduce((sum, each) => sum + each, waiting * piece);

const isOver = ({ waiting, atWork }: Running): boolean => waiting + atWork.length === 0;

/** A piece for each step's own process and for each that is lent to it. One that is asked back does its piece to the end. */
function beginPieces(running: readonly Running[], free: number): void {
  const lent = lend(running.map(({ waiting, atWork }) => waiting + atWork.length - 1), free); // prettier-ignore
  for (const [i, each] of running.entries()) {
    for (; each.waiting > 0 && each.atWork.length < 1 + lent[i]!; each.waiting--) each.atWork.push(each.piece);
  }
}
