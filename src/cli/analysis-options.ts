import type { Analysis } from '../analyses/analysis.js';
import { resolveOptions } from '../analyses/registry.js';
import { refusal } from '../study/written.js';
import { namesAndTexts, parseWhole } from './dataset-argument.js';

/**
 * ['points=21', 'splits=test,train', 'to=0'] → options of an analysis, whose rules say which of them are lists: a text is read as it stands, as
 * a list at its commas, and as a list of one such list; the first of these that the option's rule takes is meant. So `to=saved` stays a word,
 * and a pattern keeps its commas. Throws InputError for what is no name=value.
 */
export const analysisOptions = (analysis: Analysis, options: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(namesAndTexts('analyze', options).map(([name, text]) => [name, meant(analysis, name, text)]));

function meant(analysis: Analysis, name: string, text: string): unknown {
  const whole = parseWhole(text, `-o ${name}`);
  if (typeof whole === 'object' && whole !== null) return whole;
  const list = text.split(',').map(numberOrWord);
  const taken = [whole, list, [list]].find((value) => refusal(() => resolveOptions(analysis, { [name]: value })) === undefined);
  if (taken !== undefined) return taken;
  // the rule will refuse it: in the form that it was most likely meant in
  const usual = (analysis.options as Readonly<Record<string, unknown>>)[name];
  const isItem = Array.isArray(usual) && typeof usual[0] === typeof list[0];
  return list.length > 1 || isItem ? list : whole;
}

function numberOrWord(text: string): number | string {
  const word = text.trim();
  return word === '' || Number.isNaN(Number(word)) ? word : Number(word);
}
