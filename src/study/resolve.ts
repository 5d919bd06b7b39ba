import { analyses, DEFAULT_ANALYSES, findAnalysis, resolveOptions } from '../analyses/registry.js';
import type { DatasetSpec } from '../data/dataset.js';
import type { NetworkSpec } from '../models/network.js';
import type { Recipe, Schedule } from '../train/recipe.js';
import { DEFAULT_RECIPE } from '../train/recipe.js';
import type { RecipeInput, SeedInput, StudyInput } from './schema.js';
import type { Arm, LoadedArm, LoadedRun, Seeds, Study } from './study.js';

/** Fills every default in. */
export function resolveStudy(input: StudyInput, { text, file }: { readonly text: string; readonly file: string }): Study {
  const { pretrain, initial, targets } = input;
  const recipeOf = (own: RecipeInput | undefined) => mergeRecipes(input.recipe, own);
  return {
    name: input.name,
    title: input.title ?? input.name,
    compare: input.compare ?? null,
    file,
    text,
    network: input.network as NetworkSpec,
    data: input.data as Record<string, DatasetSpec>,
    pretrain:
      pretrain?.on !== undefined && pretrain.from === undefined
        ? { on: pretrain.on, seeds: apart(seedsOf(pretrain.seed ?? 1)), recipe: recipeOf(pretrain.recipe) }
        : null,
    loaded: pretrain?.from !== undefined ? loadedRun({ ...pretrain, from: pretrain.from }, []) : null,
    source: pretrain?.on ?? null,
    initial: initial ? { from: initial.from, map: initial.map ?? [] } : null,
    targets,
    arms: trainedArms(input.arms, recipeOf),
    loadedArms: loadedArms(input.arms, targets),
    analyses: analysesOf(input.analyses),
    seed: input.seed ?? 1,
    assumed: assumedOf(input.assume),
  };
}

type Arms = StudyInput['arms'];

const trainedArms = (arms: Arms, recipeOf: (own: RecipeInput | undefined) => Recipe): Arm[] =>
  (['P-T', 'RI-T'] as const).flatMap((role) => {
    const { seeds, from = 'final', recipe } = arms[role] ?? {};
    return seeds ? [{ role, seeds: seeds.map(seedsOf), from: role === 'P-T' ? from : null, recipe: recipeOf(recipe) }] : [];
  });

/** Roles of the paper first, then as they stand. A list of checkpoints is that of the only target. */
function loadedArms(arms: Arms, targets: readonly string[]): LoadedArm[] {
  const known = ['P-T', 'RI-T'].filter((role) => role in arms);
  return [...known, ...Object.keys(arms).filter((role) => !known.includes(role))].flatMap((role) => {
    const { checkpoints, map = [] } = arms[role]!;
    if (!checkpoints) return [];
    const byTarget = Array.isArray(checkpoints) ? { [targets[0]!]: checkpoints } : checkpoints;
    const runs = Object.entries(byTarget).map(([target, all]) => [target, all.map((each) => loadedRun(each, map))] as const);
    return [{ role, runs: Object.fromEntries(runs) }];
  });
}

type WrittenRun = string | { from: string; map?: string[] | undefined; epochs?: Record<string, string> | undefined };

function loadedRun(written: WrittenRun, shared: readonly string[]): LoadedRun {
  if (typeof written === 'string') return { from: written, map: shared, epochs: {} };
  return { from: written.from, map: written.map ?? shared, epochs: written.epochs ?? {} };
}

/** Later recipes win, field by field. */
export function mergeRecipes(...recipes: readonly (RecipeInput | undefined)[]): Recipe {
  const { schedule, ...rest } = Object.assign({}, ...recipes) as RecipeInput;
  const written = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<Recipe>;
  return { ...DEFAULT_RECIPE, ...written, ...(schedule === undefined ? {} : { schedule: scheduleOf(schedule) }) };
}

function scheduleOf(written: NonNullable<RecipeInput['schedule']>): Schedule {
  const { warmup } = DEFAULT_RECIPE.schedule;
  if (typeof written === 'string') return { name: written, warmup };
  if (written.name === 'multi-step')
    return { name: written.name, warmup: written.warmup ?? warmup, drops: written.drops, factor: written.factor ?? 0.1 };
  return { name: written.name, warmup: written.warmup ?? warmup };
}

const assumedOf = (written: StudyInput['assume']): Study['assumed'] =>
  Object.fromEntries(
    Object.entries(written?.data ?? {}).map(([name, { train, val = 0, test = 0, classes }]) => [name, { train, val, test, classes }]),
  );

/** P's parameters are drawn by seeds of its own: as RI-T's they would put both at one point, and runs from P and from RI near each other. */
const apart = ({ init, order }: Seeds): Seeds => ({ init: init + 1_000_000, order });

const seedsOf = (written: SeedInput): Seeds => (typeof written === 'number' ? { init: written, order: written } : written);

/** In the order of the registry: a plan does not depend on the order in which a study names its analyses. */
function analysesOf(written: StudyInput['analyses']): Study['analyses'] {
  const asked = new Map<string, Record<string, unknown>>();
  const add = (mapping: Readonly<Record<string, unknown>>) => {
    for (const [name, options] of Object.entries(mapping)) asked.set(name, (options ?? {}) as Record<string, unknown>);
  };
  if (written === undefined) add(Object.fromEntries(DEFAULT_ANALYSES.map((name) => [name, {}])));
  else if (Array.isArray(written)) for (const each of written) add(typeof each === 'string' ? { [each]: {} } : each);
  else add(written);
  return Object.keys(analyses)
    .filter((name) => asked.has(name))
    .map((name) => ({ name, options: resolveOptions(findAnalysis(name), asked.get(name)!) as Record<string, unknown> }));
}
