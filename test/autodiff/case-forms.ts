import type { Attributes } from '../../src/onnx/builder.js';
import type { OpName } from '../../src/onnx/ops.js';
import type { Case, Draw } from './check-gradient.js';

export type Shapes = readonly (readonly number[])[];

/** The op on its differentiated inputs alone. */
export const plain = (op: OpName, inputs: Shapes, attributes: Attributes = {}, draw: Draw = 'normal'): Case => ({
  what: `${op} ${JSON.stringify(inputs)} ${JSON.stringify(attributes)}`,
  inputs,
  draw,
  build: (b, values) => b.op[op](values.slice(0, inputs.length), attributes),
});

/** The op on one differentiated input and constant integers. */
export const withInts = (
  op: OpName,
  input: readonly number[],
  ints: readonly (readonly number[] | null)[],
  attributes: Attributes = {},
): Case => ({
  what: `${op} ${JSON.stringify([input, ...ints])} ${JSON.stringify(attributes)}`,
  inputs: [input],
  build: (b, [x]) => b.op[op]([x, ...ints.map((list) => list && b.ints(list))], attributes),
});

export const BROADCASTS: Shapes[] = [
  [[2, 3], [2, 3]],
  [[2, 3, 4], [3, 1]],
  [[4], [2, 3, 4]],
  [[2, 1, 3], [5, 1]],
  [[2, 3], []],
  [[1], [2, 3, 2, 2]],
  [[1, 1], [3]],
]; // prettier-ignore

export const binary = (op: OpName, draw: Draw = 'normal') => BROADCASTS.map((inputs) => plain(op, inputs, {}, draw));
export const unary = (op: OpName, draw: Draw = 'normal', attributes: Attributes = {}) => [
  plain(op, [[3, 5]], attributes, draw),
  plain(op, [[]], attributes, draw),
];
export const axes = (op: OpName) => [-1, 0, 1].map((axis) => plain(op, [[3, 4, 2]], { axis }));

export const conv = (x: readonly number[], w: readonly number[], attributes: Attributes = {}, bias = false): Case =>
  plain('Conv', bias ? [x, w, [w[0]!]] : [x, w], attributes);

export const pool = (op: OpName, x: readonly number[], attributes: Attributes) => plain(op, [x], attributes, 'distinct');

export const reductions = (op: OpName, asInput: boolean, draw: Draw = 'normal') =>
  [[0], [-1], [1, 2], [0, 2], [0, 1, 2, 3]].flatMap((list) =>
    [0, 1].map((keepdims) =>
      asInput
        ? withInts(op, [2, 3, 4, 2], [list], { keepdims })
        : plain(op, [[2, 3, 4, 2]], { axes: list, keepdims }, draw),
    ),
  ).concat(plain(op, [[3, 4]], {}, draw)); // prettier-ignore
