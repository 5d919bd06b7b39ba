import { TABLES_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { InputError } from '../tensor/input-error.js';
import type { Plan } from './step.js';
import { isAnalysis } from './step.js';

/**
 * Holds the tables of analyses that are done against their checksums, before hours are spent on what stands beside them. Throws InputError with
 * all that are not as they were written; what is larger is held when it is read.
 */
export async function checkResults({ steps }: Plan, store: Store): Promise<void> {
  const broken: string[] = [];
  for (const { id } of steps.filter(isAnalysis)) {
    if (!(await store.has(id))) continue;
    await store.checked(id, TABLES_FILE).catch((error: unknown) => {
      if (!(error instanceof InputError)) throw error;
      broken.push(error.message);
    });
  }
  if (broken.length > 0) throw new InputError(broken.join('\n'));
}
