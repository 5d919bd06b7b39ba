import { InputError } from '../tensor/input-error.js';
import type { Value } from './pickle-values.js';
import { TensorRef } from './pickle-values.js';

/** Keys under which training scripts keep the weights, in the order in which they are looked for. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'module', 'net', 'network', 'weights', 'params', 'model_state', 'state'];
/** What a training script keeps beside the weights and that holds tensors, too. */
const NOISE = /(^|[_-])(optim(izer)?s?|lr|scheduler|scaler|ema|rng|amp|loss)([_-]|$)/i;
/** How deep dictionaries of weights may lie in each other. */
const DEEPEST = 8;

const LONGEST_NAME = 1000;

export interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorRef>;
  readonly notes: readonly string[];
}

/**
 * The weights in what a pickle built: a state_dict, or one inside a training checkpoint. What stands beside it is left out and named.
 * Throws InputError when there are no tensors.
 */
export function findStateDict(root: Value, what: string): StateDict {
  const notes: string[] = [];
  let at = root;
  for (let path = '', depth = 0; at instanceof Map && depth < DEEPEST; depth++) {
    const found: string | undefined = wrapperIn(at);
    if (found === undefined) break;
    path = path === '' ? found : `${path}.${found}`;
    const beside = [...at.keys()].filter((key) => key !== found).map(textOf);
    notes.push(`Weights were found under "${path}"${beside.length > 0 ? `; left out beside it: ${listed(beside)}` : ''}.`);
    at = at.get(found)!;
  }
  if (!(at instanceof Map)) throw new InputError(`${what}: must hold a state_dict (a dictionary of tensors), got ${kindOf(at)}`);
  const { tensors, dropped } = flatten(at, what);
  if (dropped.length > 0) notes.push(`Left out, because they are no weights: ${listed(dropped)}.`);
  if (tensors.size === 0)
    throw new InputError(`${what}: must hold tensors in a dictionary, got none (keys: ${listed([...at.keys()].map(textOf))})`);
  return { tensors, notes };
}

/** A key that holds a dictionary with tensors, in a dictionary that has none of its own (but single numbers). */
function wrapperIn(dictionary: Map<Value, Value>): string | undefined {
  const entries = [...dictionary].filter(([key]) => !(typeof key === 'string' && NOISE.test(key)));
  if (entries.some(([, value]) => value instanceof TensorRef && value.dims.length > 0)) return undefined;
  return WRAPPERS.find((key) => holdsTensors(dictionary.get(key), 0));
}

/** Looks at few entries: weights come first wherever they are. */
function holdsTensors(value: Value | undefined, depth: number): boolean {
  if (value instanceof TensorRef) return true;
  if (!(value instanceof Map) || depth === 3) return false;
  return [...value.values()].slice(0, 32).some((each) => holdsTensors(each, depth + 1));
}

function flatten(root: Map<Value, Value>, what: string): { tensors: Map<string, TensorRef>; dropped: string[] } {
  const tensors = new Map<string, TensorRef>();
  const dropped: string[] = [];
  // a dictionary that stands in two places, or in itself, is walked once
  const seen = new Set<Value>([root]);
  const walk = (dictionary: Map<Value, Value>, prefix: string, depth: number): void => {
    for (const [key, value] of dictionary) {
      const name = `${prefix}${textOf(key)}`;
      if (name.length > LONGEST_NAME)
        throw new InputError(`${what}: a name must have at most ${LONGEST_NAME} characters, got ${name.slice(0, 40)}…`);
      if (value instanceof TensorRef) {
        if (tensors.has(name)) throw new InputError(`${what}: names of tensors must differ, got ${JSON.stringify(name)} twice`);
        tensors.set(name, value);
      } else if (value instanceof Map && depth < DEEPEST && !seen.has(value) && !(prefix === '' && NOISE.test(name))) {
        seen.add(value);
        walk(value, `${name}.`, depth + 1);
      } else dropped.push(name);
    }
  };
  walk(root, '', 0);
  return { tensors, dropped };
}

/** Lists are not written out: one that holds itself twice, and so on, would grow without end. */
const textOf = (key: Value): string => (typeof key === 'object' && key !== null ? '(an object)' : String(key));

const MOST_LISTED = 12;
export const listed = (names: readonly string[]): string =>
  names.length <= MOST_LISTED ? names.join(', ') : `${names.slice(0, MOST_LISTED).join(', ')} and ${names.length - MOST_LISTED} more`;

function kindOf(value: Value): string {
  if (value === null) return 'None';
  if (value instanceof TensorRef) return 'one tensor without a name';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === 'object' ? 'another object' : String(value).slice(0, 40);
}
