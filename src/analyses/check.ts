import { InputError } from '../tensor/input-error.js';

/** `cka: samples must be a whole number ≥ 4, got 2`. */
export function mustBeInteger(what: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return;
  throw new InputError(`${what} must be a whole number ≥ ${least}, got ${JSON.stringify(value)}`);
}

/** `cka: level must be stage or block, got "layer"`. */
export function mustBeOneOf(what: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new InputError(`${what} must be ${known.slice(0, -1).join(', ')} or ${known.at(-1)!}, got ${JSON.stringify(value)}`);
}

/** The checkpoints that an analysis may look at. */
export const ENDS = ['best', 'final'] as const;
export type End = (typeof ENDS)[number];
