import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskFull } from '../store/write.js';
import { publish } from '../tensor/publish.js';

/** Writes a whole file or none; parent folders are made. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await publish(path, (file) => file.writeFile(content));
  } catch (error) {
    if (isDiskFull(error)) throw new Error(`${path}: the disk is full; nothing was written`, { cause: error });
    throw error;
  }
}
