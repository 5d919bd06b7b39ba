import type { AskedCheckpoint } from '../analyses/analysis.js';
import { isTrained } from '../analyses/pairs.js';
import { findAnalysis } from '../analyses/registry.js';
import { runName } from '../analyses/run-name.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import { keptEpochs } from '../train/checkpoints.js';
import type { Study } from './study.js';
import { keeping, sweepsOn } from './sweeps.js';
import { refusal } from './written.js';

/** A rule of the plan that an analysis of the study breaks. */
export interface BrokenAnalysis {
  readonly analysis: string;
  /** `plane: through: …` */
  readonly message: string;
}

/** What analyses ask for that the study will not have, each once: trainings of their own that it cannot have, checkpoints of runs that it will not keep. */
export function brokenAnalyses(study: Study): BrokenAnalysis[] {
  const found = new Map<string, BrokenAnalysis>();
  const say = (analysis: string, message: string) => found.set(message, { analysis, message });
  for (const { name, options } of study.analyses) {
    for (const target of study.targets) {
      const message = refusal(() => sweepsOn({ ...study, analyses: [{ name, options }] }, target));
      if (message !== undefined) say(name, message);
    }
  }
  if (found.size > 0) return [...found.values()];
  for (const { name, options } of study.analyses) {
    const asked = findAnalysis(name).checkpoints?.(options) ?? [];
    for (const target of asked.length > 0 ? study.targets : [])
      for (const each of asked) for (const rule of missing(each, runsOn(study, target))) say(name, `${name}: ${each.option}: ${rule}`);
  }
  return [...found.values()];
}

/** Throws InputError with everything that analyses ask for and the study will not have. */
export function mustSuitAnalyses(study: Study): void {
  const broken = brokenAnalyses(study);
  if (broken.length > 0) throw new InputError(broken.map(({ message }) => message).join('\n'));
}

/** A run that there will be, and the epochs that it keeps; null: trained elsewhere, a checkpoint that it lacks is told as absent. */
interface PlannedRun {
  readonly name: string;
  readonly role: string;
  readonly kept: readonly number[] | null;
}

function missing({ written, run: name, at }: AskedCheckpoint, runs: readonly PlannedRun[]): string[] {
  const found = runs.filter((run) => (name === null ? isTrained(run) : run.name === name));
  if (found.length === 0 && name !== null)
    return [`${unknownName('run', name, runs.map((run) => run.name))}, got ${written}`]; // prettier-ignore
  if (typeof at !== 'number') return [];
  return found
    .filter(({ kept }) => kept !== null && !kept.includes(at))
    .slice(0, 1)
    .map(({ name: run, kept }) => `must be an epoch that ${run} keeps (${kept!.join(', ')}; checkpoints of its recipe add others up to ${kept!.at(-1)!}), got ${written}`); // prettier-ignore
}

/** What an analysis on a target will look at. */
function runsOn(study: Study, target: string): PlannedRun[] {
  const { pretrain, loaded, initial, arms, loadedArms, targets } = study;
  const more = targets.flatMap((each) => sweepsOn(study, each)).flatMap(({ checkpoints = [] }) => checkpoints);
  return [
    ...(pretrain ? [{ name: 'P', role: 'P', kept: keptEpochs(keeping(pretrain.recipe, more)) }] : []),
    ...(loaded ? [{ name: 'P', role: 'P', kept: null }] : []),
    ...(initial ? [{ name: 'RI', role: 'RI', kept: null }] : []),
    ...arms.flatMap(({ role, seeds, recipe }) => seeds.map((each) => ({ name: runName(role, each), role, kept: keptEpochs(recipe) }))),
    ...loadedArms.flatMap(({ role, runs }) => (runs[target] ?? []).map((_, i) => ({ name: `${role}.${i + 1}`, role, kept: null }))),
  ];
}
