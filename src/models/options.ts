import { InputError } from '../tensor/input-error.js';

/** Checks of options that come from a study file; each returns the value or throws InputError. `what` is 'mlp: hidden'. */
export function positiveIntegers(what: string, value: unknown, { least = 1 }: { least?: number } = {}): readonly number[] {
  if (Array.isArray(value) && value.length >= least && value.every((n) => Number.isSafeInteger(n) && n > 0)) return value as number[];
  throw new InputError(`${what}: must be a list of positive integers${least > 0 ? '' : ' (or empty)'}, got ${JSON.stringify(value)}`);
}

export function oneOf<T extends string>(what: string, value: unknown, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found === undefined) throw new InputError(`${what}: must be one of ${known.join(', ')}, got ${JSON.stringify(value)}`);
  return found;
}
