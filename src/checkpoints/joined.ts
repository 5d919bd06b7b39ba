import { sizeOf } from '../tensor/tensor.js';
import type { StoredTensor } from './stored-tensor.js';
import { bytesOf } from './stored-tensor.js';

/** A tensor under the name that a file gives it. */
export interface Named {
  readonly name: string;
  readonly stored: StoredTensor;
}

const QUERY = /^(.*\.)q\.(weight|bias)$/;

/**
 * Puts queries, keys and values that a library keeps apart (`…q.weight`, `…k.weight`, `…v.weight`) into one tensor `…qkv.weight`, one after the other
 * along the first axis, as timm and PyTorch keep them, where that is looked for.
 */
export function joinAttention(tensors: ReadonlyMap<string, Named>, wanted: { has(name: string): boolean }): ReadonlyMap<string, Named> {
  const joined = new Map(tensors);
  for (const name of tensors.keys()) {
    const [, path, kind] = QUERY.exec(name) ?? [];
    if (path === undefined || !wanted.has(`${path}qkv.${kind!}`)) continue;
    const parts = ['q', 'k', 'v'].map((part) => `${path}${part}.${kind!}`);
    const found = parts.flatMap((part) => tensors.get(part) ?? []);
    const [first] = found as [Named];
    const alike = ({ stored }: Named) => stored.dtype === first.stored.dtype && stored.dims.join() === first.stored.dims.join();
    if (found.length < 3 || !found.every(alike) || first.stored.dims.length === 0) continue;
    for (const part of parts) joined.delete(part);
    joined.set(`${path}qkv.${kind!}`, {
      name: found.map((each) => each.name).join(' + '),
      stored: concatenated(found.map(({ stored }) => stored)),
    });
  }
  return joined;
}

/** Tensors of one shape and type, one after the other along the first axis. */
function concatenated(parts: readonly StoredTensor[]): StoredTensor {
  const { dtype, dims, piece } = parts[0]!;
  const size = sizeOf(dims);
  return {
    dtype,
    dims: [parts.length * dims[0]!, ...dims.slice(1)],
    piece,
    async read(from, to) {
      const bytes = new Uint8Array((to - from) * bytesOf(dtype));
      for (const [k, part] of parts.entries()) {
        const [begin, end] = [Math.max(from, k * size), Math.min(to, (k + 1) * size)];
        if (begin < end) bytes.set(await part.read(begin - k * size, end - k * size), (begin - from) * bytesOf(dtype));
      }
      return bytes;
    },
  };
}
