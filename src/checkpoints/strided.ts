import { sizeOf } from '../tensor/tensor.js';
import type { Dtype, StoredTensor } from './stored-tensor.js';
import { bytesOf, PIECE } from './stored-tensor.js';

/** Where a strided tensor lies: element (i, j, …) at `offset + i·strides[0] + j·strides[1] + …`, counted in elements. */
export interface Strided {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Strides of a row-major array. */
export function rowMajor(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let step = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= dims[axis]!;
  }
  return strides;
}

/** One past the last element that a strided tensor touches, counted from the start of its storage; its offset when it is empty. */
export function reach({ dims, strides, offset }: Omit<Strided, 'dtype'>): number {
  if (dims.includes(0)) return offset;
  return offset + dims.reduce((far, d, axis) => far + (d - 1) * strides[axis]!, 0) + 1;
}

/** A strided view on a storage that `bytesAt` reads (byte offset and length). Contiguous ones are read in pieces, others whole. */
export function stridedTensor(view: Strided, bytesAt: (offset: number, length: number) => Promise<Uint8Array>): StoredTensor {
  const { dtype, dims, strides, offset } = view;
  const width = bytesOf(dtype);
  if (isRowMajor(dims, strides)) {
    return { dtype, dims, piece: PIECE, read: (from, to) => bytesAt((offset + from) * width, (to - from) * width) };
  }
  return {
    dtype,
    dims,
    piece: Math.max(1, sizeOf(dims)),
    async read(from, to) {
      const span = await bytesAt(offset * width, (reach(view) - offset) * width);
      return gather(span, view, width).subarray(from * width, to * width);
    },
  };
}

/** Axes of length 1 may have any stride. */
function isRowMajor(dims: readonly number[], strides: readonly number[]): boolean {
  const plain = rowMajor(dims);
  return dims.includes(0) || dims.every((d, axis) => d === 1 || strides[axis] === plain[axis]);
}

/** A row-major copy; `span` begins at the tensor's first element. */
function gather(span: Uint8Array, { dims, strides }: Strided, width: number): Uint8Array {
  const out = new Uint8Array(sizeOf(dims) * width);
  const index = new Array<number>(dims.length).fill(0);
  for (let at = 0, from = 0; at < out.byteLength; at += width) {
    for (let byte = 0; byte < width; byte++) out[at + byte] = span[from * width + byte]!;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < dims[axis]!) break;
      from -= dims[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
