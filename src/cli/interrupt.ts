import { EXIT } from './exit.js';

/**
 * Runs work that Ctrl-C may stop. The first SIGINT or SIGTERM aborts `signal`, so that the work can end cleanly;
 * the second ends the process at once (finished steps are published by rename: nothing can be half-written).
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>, onFirst: () => void): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    onFirst();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
