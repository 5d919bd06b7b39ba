import type { Store } from '../store/store.js';
import type { Executor, Job } from './executor.js';
import { execute } from './worker.js';

/** Every step in this very process: for tests and debuggers. A step stops at the next moment when it yields. */
export function inline({ store, threads }: { readonly store: Store; readonly threads: number }): Executor {
  const jobs = new Set<Job>();
  return {
    name: 'inline',
    submit(step, onProgress) {
      const controller = new AbortController();
      const job: Job = {
        step,
        outcome: execute(step, store, { threads, signal: controller.signal, report: (progress) => onProgress?.(progress) }).finally(() =>
          jobs.delete(job),
        ),
        cancel: () => controller.abort(),
      };
      jobs.add(job);
      return job;
    },
    async close() {
      const open = [...jobs];
      for (const job of open) job.cancel();
      await Promise.all(open.map(({ outcome }) => outcome));
    },
  };
}
