import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../tensor/input-error.js';

/**
 * What is in a folder of data, cheaply: sha256 over every file's path, size and time of change, sorted. Bytes are not read, so that a folder of
 * a million images takes seconds; touched files therefore count as new data, and links count as what they lead to. Hidden files are left out.
 * `parts`: only these files and folders at its top; one that is not there counts as nothing.
 */
export async function fingerprint(folder: string, parts?: readonly string[]): Promise<string> {
  const lines = await linesOf(folder, '', parts);
  const hash = createHash('sha256');
  for (const line of lines.sort()) hash.update(line).update('\n');
  return hash.digest('hex').slice(0, 32);
}

async function linesOf(root: string, below: string, only?: readonly string[]): Promise<string[]> {
  const names = await readdir(join(root, below)).catch((error: NodeJS.ErrnoException) => {
    const got = error.code === 'ENOENT' ? 'nothing there' : error.code === 'ENOTDIR' ? 'a file' : error.message;
    throw new InputError(`data: ${join(root, below)} must be a folder that can be read, got ${got}`);
  });
  const lines = names
    .filter((name) => !name.startsWith('.') && (only?.includes(name) ?? true))
    .map(async (name) => {
      const path = below === '' ? name : `${below}/${name}`;
      const about = await stat(join(root, path)).catch(() => undefined);
      if (about?.isDirectory()) return linesOf(root, path);
      return about ? [`${path} ${about.size} ${about.mtimeMs}`] : [];
    });
  return (await Promise.all(lines)).flat();
}
