import type { Store } from '../store/store.js';
import type { Executor } from './executor.js';

/** Every step in this very process: for tests and debuggers. */
export function inline({ store }: { readonly store: Store; readonly threads: number }): Executor {
  throw new Error(`internal: inline: not landed yet, ${store.directory}`);
}
