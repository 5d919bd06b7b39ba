import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Json, Step, StepId } from './step.js';

/**
 * What was asked, as a name: the first 16 hexadecimal digits of sha256 over the canonical JSON (keys sorted, no blanks) of
 * { kind, version, asked, inputs }. Options that have their default value must be left out of `asked` (see `withoutDefaults`), so that a new
 * option whose default changes nothing leaves old identities as they are. Host, threads, titles and times are not asked for.
 */
export function identityOf({ kind, version, asked, inputs }: Pick<Step, 'kind' | 'version' | 'asked' | 'inputs'>): StepId {
  return createHash('sha256').update(canonical({ kind, version, asked, inputs })).digest('hex').slice(0, 16);
}

/** The one way to write a value as JSON. Throws for what JSON cannot say. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
  }
  const text = typeof value === 'number' && !Number.isFinite(value) ? undefined : JSON.stringify(value);
  if (text === undefined) throw new Error(`internal: identity: a value must be JSON, got ${String(value)}`);
  return text;
}

/** The options that differ from their defaults. */
export function withoutDefaults(options: object, defaults: object): { readonly [key: string]: Json } {
  const known = defaults as Record<string, unknown>;
  return Object.fromEntries(Object.entries(options).filter(([key, value]) => !(key in known && isDeepStrictEqual(value, known[key])))) as {
    [key: string]: Json;
  };
}
