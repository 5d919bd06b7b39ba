/** Element types, in onnxruntime's words. */
export type Type =
  'float32' | 'float64' | 'float16' | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'bool';

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** A dense row-major array. `data.length` is the product of `dims`; a scalar has `dims` []. float16 is raw bits in a Uint16Array. */
export interface Tensor {
  readonly type: Type;
  readonly dims: readonly number[];
  readonly data: TypedArray;
}

/** A tensor whose elements are known to be float32. */
export interface FloatTensor extends Tensor {
  readonly type: 'float32';
  readonly data: Float32Array;
}

const CONSTRUCTORS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

export const bytesPerElement = (type: Type): number => CONSTRUCTORS[type].BYTES_PER_ELEMENT;

/** Number of elements of a shape. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, d) => product * d, 1);

/** '[2, 3]'; of many axes the first ones. */
export const shapeText = (dims: readonly number[]): string => `[${dims.slice(0, 8).join(', ')}${dims.length > 8 ? ', …' : ''}]`;

/** A view of `type` on bytes, without a copy when the offset is aligned (else on an aligned copy). */
export function viewBytes(type: Type, bytes: Uint8Array): TypedArray {
  const make = CONSTRUCTORS[type];
  const width = make.BYTES_PER_ELEMENT;
  // not slice(): a Buffer's shares its memory
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new make(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width);
}

/** A tensor on existing data. Throws when length or array type does not fit. */
export function tensor(type: Type, dims: readonly number[], data: TypedArray): Tensor {
  if (data.length !== sizeOf(dims)) {
    throw new Error(`tensor: data length must be ${sizeOf(dims)} for dims [${dims.join(', ')}], got ${data.length}`);
  }
  if (!(data instanceof CONSTRUCTORS[type])) {
    throw new Error(`tensor: data of ${type} must be ${CONSTRUCTORS[type].name}, got ${data.constructor.name}`);
  }
  return { type, dims, data };
}

/** A float32 tensor; a plain array of numbers is copied, a Float32Array is not. */
export function float32(dims: readonly number[], data: ArrayLike<number> = new Float32Array(sizeOf(dims))): FloatTensor {
  return tensor('float32', dims, data instanceof Float32Array ? data : Float32Array.from(data)) as FloatTensor;
}

/** An int64 tensor from ordinary integers; `dims` defaults to one axis. */
export function int64(values: readonly number[], dims: readonly number[] = [values.length]): Tensor {
  return tensor(
    'int64',
    dims,
    BigInt64Array.from(values, (v) => (v >= 2 ** 63 ? LARGEST : BigInt(v))),
  );
}

/** 2⁶³ − 1, in files the end of an open slice, is 2⁶³ as a number, which would become −2⁶³. */
const LARGEST = 2n ** 63n - 1n;

/** The values of a float tensor. Throws when `value` is missing or not float32; `what` names it in the message. */
export function floats(value: Tensor | undefined, what: string): Float32Array {
  if (value?.type !== 'float32') throw new Error(`${what}: must be a float32 tensor, got ${value?.type ?? 'nothing'}`);
  return value.data as Float32Array;
}

/** Integers of an int64/int32 tensor as numbers. */
export function integers(value: Tensor): number[] {
  return Array.from(value.data as ArrayLike<number | bigint>, Number);
}
