import type { Ground, Sweep, Training } from '../analyses/analysis.js';
import { findAnalysis } from '../analyses/registry.js';
import { sideOf } from '../data/datasets.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import type { Recipe } from '../train/recipe.js';
import { loadedRunStep } from './load-step.js';
import { mergeRecipes } from './resolve.js';
import type { RecipeInput } from './schema.js';
import type { Input, Step, StepId } from './step.js';
import type { SweepInput } from './steps.js';
import { readBy, trainStep, viewStep } from './steps.js';
import type { Study } from './study.js';

/** What every analysis of a study asks for on a target, in the study's order. */
export const sweepsOn = (study: Study, target: string): Sweep[] =>
  study.analyses.map(({ name, options }) => findAnalysis(name).sweep?.(groundOf(study, target), options) ?? { trainings: [] });

const groundOf = ({ data, targets, pretrain, arms, loaded, loadedArms }: Study, target: string): Ground => ({
  foreign: loaded !== null || loadedArms.length > 0,
  loaded: loadedArms.flatMap(({ role, runs }) =>
    Object.entries(runs).flatMap(([on, own]) => own.map((_, i) => ({ role, on, number: i + 1 }))),
  ),
  target,
  targets,
  side: sideOf(data[target]!),
  pretrain,
  arms,
});

/** A recipe that keeps these epochs too; the same recipe when it does so already. 0 and the last are kept anyway. */
export function keeping(recipe: Recipe, epochs: readonly number[]): Recipe {
  const { checkpoints } = recipe;
  const kept = Array.isArray(checkpoints)
    ? (checkpoints as readonly number[])
    : multiples((checkpoints as { readonly every: number }).every, recipe.epochs);
  const more = epochs.filter((epoch) => epoch !== 0 && epoch !== recipe.epochs && !kept.includes(epoch));
  return more.length === 0 ? recipe : { ...recipe, checkpoints: [...new Set([...kept, ...more])].sort((a, b) => a - b) };
}

const multiples = (every: number, most: number): number[] => Array.from({ length: Math.floor(most / every) }, (_, i) => (i + 1) * every);

/** Where the runs of a role start; null: from random initialization by their seeds. */
export interface Starts {
  readonly 'P-T': Step | null;
  readonly 'RI-T': Step | null;
}

/** The start of a training of a role, `at` a checkpoint of P; RI from a file has only one. */
export const startOf = (
  starts: Starts,
  { role }: Pick<Training, 'role'>,
  at: 'best' | 'final' | number | null,
): { readonly initial?: Input } => {
  const step = starts[role];
  return step ? { initial: { step: step.id, at: at ?? 'final' } } : {};
};

/** Where a run of a role that was trained elsewhere started, unless it brings its own start. */
export function startOfLoaded(starts: Starts, role: string): { readonly start?: StepId } {
  const step = starts[role as keyof Starts];
  return step ? { start: step.id } : {};
}

interface SweepPlace {
  readonly study: Study;
  readonly analysis: string;
  readonly target: string;
  /** The study's data sets by name. */
  readonly data: ReadonlyMap<string, Step>;
  readonly starts: Starts;
  /** Relative paths start here. */
  readonly base: string;
  /** The analyses on the target that were planned before, by name. */
  readonly results?: ReadonlyMap<string, Step>;
}

export interface SweepSteps {
  readonly views: readonly Step[];
  readonly inputs: readonly SweepInput[];
}

/** The steps of one analysis' sweep: views of data first; and its trainings, then what it takes from elsewhere, as inputs of the analysis. */
export async function sweepSteps({ trainings, borrowed = [] }: Sweep, place: SweepPlace): Promise<SweepSteps> {
  const views: Step[] = [];
  const inputs = trainings.map((training): SweepInput => {
    const images = dataOf(training, place);
    if (images.sweep !== undefined) views.push(images);
    return { name: training.name, role: training.role, variant: training.variant, step: stepOf(training, images, place) };
  });
  for (const { name, role, on, number, variant } of borrowed) {
    const where = { data: place.data.get(on)!, base: place.base, ...startOfLoaded(place.starts, role) };
    inputs.push({ name, role, variant, step: await loadedRunStep(place.study, { role, target: on, number }, where) });
  }
  return { views, inputs };
}

function dataOf({ on, shuffle }: Training, { analysis, target, data }: SweepPlace): Step {
  const name = on ?? target;
  const found = data.get(name);
  if (!found) throw new InputError(`${analysis}: ${unknownName('data set', name, [...data.keys()])}`);
  // images keep the target's name
  if (!shuffle) return { ...found, subject: name };
  if (found.options['shuffle'] !== undefined)
    throw new InputError(`${analysis}: ${name} must not be shuffled already, got a shuffle in data`);
  return viewStep(
    found,
    { shuffle },
    { title: `shuffle ${name}, block ${shuffle.block}, seed ${shuffle.seed}`, subject: name, sweep: analysis },
  );
}

function stepOf(
  { name, role, seeds, from, on, freeze: rule, recipe: changes = {} }: Training,
  data: Step,
  { study, analysis, target, starts, results = new Map() }: SweepPlace,
): Step {
  const arm = study.arms.find((each) => each.role === role);
  if (!arm) throw new InputError(`${analysis}: the study must have the arm ${role}, got ${study.arms.map((each) => each.role).join(', ')}`);
  // an arm's checkpoints may lie beyond a shorter run
  const kept = changes['epochs'] === undefined ? {} : { checkpoints: [] };
  const recipe = mergeRecipes(arm.recipe as RecipeInput, kept, changes as RecipeInput);
  const freeze = rule ? { freeze: { rule, inputs: readBy(analysis, ['rewind', 'cka'], results) } } : {};
  const at = from ?? arm.from;
  const last = starts[role] && lastEpoch(starts[role]);
  const initial = startOf(starts, { role }, at !== null && at === last ? 'final' : at);
  return trainStep(study.network, { name, target: on ?? target, data, seeds, recipe, ...initial, ...freeze, sweep: analysis });
}

/** undefined: P was not trained here. */
const lastEpoch = ({ options }: Step): number | undefined => (options as { recipe?: { epochs: number } }).recipe?.epochs;
