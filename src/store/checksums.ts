import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
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

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
