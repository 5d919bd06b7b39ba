import type { Analysis } from '../analyses/analysis.js';
import { analyses, resolveOptions } from '../analyses/registry.js';
import { unknownName } from '../tensor/nearest.js';
import type { Broken } from './messages.js';
import { brokenRules, valueAt } from './messages.js';
import { checkRecipe } from './schema.js';
import { entries, isMapping, refusal } from './written.js';
import type { Path } from './yaml.js';

type Options = Readonly<Record<string, unknown>>;

/** Rules that the options of analyses break, each at its option. */
export function analysisRules(written: unknown, path: Path): Broken[] {
  if (Array.isArray(written)) return written.flatMap((each, i) => analysisRules(each, [...path, i]));
  return entries(written).flatMap(([name, options]) => {
    const analysis = Object.hasOwn(analyses, name) ? analyses[name] : undefined;
    if (!analysis || (options !== null && !isMapping(options))) return [];
    const place = [...path, name];
    // a sweep's changes to the recipes of the arms
    const recipe = valueAt(options, ['recipe']);
    return [
      ...optionRules(analysis, options ?? {}).map((message) => at(place, options, message)),
      ...(isMapping(recipe) ? brokenRecipe(recipe, [...place, 'recipe']) : []),
    ];
  });
}

/**
 * A study's input with the defaults in the place of options that are wrong, so that what else analyses ask for can be told with them. undefined when
 * more is wrong, or an analysis that trains for itself: then it is not known what the study will have.
 */
export function withDefaults<T>(input: T, broken: readonly Broken[]): T | undefined {
  const left = structuredClone(input);
  for (const { path } of broken) {
    // analyses.plane.points, or analyses[0].plane.points
    const depth = typeof path[1] === 'number' ? 3 : 2;
    const option = path[depth];
    if (path[0] !== 'analyses' || option === undefined || analyses[String(path[depth - 1])]?.sweep) return undefined;
    const options = valueAt(left, path.slice(0, depth));
    if (isMapping(options)) delete (options as Record<PropertyKey, unknown>)[option];
  }
  return left;
}

/** A rule about an analysis, at the option that its message names: wherever in the study that stands. */
export function brokenOption(written: unknown, analysis: string, message: string): Broken {
  const holds = (value: unknown) => value === analysis || (isMapping(value) && analysis in value);
  const index = Array.isArray(written) ? written.findIndex(holds) : -1;
  const place = index < 0 ? ['analyses', analysis] : ['analyses', index, ...(written as unknown[])[index] === analysis ? [] : [analysis]]; // prettier-ignore
  return at(place, valueAt({ analyses: written }, place), message);
}

function at(place: Path, options: unknown, message: string): Broken {
  const option = optionOf(message) ?? '';
  const written = isMapping(options) && option in options;
  return { path: written ? [...place, option] : place, key: true, message: `analyses: ${message}` };
}

/** Messages begin with `plane: through must …`, `mistakes: at: …`, or `mistakes: unknown option "foo"`. */
const optionOf = (message: string): string | undefined => {
  const [, unknown, option] = /^[\w-]+: (?:unknown option "([^"]*)"|(\w+))/.exec(message) ?? [];
  return unknown ?? option;
};

/** Every rule that is broken: a check ends with the first, so each option that is wrong makes way for its default, and the rest is checked again. */
function optionRules(analysis: Analysis, written: Options): string[] {
  const known = Object.keys(analysis.options);
  const unknown = Object.keys(written).filter((key) => !known.includes(key));
  const rules = unknown.map((key) => `${analysis.name}: ${unknownName('option', key, known)}`);
  const left = Object.fromEntries(Object.entries(written).filter(([key]) => known.includes(key)));
  for (;;) {
    const rule = refusal(() => resolveOptions(analysis, left));
    if (rule === undefined) return rules;
    rules.push(rule);
    const option = optionOf(rule);
    if (option === undefined || !(option in left)) return rules;
    delete left[option];
  }
}

function brokenRecipe(recipe: Options, path: Path): Broken[] {
  const root = path.reduceRight<unknown>((inner, part) => ({ [part]: inner }), recipe);
  return checkRecipe(recipe).flatMap((issue) => brokenRules(issue, root, path));
}
