import { Worker } from 'node:worker_threads';

let thread: Worker | undefined;

/** Told once when the thread breaks down; each iteration registers itself while it lasts. */
const listeners = new Set<(error: Error) => void>();

/** The one thread that makes batches, started on first use. It never keeps the process alive. */
export function dataThread(): Worker {
  if (thread) return thread;
  // execArgv: flags of the main script (--input-type, --test) are not the thread's
  const started = new Worker(new URL('./batch-worker.js', import.meta.url), { name: 'carryover data', execArgv: [] });
  thread = started;
  const broken = (error: Error) => {
    if (thread !== started) return;
    thread = undefined;
    for (const tell of [...listeners]) tell(error);
  };
  started.on('error', broken);
  started.on('exit', (code) => broken(new Error(`internal: the data thread ended with code ${code}`)));
  started.unref();
  return started;
}

/** Calls `tell` if the thread breaks down; returns how to stop listening. */
export function onBreakdown(tell: (error: Error) => void): () => void {
  listeners.add(tell);
  return () => void listeners.delete(tell);
}
