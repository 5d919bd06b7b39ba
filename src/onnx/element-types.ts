import type { Type } from '../tensor/tensor.js';

/** TensorProto.DataType of onnx.proto. */
const CODES: Readonly<Record<Type, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
};

const TYPES = new Map(Object.entries(CODES).map(([type, code]) => [code, type as Type]));

/** The code of a type in onnx files and in Cast's attribute `to`. */
export const codeOf = (type: Type): number => CODES[type];

/** The type of a code; undefined for strings, complex numbers, bfloat16 and 8- or 4-bit floats. */
export const typeOf = (code: number): Type | undefined => TYPES.get(code);
