import type { Plan } from './step.js';
import type { Study } from './study.js';

export interface PlanOptions {
  /** Folder that relative paths in the study start from; the study file's folder by default. */
  readonly base?: string;
}

/** The steps of a study. Throws InputError for a data folder that is missing. */
export async function planStudy(study: Study, { base }: PlanOptions = {}): Promise<Plan> {
  throw new Error(`internal: planStudy: not landed yet, ${study.name} ${base}`);
}
