import { InputError } from '../tensor/input-error.js';
import { brokenOption, withDefaults } from './analysis-rules.js';
import { brokenAnalyses } from './asked-checkpoints.js';
import { brokenReferences } from './checks.js';
import type { Broken } from './messages.js';
import { brokenRules, valueAt } from './messages.js';
import { resolveStudy } from './resolve.js';
import { checkShape } from './schema.js';
import type { Study } from './study.js';
import type { Place } from './yaml.js';
import { parseYaml } from './yaml.js';

/** A mistake in a study file. */
export interface Problem extends Place {
  readonly file: string;
  /** `recipe.rate: must be > 0, got -1` */
  readonly message: string;
}

/** Mistakes that a message lists. */
const LISTED = 20;

/** Reads a study file. Throws InputError with one line a mistake, of the first 20: `study.yaml:7:3: …`. */
export function parseStudy(text: string, file: string): Study {
  const checked = checkStudy(text, file);
  if ('study' in checked) return checked.study;
  const lines = checked.problems.slice(0, LISTED).map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  const more = checked.problems.length - LISTED;
  throw new InputError([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
}

/** The study, or everything that is wrong with it, in the file's order. */
export function checkStudy(text: string, file: string): { readonly study: Study } | { readonly problems: readonly Problem[] } {
  const { value, errors, place } = parseYaml(text);
  if (errors.length > 0) return { problems: errors.map((error) => ({ file, ...error })) };
  const shape = checkShape(value);
  const broken = [...('issues' in shape ? shape.issues.flatMap((issue) => brokenRules(issue, value)) : []), ...brokenReferences(value)];
  const input = 'input' in shape ? withDefaults(shape.input, broken) : undefined;
  if (input) {
    const study = resolveStudy(input, { text, file });
    const asked = brokenAnalyses(study);
    if (broken.length === 0 && asked.length === 0) return { study };
    broken.push(...asked.map(({ analysis, message }) => brokenOption(valueAt(value, ['analyses']), analysis, message)));
  }
  const located = broken.map(({ path, key = false, message }: Broken) => ({ file, ...place(path, { key }), message }));
  return { problems: located.sort((a, b) => a.line - b.line || a.column - b.column) };
}
