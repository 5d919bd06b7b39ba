import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { checkRegularFileSync } from '../tensor/regular-file.js';
import type { External } from './proto/decode-tensor.js';

/**
 * Reads external tensors from files in `folder`, each piece by its offset into memory of its own. Files outside the folder (by "..", an
 * absolute path or a link) and pieces outside the file are refused with an InputError. `close` frees the files.
 */
export function externalData(folder: string): { readonly read: External; close(): void } {
  const files = new Map<string, { readonly file: number; readonly size: number }>();
  // a piece that several tensors name is read once; other overlaps would let a small file fill the memory
  const pieces = new Map<string, Uint8Array>();
  const taken = new Map<string, number>();

  const open = (location: string, what: string) => {
    const known = files.get(location);
    if (known) return known;
    const path = resolve(folder, location);
    if (isAbsolute(location) || outside(folder, path))
      throw new InputError(`${what}: external data must lie in the model's folder, got ${location}`);
    let file: number;
    try {
      if (outside(realpathSync(folder), realpathSync(path))) {
        throw new InputError(`${what}: external data must lie in the model's folder, got ${location}, a link to elsewhere`);
      }
      checkRegularFileSync(path, `${what}: external data ${location}`);
      file = openSync(path, 'r');
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError(
        `${what}: external data must be readable, got ${(error as NodeJS.ErrnoException).code} for ${join(folder, location)}`,
      );
    }
    const opened = { file, size: fstatSync(file).size };
    files.set(location, opened);
    return opened;
  };

  return {
    read(entries, what) {
      const location = entries.get('location') ?? '';
      if (location === '') throw new InputError(`${what}: external data must have a location, got nothing`);
      const { file, size } = open(location, what);
      const offset = count(entries.get('offset') ?? '0', 'offset', what);
      const length = count(entries.get('length') ?? String(Math.max(0, size - offset)), 'length', what);
      if (offset + length > size) {
        throw new InputError(
          `${what}: external data must lie inside the ${size} bytes of ${location}, got bytes ${offset} to ${offset + length}`,
        );
      }
      const key = `${offset} ${length} ${location}`;
      const known = pieces.get(key);
      if (known) return known;
      const sum = (taken.get(location) ?? 0) + length;
      if (sum > size) throw new InputError(`${what}: pieces of ${location} must not overlap, got ${sum} bytes of its ${size}`);
      taken.set(location, sum);
      const piece = readPiece(file, offset, length);
      pieces.set(key, piece);
      return piece;
    },
    close() {
      for (const { file } of files.values()) closeSync(file);
      files.clear();
      pieces.clear();
    },
  };
}

function outside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function count(text: string, name: string, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InputError(`${what}: ${name} of external data must be a whole number, got ${text}`);
  return value;
}

function readPiece(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const got = readSync(file, bytes, done, Math.min(length - done, 2 ** 30), offset + done);
    if (got === 0) throw new InputError(`external data: must have ${length} bytes at ${offset}, got ${done}`);
    done += got;
  }
  return bytes;
}
