import { InputError } from '../tensor/input-error.js';
import type { Tensor } from '../tensor/tensor.js';
import { sizeOf } from '../tensor/tensor.js';
import type { Checkpoint, Format } from './checkpoint.js';
import { widenedNotes } from './half-precision.js';
import { openCheckpoint, openCheckpointBytes } from './open.js';
import { bytesOf, load } from './stored-tensor.js';

/** A checkpoint in memory. */
export interface ReadCheckpoint {
  readonly format: Format;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** What was left out, stripped or changed. */
  readonly notes: readonly string[];
}

/**
 * All tensors of a checkpoint: .safetensors (or the index of sharded ones), .pth, .npz, .npy, .onnx. float16 and bfloat16 become float32,
 * exactly, and a note says so. See `openCheckpoint` for what is refused.
 */
export async function readCheckpoint(path: string): Promise<ReadCheckpoint> {
  return readAll(await openCheckpoint(path));
}

/** The same of a file that is in memory. */
export async function readCheckpointBytes(bytes: Uint8Array, name: string): Promise<ReadCheckpoint> {
  return readAll(await openCheckpointBytes(bytes, name));
}

/** Tensors may share storages and grow when widened; far beyond that a small file would fill the memory. */
const GROWTH = 8;
const FREE_BYTES = 2 ** 28;

async function readAll(checkpoint: Checkpoint): Promise<ReadCheckpoint> {
  const { format, metadata, notes, path, bytes } = checkpoint;
  try {
    const stored = [...checkpoint.tensors];
    const needed = stored.reduce((sum, [, { dtype, dims }]) => sum + sizeOf(dims) * Math.max(4, bytesOf(dtype)), 0);
    const most = FREE_BYTES + GROWTH * bytes;
    if (needed > most) throw new InputError(`${path}: ${bytes} bytes must not stand for more than ${most} bytes of tensors, got ${needed}`);
    const tensors = new Map<string, Tensor>();
    for (const [name, each] of stored) tensors.set(name, await load(each));
    return { format, tensors, metadata, notes: [...notes, ...widenedNotes(checkpoint.tensors)] };
  } finally {
    await checkpoint.close();
  }
}
