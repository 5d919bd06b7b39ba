import type { Stats } from 'node:fs';
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { InputError } from './input-error.js';

// Opening a FIFO waits until somebody writes to it, and reading a device may never end: what lies there is asked for before it is opened.

/** What lies in the place of a file: 'a folder', 'a FIFO'; undefined for a file, for a link to one, and when nothing can be said. */
export async function insteadOfFile(path: string): Promise<string | undefined> {
  return kindOf(await stat(path).catch(() => undefined));
}

/** Throws an InputError, beginning with `what`, for a folder, a FIFO or a device; a file that is not there is left to who opens it. */
export async function checkRegularFile(path: string, what = path): Promise<void> {
  refuse(await insteadOfFile(path), what);
}

/** `checkRegularFile`, at once. */
export function checkRegularFileSync(path: string, what = path): void {
  let found: Stats | undefined;
  try {
    found = statSync(path);
  } catch {
    return;
  }
  refuse(kindOf(found), what);
}

function refuse(kind: string | undefined, what: string): void {
  if (kind !== undefined) throw new InputError(`${what}: must be a file, got ${kind}`);
}

function kindOf(found: Stats | undefined): string | undefined {
  if (!found || found.isFile()) return undefined;
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a FIFO (named pipe)';
  return found.isSocket() ? 'a socket' : 'a device';
}
