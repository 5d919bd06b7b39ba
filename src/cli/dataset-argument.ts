import { dirname, resolve } from 'node:path';
import type { Dataset, DatasetSpec } from '../data/dataset.js';
import { loadDataset } from '../data/datasets.js';
import { parseYaml } from '../study/yaml.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import { openStudy } from './study-file.js';

/**
 * A data set as the command line names it: `emoji` with `-o domains=noto,twemoji`, or a study file with the name of one of its data sets
 * (all of them when the name is left out). Returns name → data set.
 */
export async function datasetsOf(what: string, name: string | undefined, options: readonly string[]): Promise<Map<string, Dataset>> {
  if (!/\.(ya?ml|json)$/.test(what)) {
    if (name !== undefined) throw new InputError(`data: a name goes with a study file only, got ${what} ${name}`);
    return new Map([[what, await loadDataset(parseSpec(what, options))]]);
  }
  if (options.length > 0) throw new InputError('data: options (-o) go with a data set only, not with a study file');
  const { study } = await openStudy(what);
  const known = Object.keys(study.data);
  if (name !== undefined && !known.includes(name)) throw new InputError(`data: ${unknownName('data set', name, known)}`);
  const found = new Map<string, Dataset>();
  for (const [key, spec] of Object.entries(study.data)) {
    if (name === undefined || key === name) found.set(key, await loadDataset(spec, { base: dirname(resolve(what)) }));
  }
  return found;
}

/** ['domains=noto,twemoji', 'size=32', 'split={ val: 0.1 }'] → options. */
export const parseSpec = (dataset: string, options: readonly string[]): DatasetSpec => ({ dataset, ...parseOptions('data', options) });

/** Each name=value. Throws InputError that begins with `what`. */
const parseOptions = (what: string, options: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(namesAndTexts(what, options).map(([name, text]) => [name, parseValue(text, `-o ${name}`)]));

/** 'name=value' → ['name', 'value']. Throws InputError that begins with `what`. */
export function namesAndTexts(what: string, options: readonly string[]): [name: string, text: string][] {
  return options.map((option) => {
    const at = option.indexOf('=');
    if (at < 1) throw new InputError(`${what}: -o must be name=value, got ${option}`);
    return [option.slice(0, at), option.slice(at + 1)];
  });
}

/** As `parseWhole`, and a list of words at commas. */
export function parseValue(text: string, what: string): unknown {
  const value = parseWhole(text, what);
  return value === text && text.includes(',') ? text.split(',') : value;
}

/** A mapping or a list in YAML's brackets, a number or a word of JSON, else text. Throws InputError that begins with `what`. */
export function parseWhole(text: string, what: string): unknown {
  if (/^\s*[{[]/.test(text)) {
    const { value, errors } = parseYaml(text);
    if (errors.length > 0) throw new InputError(`${what}: must be YAML, like '{ block: 4, seed: 1 }', got ${text} (${errors[0]!.message})`);
    return value;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
