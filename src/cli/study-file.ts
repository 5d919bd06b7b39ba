import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseStudy } from '../study/parse.js';
import { planStudy } from '../study/plan.js';
import type { Plan, PlanOptions } from '../study/step.js';
import type { Study } from '../study/study.js';
import { InputError } from '../tensor/input-error.js';

/** Studies that come with the package, by file name. */
export const bundledStudy = (name: string): string => fileURLToPath(new URL(`../../../studies/${name}`, import.meta.url));

/** Reads and plans a study file. Throws InputError when it is missing or wrong. */
export async function openStudy(file: string, options: Pick<PlanOptions, 'absentData'> = {}): Promise<{ study: Study; plan: Plan }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(
      `study: ${file} must be a readable file, got ${error.code === 'ENOENT' ? 'no such file (carryover init writes one)' : error.message}`,
    );
  });
  const study = parseStudy(text, file);
  return { study, plan: await planStudy(study, { base: dirname(resolve(file)), ...options }) };
}
