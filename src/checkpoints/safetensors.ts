import { basename, dirname, join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { MOST_TENSORS } from '../tensor/limits.js';
import { headerLength, parseHeader, typeNamed } from '../tensor/safetensors-header.js';
import type { Contents } from './checkpoint.js';
import type { Source } from './source.js';
import { fileSource } from './source.js';
import type { StoredTensor } from './stored-tensor.js';
import { PIECE, bytesOf } from './stored-tensor.js';

/** One safetensors file, of which only the header is read. */
export async function readSafetensorsContents(source: Source): Promise<Contents> {
  const { name: file, size } = source;
  const length = headerLength(await source.read(0, Math.min(8, size)), size, file);
  const start = 8 + length;
  const { entries, metadata } = parseHeader(await source.read(8, length), size - start, file);
  const tensors = new Map(
    entries.map(({ name, dtype: written, shape, begin }): [string, StoredTensor] => {
      const dtype = typeNamed(written);
      const width = bytesOf(dtype);
      const read = (from: number, to: number) => source.read(start + begin + from * width, (to - from) * width);
      return [name, { dtype, dims: shape, piece: PIECE, read }];
    }),
  );
  return { format: 'safetensors', tensors, metadata, notes: [] };
}

/** An index has a line a tensor. */
const LARGEST_INDEX = 2 ** 25;

/**
 * Several safetensors files behind one `model.safetensors.index.json`: `{ "weight_map": { "<tensor>": "<file in the same folder>" } }`.
 * Throws InputError when a file lies elsewhere, lacks a tensor that the index names, or holds one that it does not.
 */
export async function readShardedSafetensors(
  index: Source,
): Promise<Contents & { readonly shards: readonly Source[]; readonly bytes: number }> {
  const map = await readWeightMap(index);
  const shards: Source[] = [];
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const file of [...new Set(map.values())].sort()) {
      const source = await fileSource(join(dirname(index.name), file));
      shards.push(source);
      const contents = await readSafetensorsContents(source);
      for (const [name, stored] of contents.tensors) {
        if (map.get(name) !== file)
          throw new InputError(
            `${index.name}: ${name}: must be listed in ${map.get(name) ?? 'no file'} as the index says, got it in ${file}`,
          );
        tensors.set(name, stored);
      }
    }
    const missing = [...map.keys()].find((name) => !tensors.has(name));
    if (missing !== undefined) throw new InputError(`${index.name}: ${missing}: must be in ${map.get(missing)!}, got no such tensor there`);
    const bytes = shards.reduce((sum, { size }) => sum + size, 0);
    const notes = [`${shards.length} ${shards.length === 1 ? 'file belongs' : 'files belong'} to the index ${basename(index.name)}.`];
    return { format: 'safetensors', tensors, metadata: {}, notes, shards, bytes };
  } catch (error) {
    for (const shard of shards) await shard.close();
    throw error;
  }
}

export async function readWeightMap(index: Source): Promise<ReadonlyMap<string, string>> {
  if (index.size > LARGEST_INDEX)
    throw new InputError(`${index.name}: an index must have at most ${LARGEST_INDEX} bytes, got ${index.size}`);
  const text = new TextDecoder().decode(await index.read(0, index.size));
  let map: unknown;
  try {
    map = (JSON.parse(text) as { weight_map?: unknown } | null)?.weight_map;
  } catch (error) {
    throw new InputError(`${index.name}: must be JSON, got ${(error as Error).message}`);
  }
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw new InputError(`${index.name}: must have weight_map (tensor → file), got ${JSON.stringify(map)?.slice(0, 40) ?? 'nothing'}`);
  for (const [name, file] of Object.entries(map)) {
    if (typeof file !== 'string' || !/^[\w.-]+\.safetensors$/.test(file) || basename(file) !== file)
      throw new InputError(`${index.name}: ${name}: must be in a .safetensors file of the same folder, got ${JSON.stringify(file)}`);
  }
  const files = new Map(Object.entries(map as Record<string, string>));
  if (files.size > MOST_TENSORS)
    throw new InputError(`${index.name}: weight_map must have at most ${MOST_TENSORS} tensors, got ${files.size}`);
  return files;
}
