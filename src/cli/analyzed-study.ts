import { dirname, resolve } from 'node:path';
import { analyses, findAnalysis, resolveOptions } from '../analyses/registry.js';
import { planStudy } from '../study/plan.js';
import type { OpenedStudy } from './study-file.js';
import { parseStudyFile } from './study-file.js';

/**
 * A study with one analysis, whatever its file lists, and those whose tables that one reads. Options are the defaults, over them the study's
 * own, over them `written`. Throws InputError for options that do not exist or break a rule.
 */
export async function openAnalyzed(file: string, name: string, written: Readonly<Record<string, unknown>>): Promise<OpenedStudy> {
  const wanted = [...(findAnalysis(name).reads ?? []), name];
  const whole = await parseStudyFile(file);
  const optionsOf = (each: string) => ({
    ...whole.analyses.find((own) => own.name === each)?.options,
    ...(each === name ? written : {}),
  });
  const study = {
    ...whole,
    analyses: Object.keys(analyses)
      .filter((each) => wanted.includes(each))
      .map((each) => ({ name: each, options: resolveOptions(findAnalysis(each), optionsOf(each)) as Record<string, unknown> })),
  };
  return { study, plan: await planStudy(study, { base: dirname(resolve(file)) }) };
}
