import { InputError } from '../tensor/input-error.js';
import { MOST_AXES } from '../tensor/limits.js';
import type { Tensor, Type } from '../tensor/tensor.js';
import { bytesPerElement, shapeText, sizeOf, tensor, viewBytes } from '../tensor/tensor.js';
import { widenBfloat16, widenFloat16 } from '../tensor/widen.js';

/** Element types of files; JavaScript has no array for bfloat16. */
export type Dtype = Type | 'bfloat16';

/** A tensor where it lies: nothing of it is in memory before it is asked for. */
export interface StoredTensor {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** Elements that are read at a time; all of them where the file cannot be read in pieces (compressed, not contiguous). */
  readonly piece: number;
  /** Elements [from, to) in row-major order, little endian. */
  read(from: number, to: number): Promise<Uint8Array>;
}

/** Elements of one piece of a contiguous tensor: a few megabytes. */
export const PIECE = 2 ** 20;

/** Shapes by name. */
export const shapesOf = (tensors: ReadonlyMap<string, Pick<StoredTensor, 'dims'>>): ReadonlyMap<string, readonly number[]> =>
  new Map([...tensors].map(([name, { dims }]) => [name, dims]));

export const bytesOf = (dtype: Dtype): number => (dtype === 'bfloat16' ? 2 : bytesPerElement(dtype));

/** Throws InputError for a shape of too many axes, or whose number of elements is no safe whole number; returns that number. */
export function checkedSize(dims: readonly number[], what: string): number {
  if (dims.length > MOST_AXES) throw new InputError(`${what}: a tensor must have at most ${MOST_AXES} axes, got ${dims.length}`);
  const size = sizeOf(dims);
  // an axis of 0 would hide a product that overflowed
  const safe = dims.every((d) => Number.isSafeInteger(d) && d >= 0) && Number.isSafeInteger(size);
  if (!safe) throw new InputError(`${what}: shape must be whole numbers ≥ 0 with a product below 2^53, got ${shapeText(dims)}`);
  return size;
}

/** The tensor in memory. float16 and bfloat16 become float32, exactly. */
export async function load({ dtype, dims, read }: StoredTensor): Promise<Tensor> {
  const bytes = await read(0, sizeOf(dims));
  if (dtype === 'bfloat16' || dtype === 'float16') return tensor('float32', dims, widened(dtype, bytes));
  return tensor(dtype, dims, viewBytes(dtype, bytes));
}

/** Numbers of any type, piece by piece, in row-major order. int64 and uint64 are rounded to float64. */
export async function* pieces({ dtype, dims, piece, read }: StoredTensor): AsyncGenerator<ArrayLike<number>> {
  const size = sizeOf(dims);
  for (let from = 0; from < size; from += piece) yield numbers(dtype, await read(from, Math.min(size, from + piece)));
}

function numbers(dtype: Dtype, bytes: Uint8Array): ArrayLike<number> {
  if (dtype === 'bfloat16' || dtype === 'float16') return widened(dtype, bytes);
  const data = viewBytes(dtype, bytes);
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

function widened(dtype: 'bfloat16' | 'float16', bytes: Uint8Array): Float32Array {
  const bits = viewBytes('uint16', bytes) as Uint16Array;
  return dtype === 'bfloat16' ? widenBfloat16(bits) : widenFloat16(bits);
}
