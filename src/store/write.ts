import { open, readFile, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { publish } from '../tensor/publish.js';

/** Writes a small file that is whole or the old one, also after a power cut. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, `${JSON.stringify(value, null, 1)}\n`);
}

export async function writeText(path: string, text: string): Promise<void> {
  await publish(path, (file) => file.writeFile(text));
  await syncFolder(dirname(path));
}

/** Throws when the file is missing or no JSON, and names it. */
export async function readJson<T>(path: string): Promise<T> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Error(`${path}: must be JSON, got ${text.length} characters that are not (${(cause as Error).message})`, { cause });
  }
}

/** undefined when there is no such file. */
export async function readJsonIfThere<T>(path: string): Promise<T | undefined> {
  return readJson<T>(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** Flushes a file, or with it the names in a folder. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes renames in a folder survive a power cut; Windows has no such call. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await syncFile(path);
}

/** Error codes of a disk, or of a user's share of it, that is full. */
const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/** Whether a full disk is behind an error, however often it was wrapped. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (FULL.includes((at as NodeJS.ErrnoException).code)) return true;
  return false;
}

/** The error to show in place of `error` when a full disk is behind it; otherwise itself. */
export async function explainDiskFull(error: unknown, directory: string): Promise<unknown> {
  if (!isDiskFull(error)) return error;
  const free = await statfs(directory).then(
    ({ bavail, bsize }) => `${((Number(bavail) * Number(bsize)) / 1e6).toFixed(1)} MB free`,
    () => 'none',
  );
  return new Error(
    `store: the disk of ${directory} must have room for the results, got ${free}; nothing was half-published, free some and run again`,
    {
      cause: error,
    },
  );
}
