import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { checkRegularFileSync } from '../tensor/regular-file.js';
import { externalData } from './external-data.js';
import type { TensorProto } from './proto/onnx_pb.js';
import { parseModel } from './proto/parse-model.js';

/**
 * sha256 of an onnx file as 64 hexadecimal digits; with external data, of it and of the files with the data, in order of their names. Files
 * outside the model's folder are refused with an InputError.
 */
export function onnxHash(path: string): string {
  const bytes = read(path);
  const own = sha256(bytes);
  const files = externalFiles(bytes, path);
  if (files.length === 0) return own;
  const hash = createHash('sha256').update(own);
  for (const file of files) hash.update(sha256(read(join(dirname(path), file))));
  return hash.digest('hex');
}

function externalFiles(bytes: Uint8Array, path: string): string[] {
  const { graph } = parseModel(bytes, path);
  const tensors: TensorProto[] = [
    ...(graph?.initializer ?? []),
    ...(graph?.node ?? []).flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? [])),
  ];
  const external = externalData(dirname(path));
  try {
    const files = new Set<string>();
    for (const { externalData: entries } of tensors) {
      const location = entries.find(({ key }) => key === 'location')?.value;
      if (location === undefined || files.has(location)) continue;
      // a piece of no length: only the place is checked
      external.read(new Map([['location', location], ['length', '0']]), path); // prettier-ignore
      files.add(location);
    }
    return [...files].sort();
  } finally {
    external.close();
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function read(path: string): Uint8Array {
  checkRegularFileSync(path);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path}: must be a readable file, got ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}
