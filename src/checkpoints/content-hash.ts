import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { onnxHash } from '../onnx/file-hash.js';
import { InputError } from '../tensor/input-error.js';
import { checkRegularFile } from '../tensor/regular-file.js';
import { fileSource } from './source.js';
import { readWeightMap } from './safetensors.js';

/** sha256 of a checkpoint's bytes, as 64 hexadecimal digits; with files beside it (shards, external data): of all, in order of their names. */
export async function contentHash(path: string): Promise<string> {
  if (path.endsWith('.onnx')) return onnxHash(path);
  const own = await sha256(path);
  if (!path.endsWith('.json')) return own;
  const index = await fileSource(path);
  const files = await readWeightMap(index).finally(() => index.close());
  const hash = createHash('sha256').update(own);
  for (const file of [...new Set(files.values())].sort()) hash.update(await sha256(join(dirname(path), file)));
  return hash.digest('hex');
}

async function sha256(path: string): Promise<string> {
  await checkRegularFile(path);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: must be a readable file, got ${error.code ?? error.message}`);
  });
  return hash.digest('hex');
}
