import { InputError } from '../../tensor/input-error.js';
import { MOST_AXES } from '../../tensor/limits.js';
import type { Tensor, Type } from '../../tensor/tensor.js';
import { bytesPerElement, shapeText, sizeOf, tensor, viewBytes } from '../../tensor/tensor.js';
import { typeOf } from '../element-types.js';
import type { TensorProto } from './onnx_pb.js';

/** Bytes that lie outside the onnx file, by the tensor's key-value pairs. */
export type External = (entries: ReadonlyMap<string, string>, what: string) => Uint8Array;

/** onnx.proto's TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;

/** A tensor of the file; raw data stays a view. Throws an InputError that begins with `what`. */
export function decodeTensor(proto: TensorProto, what: string, external: External): Tensor {
  const type = typeOf(proto.dataType);
  if (!type) throw new InputError(`${what}: element type must be a number that JavaScript has an array for, got code ${proto.dataType}`);
  if (proto.dims.length > MOST_AXES) throw new InputError(`${what}: a tensor must have at most ${MOST_AXES} axes, got ${proto.dims.length}`);
  const dims = proto.dims.map(Number);
  const size = sizeOf(dims);
  if (dims.some((d) => !Number.isSafeInteger(d) || d < 0) || !Number.isSafeInteger(size))
    throw new InputError(`${what}: dimensions must be whole numbers ≥ 0 with a product below 2^53, got ${shapeText(dims)}`);
  if (proto.dataLocation === EXTERNAL) {
    const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
    return fromBytes(type, dims, external(entries, what), what);
  }
  if (proto.rawData.byteLength > 0) return fromBytes(type, dims, proto.rawData, what);
  const data = fromFields(type, proto);
  if (data.length !== size) throw new InputError(`${what}: must hold ${size} elements (${shapeText(dims)}), got ${data.length}`);
  return tensor(type, dims, data);
}

function fromBytes(type: Type, dims: readonly number[], bytes: Uint8Array, what: string): Tensor {
  const expected = sizeOf(dims) * bytesPerElement(type);
  if (bytes.byteLength !== expected) {
    throw new InputError(`${what}: must have ${expected} bytes (${type} ${shapeText(dims)}), got ${bytes.byteLength}`);
  }
  return tensor(type, dims, viewBytes(type, bytes));
}

/** The typed lists that stand in for raw data; small integers, bool and half-precision bits all lie in int32_data. */
function fromFields(type: Type, { floatData, doubleData, int32Data, int64Data, uint64Data }: TensorProto): Tensor['data'] {
  switch (type) {
    case 'float32':
      return Float32Array.from(floatData);
    case 'float64':
      return Float64Array.from(doubleData);
    case 'int64':
      return BigInt64Array.from(int64Data);
    case 'uint64':
      return BigUint64Array.from(uint64Data);
    case 'uint32':
      return Uint32Array.from(uint64Data, Number);
    case 'int32':
      return Int32Array.from(int32Data);
    case 'int16':
      return Int16Array.from(int32Data);
    case 'int8':
      return Int8Array.from(int32Data);
    case 'float16':
    case 'uint16':
      return Uint16Array.from(int32Data);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(int32Data);
  }
}
