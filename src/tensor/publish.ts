import type { FileHandle } from 'node:fs/promises';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from './input-error.js';

/** Two writes of one process do not share a temporary file. */
let serial = 0;

/**
 * Writes a file by way of a temporary sibling that is flushed and renamed: `path` never holds half a file, and a failure leaves nothing.
 * Throws InputError when the system refuses (disk full, no such folder, no permission).
 */
export async function publish(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}-${serial++}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw refusal(path, error as NodeJS.ErrnoException);
  }
}

/** Removes what writers that were killed had not yet renamed. Only for a folder that nobody else writes to. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
}

/** The system's own messages about open files do not say which. */
function refusal(path: string, error: NodeJS.ErrnoException): Error {
  return error.code && error.syscall ? new InputError(`${path}: cannot be written: ${error.message}`, { cause: error }) : error;
}
