import { float32, tensor } from '../../src/tensor/tensor.js';
import type { Attributes, GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/graph.js';
import type { Case } from './op-case-forms.js';
import { x } from './op-case-forms.js';

const one =
  (op: string, inputs: (b: GraphBuilder) => readonly Value[], attributes: Attributes = {}, outputs = 1): Case =>
  (b) =>
    b.node(op, inputs(b), attributes, { outputs });

const onMatrix = (op: string): readonly Case[] => [one(op, (b) => [x(b, [2, 3])])];
const argument = (op: string): readonly Case[] => [
  one(op, (b) => [x(b, [2, 3, 4])], { axis: 1 }),
  one(op, (b) => [x(b, [2, 3, 4])], { axis: -1, keepdims: 0 }),
];

/** Ops that nothing here writes; every line of `shapes/foreign.ts` has one. */
export const FOREIGN_CASES: Readonly<Record<string, readonly Case[]>> = {
  ...Object.fromEntries(
    [
      'Acos',
      'Acosh',
      'Asin',
      'Asinh',
      'Atan',
      'Atanh',
      'Cosh',
      'EyeLike',
      'Hardmax',
      'IsInf',
      'IsNaN',
      'Shrink',
      'Sinh',
      'Tan',
      'Trilu',
    ].map((op) => [op, onMatrix(op)]),
  ),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  CumSum: [one('CumSum', (b) => [x(b, [2, 3]), b.ints([1], [])])],
  DequantizeLinear: [one('DequantizeLinear', (b) => [x(b, [2, 3], 'int8'), b.scalar(0.1)])],
  GatherElements: [one('GatherElements', (b) => [x(b, [2, 3]), b.ints([0, 1], [1, 2])], { axis: 1 })],
  GatherND: [
    one('GatherND', (b) => [x(b, [2, 3, 4]), b.ints([0, 1, 1, 2], [2, 2])]),
    one('GatherND', (b) => [x(b, [2, 3, 4]), b.ints([1, 2], [2, 1])], { batch_dims: 1 }),
  ],
  GridSample: [one('GridSample', (b) => [x(b, [2, 3, 4, 5]), x(b, [2, 6, 7, 2])])],
  QuantizeLinear: [
    one('QuantizeLinear', (b) => [x(b, [2, 3]), b.scalar(0.1)]),
    one('QuantizeLinear', (b) => [x(b, [2, 3]), b.scalar(0.1), b.constant(tensor('int8', [], Int8Array.of(3)))]),
  ],
  Range: [
    one('Range', (b) => [b.ints([1], []), b.ints([8], []), b.ints([3], [])]),
    one('Range', (b) => [b.scalar(1), b.scalar(-1), b.scalar(-0.5)]),
  ],
  ScatterND: [one('ScatterND', (b) => [x(b, [4, 2]), b.ints([1, 3], [2, 1]), b.constant(float32([2, 2], [1, 2, 3, 4]))])],
  TopK: [one('TopK', (b) => [x(b, [2, 5]), b.ints([3])], {}, 2)],
};
