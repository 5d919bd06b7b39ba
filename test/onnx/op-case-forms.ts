import type { Type } from '../../src/tensor/tensor.js';
import type { GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/graph.js';
import type { OpName } from '../../src/onnx/ops.js';

/** One node to be run by onnxruntime; returns its outputs. */
export type Case = (b: GraphBuilder) => Value | readonly Value[];

export const x = (b: GraphBuilder, dims: readonly number[], type: Type = 'float32') => b.input(b.unique('x'), dims, type);

export const unary = (op: OpName): Case[] => [(b) => b.op[op]([x(b, [2, 3, 4])]), (b) => b.op[op]([x(b, [])])];

export const binary = (op: OpName): Case[] => [
  (b) => b.op[op]([x(b, [2, 3]), x(b, [2, 3])]),
  (b) => b.op[op]([x(b, [4, 1, 3]), x(b, [2, 1])]),
  (b) => b.op[op]([x(b, []), x(b, [2])]),
];

export const logic = (op: OpName): Case[] => [(b) => b.op[op]([x(b, [4, 1, 3], 'bool'), x(b, [2, 1], 'bool')])];

export const variadic = (op: OpName): Case[] => [...binary(op), (b) => b.op[op]([x(b, [4, 1]), x(b, [3]), x(b, [2, 1, 1])])];

export const softmax = (op: OpName): Case[] => [(b) => b.op[op]([x(b, [2, 3, 4])]), (b) => b.op[op]([x(b, [2, 3, 4])], { axis: 1 })];

/** ReduceMean and its kin: axes are an attribute in opset 17. */
export const reduce = (op: OpName): Case[] => [
  (b) => b.op[op]([x(b, [2, 3, 4])]),
  (b) => b.op[op]([x(b, [2, 3, 4])], { axes: [-1, 0] }),
  (b) => b.op[op]([x(b, [2, 3, 4])], { axes: [1], keepdims: 0 }),
  (b) => b.op[op]([x(b, [2, 3, 4])], { keepdims: 0 }),
];

export const pool = (op: OpName): Case[] => [
  (b) => b.op[op]([x(b, [2, 3, 9, 8])], { kernel_shape: [3, 2] }),
  (b) => b.op[op]([x(b, [2, 3, 9, 8])], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
  // every way in which ceil_mode can and cannot add a last window
  ...[5, 6, 7, 8, 9].flatMap((size) =>
    [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ].map(
      ([begin, end]): Case =>
        (b) =>
          b.op[op]([x(b, [1, 2, size])], { kernel_shape: [2], strides: [3], pads: [begin!, end!], ceil_mode: 1 }),
    ),
  ),
  (b) => b.op[op]([x(b, [2, 3, 9, 8])], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }),
  (b) => b.op[op]([x(b, [2, 3, 9, 8])], { kernel_shape: [2, 2], strides: [2, 3], auto_pad: 'SAME_LOWER' }),
  (b) => b.op[op]([x(b, [2, 3, 9, 8])], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'VALID' }),
];

export const conv = (attributes: Record<string, number | string | readonly number[]>, w = [4, 3, 3, 3], dims = [2, 3, 9, 8]): Case => {
  return (b) => b.op.Conv([x(b, dims), x(b, w)], attributes);
};

export const transposed = (attributes: Record<string, number | string | readonly number[]>, w = [3, 4, 3, 3]): Case => {
  return (b) => b.op.ConvTranspose([x(b, [2, 3, 5, 6]), x(b, w)], attributes);
};

export const slice = (starts: number[], ends: number[], axes?: number[], steps?: number[]): Case => {
  return (b) => b.op.Slice([x(b, [5, 6]), ...[starts, ends, axes, steps].flatMap((list) => (list ? [b.ints(list)] : []))]);
};
