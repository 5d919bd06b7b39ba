import { InputError } from './input-error.js';
import { unknownName } from './nearest.js';

// Checks of what a user wrote: options of data sets, transforms, networks and analyses. Each returns the value or throws an InputError
// that begins with `what` ('crop: padding').

/** Options as a study writes them, before anything is known about them. */
export type Options = Readonly<Record<string, unknown>>;

/** A mapping that has only `known` keys. */
export function optionsOf(what: string, given: unknown, known: readonly string[]): Options {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InputError(`${what}: options must be written as a mapping, got ${show(given)}`);
  }
  for (const key of Object.keys(given)) if (!known.includes(key)) throw new InputError(`${what}: ${unknownName('option', key, known)}`);
  return given as Options;
}

/** A whole number ≥ least. */
export function integerOption(what: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new InputError(`${what}: must be a whole number ≥ ${least}, got ${show(value)}`);
}

/** A list of positive whole numbers; `least` 0: it may be empty. */
export function integersOption(what: string, value: unknown, { least = 1 }: { least?: number } = {}): readonly number[] {
  if (Array.isArray(value) && value.length >= least && value.every((n) => Number.isSafeInteger(n) && n > 0)) return value as number[];
  throw new InputError(`${what}: must be a list of positive integers${least > 0 ? '' : ' (or empty)'}, got ${show(value)}`);
}

/** A number in [min, max]. */
export function numberOption(what: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw new InputError(`${what}: must be a number in [${min}, ${max}], got ${show(value)}`);
}

/** A text that is not empty. */
export function stringOption(what: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new InputError(`${what}: must be a text, got ${show(value)}`);
}

/** One of a closed list; of words the nearest is suggested. */
export function oneOf<T extends string | number>(what: string, value: unknown, known: readonly T[]): T {
  if (known.includes(value as T)) return value as T;
  if (typeof value === 'string') throw new InputError(`${what}: ${unknownName('value', value, known.map(String))}`);
  throw new InputError(`${what}: must be ${known.join(' or ')}, got ${show(value)}`);
}

/** Some of a closed list, each once. */
export function someOf<T extends string>(what: string, values: unknown, known: readonly T[]): void {
  if (!Array.isArray(values) || values.length === 0 || new Set(values).size < values.length) {
    throw new InputError(`${what}: must be a list like [${known[0]}] of different ${known.join(', ')}, got ${show(values)}`);
  }
  for (const value of values as readonly unknown[]) oneOf(what, value, known);
}

/** A value as it would be written in a study, shortened. */
export function show(value: unknown): string {
  // JSON has no NaN
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
