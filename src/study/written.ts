import { InputError } from '../tensor/input-error.js';

// What a study says may have any form while it is checked.

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const entries = (value: unknown): [string, unknown][] => (isMapping(value) ? Object.entries(value) : []);

/** The message of an InputError that some work throws; undefined when it goes well. */
export function refusal(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
}
