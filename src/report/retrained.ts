import type { Json } from '../study/step.js';
import type { RecipeChange } from '../study/recipe-changes.js';
import { list } from './format.js';

/** 'epochs 4 instead of 5 and no augment instead of flip': what an analysis' own trainings did otherwise than the arms'; undefined: nothing. */
export function retrainedWords(changes: readonly RecipeChange[] = []): string | undefined {
  return changes.length === 0 ? undefined : list(changes.map(changeWords));
}

function changeWords({ setting, own, arms }: RecipeChange): string {
  const [now, before] = [list(own.map(valueWords)), list(arms.map(valueWords))];
  // of schedules and transforms only names are told
  if (now === before) return `another ${setting}`;
  return now === NONE ? `no ${setting} instead of ${before}` : `${setting} ${now} instead of ${before}`;
}

const NONE = 'none';

function valueWords(value: Json): string {
  if (value === null) return NONE;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? NONE : value.map((each) => valueWords(each as Json)).join(' + ');
  const named = value as { readonly [key: string]: Json };
  return typeof named['name'] === 'string' ? named['name'] : Object.keys(named).join(' + ');
}

/** The caution of a section whose trainings had another recipe than the arms; none where they had the same. */
export const retrainedCaution = (roles: string, retrained: string | undefined): string[] =>
  retrained === undefined
    ? []
    : [`Here ${roles} trained anew with ${retrained}: not comparable with the arms’ own runs, which Accuracy and speed tells of.`];
