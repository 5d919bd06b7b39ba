import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Tensor } from '../tensor/tensor.js';
import { externalData } from './external-data.js';
import type { External } from './proto/decode-tensor.js';
import { decodeTensor } from './proto/decode-tensor.js';
import type { TensorProto } from './proto/onnx_pb.js';
import { parseModel } from './proto/parse-model.js';

/**
 * The weights of an onnx file, without a look at its nodes: initializers by name, as views on its bytes where alignment allows. External
 * data is read from the file's folder. Throws InputError for files that are broken, and for names that stand twice.
 */
export async function readInitializers(path: string): Promise<ReadonlyMap<string, Tensor>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: must be a readable file under 2 GiB, got ${error.code ?? error.message}`);
  });
  const external = externalData(dirname(path));
  try {
    return initializersOf(bytes, path, external.read);
  } finally {
    external.close();
  }
}

/** The same of bytes that lie in memory; external data is refused unless a reader of it is given. */
export function initializersOf(bytes: Uint8Array, what: string, external: External = refuseExternal): ReadonlyMap<string, Tensor> {
  const { graph } = parseModel(bytes, what);
  if (!graph) throw new InputError(`${what}: must be an onnx model, got none in ${bytes.byteLength} bytes`);
  return decodeInitializers(graph.initializer, what, external);
}

/** Throws InputError when a name stands twice. */
export function decodeInitializers(protos: readonly TensorProto[], what: string, external: External): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const proto of protos) {
    if (tensors.has(proto.name))
      throw new InputError(`${what}: names of initializers must differ, got ${JSON.stringify(proto.name)} twice`);
    tensors.set(proto.name, decodeTensor(proto, `${what}: initializer ${proto.name}`, external));
  }
  return tensors;
}

export function refuseExternal(_: unknown, what: string): never {
  throw new InputError(`${what}: external data needs the model's path, got its bytes`);
}
