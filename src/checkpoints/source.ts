import { open } from 'node:fs/promises';
import { InputError } from '../tensor/input-error.js';
import { checkRegularFile } from '../tensor/regular-file.js';

/** Bytes with random access: a file, or memory. */
export interface Source {
  /** For messages: the file's path. */
  readonly name: string;
  readonly size: number;
  /** `length` bytes from `offset`; of memory a view. Throws InputError when they do not lie inside. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Most bytes of one call to the system. */
const PIECE = 2 ** 30;

/** Opens a file. Throws InputError when it is none that can be read. */
export async function fileSource(path: string): Promise<Source> {
  const refuse = (error: NodeJS.ErrnoException): never => {
    throw new InputError(`${path}: must be a readable file, got ${error.code ?? error.message}`);
  };
  await checkRegularFile(path);
  const file = await open(path, 'r').catch(refuse);
  const about = await file.stat();
  return {
    name: path,
    size: about.size,
    async read(offset, length) {
      checkInside(path, about.size, offset, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const { bytesRead } = await file.read(bytes, done, Math.min(length - done, PIECE), offset + done).catch(refuse);
        if (bytesRead === 0) throw new InputError(`${path}: must not shrink while it is read, got its end at byte ${offset + done}`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

/** The bytes of a file that is in memory. */
export function bytesSource(bytes: Uint8Array, name: string): Source {
  return {
    name,
    size: bytes.byteLength,
    read(offset, length) {
      checkInside(name, bytes.byteLength, offset, length);
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
    close: () => Promise.resolve(),
  };
}

function checkInside(name: string, size: number, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= size) return;
  throw new InputError(`${name}: everything must lie inside the file's ${size} bytes, got bytes ${offset} to ${offset + length}`);
}
