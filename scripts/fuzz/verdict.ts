import { InputError } from '../../src/tensor/input-error.js';

/** What a reader did with a file: gave a value, refused as it should, or broke. */
export type Verdict = 'read' | 'refused' | { readonly broken: string };

/** Only an InputError refuses, and not one that dresses up an error of the language. */
export async function verdict(read: () => Promise<unknown>): Promise<Verdict> {
  try {
    await read();
    return 'read';
  } catch (error) {
    const { stack = String(error), cause } = error as Error;
    if (!(error instanceof InputError)) return { broken: stack };
    return cause instanceof TypeError || cause instanceof RangeError ? { broken: cause.stack ?? String(cause) } : 'refused';
  }
}
