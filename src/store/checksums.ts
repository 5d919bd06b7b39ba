import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../tensor/input-error.js';
import { CHECKSUMS_FILE } from './layout.js';
import { readJson } from './write.js';

/** sha256 by file, paths with forward slashes. */
export type Checksums = Readonly<Record<string, string>>;

/** Files of a folder and its folders, sorted. */
export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();
}

export async function checksumsOf(folder: string): Promise<Checksums> {
  const sums: Record<string, string> = {};
  for (const file of await filesOf(folder)) if (file !== CHECKSUMS_FILE) sums[file] = await sha256(join(folder, file));
  return sums;
}

/** What is wrong with a published folder: files that changed, went or came. Empty when nothing is. */
export async function verifyFolder(folder: string): Promise<string[]> {
  const written = await readJson<Checksums>(join(folder, CHECKSUMS_FILE));
  const found = await checksumsOf(folder);
  const names = [...new Set([...Object.keys(written), ...Object.keys(found)])].sort();
  return names.flatMap((name) => {
    if (written[name] === found[name]) return [];
    const what = found[name] === undefined ? 'is missing' : written[name] === undefined ? 'was added' : 'has changed';
    return [`${join(folder, name)} ${what}`];
  });
}

/** What steps are read through: every file is held against its sum, large ones once a process (about a second a GB). */
export interface Checks {
  /** Path of a file in a published folder, or of the folder with all its files. Throws InputError when it is not as it was written. */
  checked(folder: string, file?: string): Promise<string>;
  /** A JSON file in a published folder. Throws InputError when it is not as it was written. */
  json<T>(folder: string, file: string): Promise<T>;
}

export function openChecks(): Checks {
  const known = new Map<string, Promise<void>>();
  const once = (folder: string, file: string, written: Checksums): Promise<void> => {
    const path = join(folder, file);
    const check =
      known.get(path) ??
      sha256(path)
        .catch(absent)
        .then((found) => mustBe(folder, file, found, written));
    known.set(path, check);
    return check;
  };
  return {
    async checked(folder, file) {
      const written = await sumsOf(folder);
      for (const each of file === undefined ? Object.keys(written) : [file]) await once(folder, each, written);
      return file === undefined ? folder : join(folder, file);
    },
    async json<T>(folder: string, file: string) {
      const bytes = await readFile(join(folder, file)).catch(absent);
      mustBe(folder, file, bytes && createHash('sha256').update(bytes).digest('hex'), await sumsOf(folder));
      return JSON.parse(bytes!.toString('utf8')) as T;
    },
  };
}

function mustBe(folder: string, file: string, found: string | undefined, written: Checksums): void {
  if (found !== undefined && found === written[file]) return;
  const got = found === undefined ? 'no such file' : written[file] === undefined ? 'no sum of it' : 'other bytes';
  throw new InputError(`store: ${join(folder, file)} must be as it was written (sha256 in ${CHECKSUMS_FILE}), got ${got}; ${cure(folder)}`);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

const sumsOf = (folder: string): Promise<Checksums> =>
  readJson<Checksums>(join(folder, CHECKSUMS_FILE)).catch((cause: Error) => {
    throw new InputError(`store: ${join(folder, CHECKSUMS_FILE)} must be as it was written, got ${cause.message}; ${cure(folder)}`, {
      cause,
    });
  });

const cure = (folder: string): string => `delete ${folder} and run the study again`;

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
