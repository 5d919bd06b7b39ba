import { appendFile } from 'node:fs/promises';
import type { Store } from '../store/store.js';
import { openStore } from '../store/store.js';
import type { ExecuteOptions } from '../study/execute.js';
import { executePieces, executeStep, throwReason } from '../study/execute.js';
import { sharedWith } from '../study/pieces.js';
import type { StepId } from '../study/step.js';
import { colleagueProcesses, servePieces } from './colleagues.js';
import type { Outcome, Progress } from './executor.js';

/** What a worker process tells its parent, one message each. */
export type Message = ({ readonly type: 'progress' } & Progress) | { readonly type: 'outcome'; readonly outcome: Outcome };

/** What its parent tells a worker process: that so many further processes may work on the step. */
export type ToWorker = { readonly type: 'spare'; readonly processes: number };

const PROGRESS_EVERY_MS = 100;

export interface WorkerOptions {
  readonly store: string;
  readonly threads: number;
  /** Work is shared with other processes when it has taken so long. */
  readonly shareAfterMs?: number;
}

/**
 * The work of `carryover step <id>`: executes the step; when a parent process listens (IPC), tells it the progress and the outcome, and ends
 * at once when it dies. SIGTERM and SIGINT stop the step and keep its state. Never throws: the outcome says how it ended.
 */
export async function workStep(id: StepId, { store, threads, shareAfterMs }: WorkerOptions): Promise<Outcome> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const accompanied = endWithParent();
  const colleagues = colleagueProcesses();
  const told = ({ processes }: ToWorker) => colleagues.allow(processes);
  process.on('SIGTERM', stop).on('SIGINT', stop).on('message', told);
  const outcome = await openStore(store).then(
    (open) =>
      execute(id, open, {
        threads,
        share: sharedWith(colleagues, { afterMs: shareAfterMs }),
        processes: () => 1 + colleagues.opened,
        signal: controller.signal,
        report: atMostEvery(PROGRESS_EVERY_MS, (progress) => void send({ type: 'progress', ...progress })),
      }),
    failureOf,
  );
  process.off('SIGTERM', stop).off('SIGINT', stop).off('message', told);
  accompanied.over();
  await send({ type: 'outcome', outcome });
  if (process.connected) process.disconnect();
  return outcome;
}

/** The work of `carryover step <id> --pieces`: does pieces of a step for the process that works on it, until that ends. */
export async function workPieces(id: StepId, { store, threads }: WorkerOptions): Promise<void> {
  const { end } = endWithParent();
  const open = await openStore(store);
  // whoever waits for a piece sees the process end, and does it
  await executePieces(id, open, { threads, share: servePieces }).catch((error: Error) =>
    appendFile(open.log(id), `a process beside it: ${error.message}\n`).finally(end),
  );
}

/** An orphan would go on for hours; what it had saved is kept. The parent may be gone before we could listen. */
function endWithParent(): { end(): void; over(): void } {
  const end = () => process.exit(1);
  if (process.send && !process.connected) end();
  process.on('disconnect', end);
  return { end, over: () => void process.off('disconnect', end) };
}

export interface WorkOptions extends Pick<ExecuteOptions, 'share' | 'processes'> {
  readonly threads: number;
  readonly signal: AbortSignal;
  report(progress: Progress): void;
}

/** Executes a step; how it ended is a value, and what went wrong is in the step's log: the stack of what is not the user's to mend. */
export async function execute(id: StepId, store: Store, options: WorkOptions): Promise<Outcome> {
  try {
    return { ok: true, ...(await executeStep(id, store, options)) };
  } catch (error) {
    if (options.signal.aborted) return { ok: false, reason: 'cancelled', message: 'stopped; what was done is kept' };
    const failure = failureOf(error as Error);
    const { message, stack } = error as Error;
    await appendFile(store.log(id), `${failure.reason === 'refused' ? message : (stack ?? message)}\n`).catch(() => undefined);
    return failure;
  }
}

const failureOf = (error: Error) => ({ ok: false, reason: throwReason(error), message: error.message }) as const;

/** Resolves when the message is on its way, or when nobody listens. */
const send = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    if (process.send && process.connected) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });

function atMostEvery(ms: number, report: (progress: Progress) => void): (progress: Progress) => void {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - last < ms && progress.share < 1) return;
    last = now;
    report(progress);
  };
}
