import type { Json, Plan, Step } from './step.js';
import { sweepOf } from './step.js';

/** A setting in which trainings of an analysis' own differ from the arms' of their roles: values of both, each once. */
export interface RecipeChange {
  readonly setting: string;
  readonly own: readonly Json[];
  readonly arms: readonly Json[];
}

/** Which epochs are kept changes no number. */
const SILENT = 'checkpoints';

/** What the trainings that an analysis asked for do otherwise than the arm of their role on its target, by the recipes of their steps. */
export function recipeChanges(analysis: Step, { steps }: Pick<Plan, 'steps'>): RecipeChange[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const found = new Map<string, { own: Json[]; arms: Json[] }>();
  for (const { name, role } of sweepOf(analysis)) {
    const own = recipeOf(byId.get(analysis.inputs[name]!.step));
    const arm = recipeOf(steps.find((step) => isArm(step, analysis.target, role)));
    if (!own || !arm) continue;
    for (const setting of Object.keys(own)) {
      if (setting === SILENT || same(own[setting]!, arm[setting]!)) continue;
      const change = found.get(setting) ?? { own: [], arms: [] };
      found.set(setting, { own: withValue(change.own, own[setting]!), arms: withValue(change.arms, arm[setting]!) });
    }
  }
  return [...found].map(([setting, change]) => ({ setting, ...change }));
}

const isArm = ({ kind, sweep, target, subject }: Step, on: string, role: string) =>
  kind === 'train' && sweep === undefined && target === on && subject.startsWith(`${role}.`);

/** Networks that were trained elsewhere have none. */
const recipeOf = (step: Step | undefined) => step?.options['recipe'] as { readonly [key: string]: Json } | undefined;

const same = (a: Json, b: Json) => JSON.stringify(a) === JSON.stringify(b);
const withValue = (values: readonly Json[], value: Json) => (values.some((each) => same(each, value)) ? [...values] : [...values, value]);
