import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';

/** Options as a study writes them, before anything is known about them. */
export type Options = Readonly<Record<string, unknown>>;

/** Throws when `given` is no plain object or has a key that is not `known`. */
export function optionsOf(what: string, given: unknown, known: readonly string[]): Options {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InputError(`${what}: options must be written as a mapping, got ${show(given)}`);
  }
  for (const key of Object.keys(given)) if (!known.includes(key)) throw new InputError(`${what}: ${unknownName('option', key, known)}`);
  return given as Options;
}

/** An integer of at least `min`. */
export function integerOption(what: string, value: unknown, min: number): number {
  if (!Number.isInteger(value) || (value as number) < min) {
    throw new InputError(`${what}: must be an integer of at least ${min}, got ${show(value)}`);
  }
  return value as number;
}

/** A number in [min, max]. */
export function numberOption(what: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new InputError(`${what}: must be a number in [${min}, ${max}], got ${show(value)}`);
  }
  return value;
}

export function stringOption(what: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new InputError(`${what}: must be a text, got ${show(value)}`);
  return value;
}

/** One of a closed list. */
export function oneOf<T extends string | number>(what: string, value: unknown, known: readonly T[]): T {
  if (known.includes(value as T)) return value as T;
  if (typeof value === 'string') throw new InputError(`${what}: ${unknownName('value', value, known.map(String))}`);
  throw new InputError(`${what}: must be ${known.join(' or ')}, got ${show(value)}`);
}

export const show = (value: unknown): string => JSON.stringify(value) ?? String(value);
