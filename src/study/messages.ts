import { unknownName } from '../tensor/nearest.js';
import { show } from '../tensor/options.js';
import type { Issue } from './schema.js';
import { studyJsonSchema } from './schema.js';
import type { Path } from './yaml.js';

/** A rule that is broken at a path; `key`: by the key there, not its value. */
export interface Broken {
  readonly path: Path;
  readonly key?: boolean;
  readonly message: string;
}

/** `arms.P-T.seeds[1]`; 'study' for the whole. */
export const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`),
    '',
  ) || 'study';

/** What is wrong, in our words: `recipe.rate: must be > 0, got -1`. */
export function brokenRules(issue: Issue, root: unknown, base: Path = []): Broken[] {
  const path = [...base, ...issue.path];
  const value = valueAt(root, path);
  const say = (rule: string): Broken[] => [{ path, message: `${pathText(path)}: ${rule}, got ${show(value)}` }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        key: true,
        message: `${pathText(path)}: ${unknownName(kindOf(path) === 'analysis' ? 'analysis' : 'key', key, knownKeys(path, value))}`,
      }));
    case 'invalid_type':
      return value === undefined
        ? [{ path, message: `${pathText(path)}: must be given, got nothing` }]
        : say(`must be ${EXPECTED[issue.expected] ?? issue.expected}`);
    case 'invalid_value':
      return value === undefined
        ? [{ path, message: `${pathText(path)}: must be given, got nothing; there are: ${issue.values.map(String).join(', ')}` }]
        : typeof value === 'string' && issue.values.length > 1
          ? [{ path, message: `${pathText(path)}: ${unknownName(kindOf(path), value, issue.values.map(String))}` }]
          : say(`must be ${issue.values.map(show).join(' or ')}`);
    case 'too_small':
      return say(sizeRule(issue.origin, issue.inclusive === false ? '>' : '≥', issue.minimum));
    case 'too_big':
      return say(sizeRule(issue.origin, issue.inclusive === false ? '<' : '≤', issue.maximum));
    case 'invalid_union':
      return (
        unionRules(issue.errors, root, path) ??
        say(UNIONS[String(path.at(typeof path.at(-1) === 'number' ? -2 : -1))] ?? 'must have another form')
      );
    case 'invalid_key': {
      const key = String(path.at(-1));
      const [first] = issue.issues;
      const rule =
        first?.code === 'invalid_value'
          ? unknownName(kindOf(path.slice(0, -1)), key, first.values.map(String))
          : `${first?.message ?? 'must be a name'}, got ${show(key)}`;
      return [{ path, key: true, message: `${pathText(path.slice(0, -1))}: ${rule}` }];
    }
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'custom':
      return say(issue.message);
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** What a value with several forms may be, by its key. */
const UNIONS: Readonly<Record<string, string>> = {
  seeds: 'must be a whole number or { init, order }',
  seed: 'must be a whole number or { init, order }',
  schedule: 'must be constant, cosine, or a mapping with name: constant, cosine or multi-step',
  checkpoints: 'must be a list of epochs or { every: k }',
  analyses: 'must be a list of analyses or a mapping of analyses to options',
};

const sizeRule = (origin: string, sign: string, bound: number | bigint): string =>
  origin === 'array'
    ? `must have ${sign} ${bound} entries`
    : origin === 'string'
      ? `must have ${sign} ${bound} characters`
      : `must be ${sign} ${bound}`;

/**
 * Of the forms that a value may have, the one that was meant: its type fits, so that only parts of it are wrong. A form whose fixed `name` fits wins.
 */
function unionRules(forms: readonly (readonly Issue[])[], root: unknown, path: Path): Broken[] | undefined {
  const inside = forms.filter((issues) =>
    issues.every(({ path: at, code }) => at.length > 0 || code === 'unrecognized_keys' || code === 'invalid_union'),
  );
  const wrongName = (issues: readonly Issue[]) => issues.some(({ path: at, code }) => at[0] === 'name' && code === 'invalid_value');
  const enumerated = forms.find(
    (issues) =>
      issues.length === 1 && issues[0]!.path.length === 0 && issues[0]!.code === 'invalid_value' && typeof valueAt(root, path) === 'string',
  );
  const meant = inside.find((issues) => !wrongName(issues)) ?? enumerated;
  return meant?.flatMap((issue) => brokenRules(issue, root, path));
}

/** What an unknown name would have named. */
function kindOf(path: Path): string {
  const words = path.filter((part) => typeof part === 'string');
  const last = words.at(-1);
  return last === 'analyses'
    ? 'analysis'
    : last === 'dataset' || last === 'architecture' || last === 'loss' || last === 'schedule'
      ? last
      : 'value';
}

export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

interface Form {
  readonly properties?: Readonly<Record<string, Form>>;
  readonly additionalProperties?: Form | boolean;
  readonly propertyNames?: { readonly enum?: readonly string[] };
  readonly items?: Form;
  readonly anyOf?: readonly Form[];
}

/** The keys that may stand at a path, from the JSON Schema; of several forms the ones of the same `name` when it says one. */
function knownKeys(path: Path, value: unknown): string[] {
  let forms = flat(studyJsonSchema() as Form);
  for (const part of path) {
    forms = forms.flatMap((form) => {
      const next = typeof part === 'number' ? form.items : (form.properties?.[String(part)] ?? form.additionalProperties);
      return typeof next === 'object' ? flat(next) : [];
    });
  }
  const name = valueAt(value, ['name']);
  const named = forms.filter(({ properties }) => (properties?.['name'] as { const?: unknown } | undefined)?.const === name);
  return [
    ...new Set(
      (named.length > 0 ? named : forms).flatMap(({ properties, propertyNames }) => propertyNames?.enum ?? Object.keys(properties ?? {})),
    ),
  ];
}

const flat = (form: Form): readonly Form[] => (form.anyOf ? form.anyOf.flatMap(flat) : [form]);
