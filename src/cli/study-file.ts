import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseStudy } from '../study/parse.js';
import { planStudy } from '../study/plan.js';
import type { Plan, PlanOptions } from '../study/step.js';
import type { Study } from '../study/study.js';
import { InputError } from '../tensor/input-error.js';

/** Studies that come with the package, by file name. */
export const bundledStudy = (name: string): string => fileURLToPath(new URL(`../../../studies/${name}`, import.meta.url));

export interface OpenedStudy {
  readonly study: Study;
  readonly plan: Plan;
}

/** Reads and plans a study file. Throws InputError when it is missing or wrong. */
export async function openStudy(file: string, options: Pick<PlanOptions, 'absentData'> = {}): Promise<OpenedStudy> {
  const study = await parseStudyFile(file);
  return { study, plan: await planStudy(study, { base: dirname(resolve(file)), ...options }) };
}

/** Reads a study file. Throws InputError when it is missing or wrong. */
export const parseStudyFile = async (file: string): Promise<Study> => parseStudy(await readStudy(file), file);

/** What no study file is larger than. */
const MOST_BYTES = 1e6;

/** The text of a study file. Throws InputError for what cannot be one: a checkpoint or a table that was named by mistake. */
async function readStudy(file: string): Promise<string> {
  const unreadable = (error: NodeJS.ErrnoException) => {
    const got = error.code === 'ENOENT' ? 'no such file (carryover init writes one)' : error.message;
    throw new InputError(`study: ${file} must be a readable file, got ${got}`);
  };
  const { size } = await stat(file).catch(unreadable);
  if (size > MOST_BYTES)
    throw new InputError(`study: ${file} must be a study file, YAML or JSON of at most 1 MB, got ${(size / 1e6).toFixed(1)} MB`);
  const bytes = await readFile(file).catch(unreadable);
  if (bytes.includes(0))
    throw new InputError(
      `study: ${file} must be a study file, YAML or JSON, got bytes that are no text (carryover inspect reads checkpoints)`,
    );
  return bytes.toString('utf8');
}
