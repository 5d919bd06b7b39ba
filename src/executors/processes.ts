import type { Store } from '../store/store.js';
import type { Executor } from './executor.js';

export interface ProcessesOptions {
  readonly store: Store;
  /** Threads of each process. */
  readonly threads: number;
  /** What starts a worker; the step's id, `--store DIR --threads N` follow. Default: this package's `carryover step`. */
  readonly command?: readonly string[];
}

/** Every step in a process of its own. */
export function processes({ store }: ProcessesOptions): Executor {
  throw new Error(`internal: processes: not landed yet, ${store.directory}`);
}
