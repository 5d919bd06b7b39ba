import { float32, int64, tensor } from '../../src/tensor/tensor.js';
import type { GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/graph.js';
import { CONTRIB, NCHWC } from '../../src/onnx/graph.js';
import type { OpName } from '../../src/onnx/ops.js';
import type { Case } from './op-case-forms.js';
import { binary, conv, logic, pool, reduce, slice, softmax, transposed, unary, variadic, x } from './op-case-forms.js';

/** Cases of every op that the builder offers. The shape rules are held against what onnxruntime makes of them. */
export const CASES: Record<OpName, readonly Case[]> = {
  And: logic('And'),
  Ceil: unary('Ceil'),
  Cos: unary('Cos'),
  Dropout: [
    (b) => b.op.Dropout([x(b, [2, 3])]),
    (b) => b.node('Dropout', [x(b, [2, 3]), b.scalar(0.2), b.constant(tensor('bool', [], Uint8Array.of(1)))], { seed: 3 }, { outputs: 2 }),
  ],
  Elu: unary('Elu'),
  Floor: unary('Floor'),
  GreaterOrEqual: binary('GreaterOrEqual'),
  HardSwish: unary('HardSwish'),
  LessOrEqual: binary('LessOrEqual'),
  Or: logic('Or'),
  PRelu: [(b) => b.op.PRelu([x(b, [2, 3, 4]), x(b, [3, 1])]), (b) => b.op.PRelu([x(b, [2, 3]), x(b, [])])],
  ReduceL1: reduce('ReduceL1'),
  ReduceL2: reduce('ReduceL2'),
  ReduceMin: reduce('ReduceMin'),
  ReduceProd: reduce('ReduceProd'),
  Resize: [
    (b) => b.op.Resize([x(b, [1, 2, 3, 5]), null, b.constant(float32([4], [1, 1, 2, 1.7]))], { mode: 'nearest' }),
    (b) => b.op.Resize([x(b, [1, 2, 3, 5]), null, b.constant(float32([4], [1, 1, 0.7, 0.6]))], { mode: 'linear' }),
    (b) => b.op.Resize([x(b, [1, 2, 3, 5]), null, null, b.ints([1, 2, 7, 4])], { mode: 'cubic' }),
  ],
  Round: unary('Round'),
  Sin: unary('Sin'),
  Softplus: unary('Softplus'),
  Xor: logic('Xor'),
  Abs: unary('Abs'),
  Add: binary('Add'),
  AveragePool: pool('AveragePool'),
  BatchNormalization: [
    (b) => b.op.BatchNormalization([x(b, [2, 3, 4]), x(b, [3]), x(b, [3]), x(b, [3]), x(b, [3])]),
    (b) =>
      b.node('BatchNormalization', [x(b, [2, 3, 4]), x(b, [3]), x(b, [3]), x(b, [3]), x(b, [3])], { training_mode: 1 }, { outputs: 3 }),
  ],
  Cast: [1, 6, 7, 9, 11].map(
    (to): Case =>
      (b) =>
        b.op.Cast([x(b, [2, 3])], { to }),
  ),
  Clip: [(b) => b.op.Clip([x(b, [2, 3]), b.scalar(-1), b.scalar(1)]), (b) => b.op.Clip([x(b, [2, 3]), null, b.scalar(1)])],
  Concat: [
    (b) => b.op.Concat([x(b, [2, 3]), x(b, [2, 5])], { axis: 1 }),
    (b) => b.op.Concat([x(b, [2, 3, 1]), x(b, [4, 3, 1]), x(b, [1, 3, 1])], { axis: -3 }),
  ],
  ConstantOfShape: [(b) => b.op.ConstantOfShape([b.ints([2, 3])]), (b) => b.op.ConstantOfShape([b.ints([])], { value: int64([7]) })],
  Conv: [
    conv({}),
    (b) => b.op.Conv([x(b, [2, 3, 9, 8]), x(b, [4, 3, 3, 3]), x(b, [4])], { kernel_shape: [3, 3] }),
    conv({ strides: [2, 3], pads: [1, 0, 2, 1], dilations: [2, 1] }),
    conv({ group: 3 }, [6, 1, 3, 3]),
    conv({ group: 2, pads: [1, 1] }, [6, 2, 3], [2, 4, 7]),
    conv({ auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    conv({ auto_pad: 'SAME_LOWER', strides: [2, 3] }),
    conv({ auto_pad: 'VALID', strides: [2, 2] }),
  ],
  ConvTranspose: [
    transposed({}),
    transposed({ strides: [2, 3], pads: [1, 0, 1, 2], output_padding: [1, 0], dilations: [1, 2] }),
    transposed({ group: 3 }, [3, 2, 2, 2]),
    transposed({ strides: [2, 2], auto_pad: 'SAME_UPPER' }),
    transposed({ strides: [2, 2], output_shape: [10, 12] }),
  ],
  Div: binary('Div'),
  Equal: binary('Equal'),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expand: [(b) => b.op.Expand([x(b, [3, 1]), b.ints([2, 1, 4])]), (b) => b.op.Expand([x(b, [2, 3]), b.ints([1, 1])])],
  Flatten: [0, 1, 2, 3, -1].map(
    (axis): Case =>
      (b) =>
        b.op.Flatten([x(b, [2, 3, 4])], { axis }),
  ),
  Gather: [
    (b) => b.op.Gather([x(b, [5, 6]), b.ints([0, 4, -1, 2], [2, 2])]),
    (b) => b.op.Gather([x(b, [5, 6]), b.ints([3], [])], { axis: -1 }),
  ],
  Gemm: [
    (b) => b.op.Gemm([x(b, [2, 3]), x(b, [3, 4]), x(b, [4])], { alpha: 0.5 }),
    (b) => b.op.Gemm([x(b, [3, 2]), x(b, [4, 3]), x(b, [2, 1])], { transA: 1, transB: 1 }),
    (b) => b.op.Gemm([x(b, [2, 3]), x(b, [3, 4])]),
  ],
  GlobalAveragePool: [(b) => b.op.GlobalAveragePool([x(b, [2, 3, 4, 5])]), (b) => b.op.GlobalAveragePool([x(b, [2, 3, 4])])],
  GlobalMaxPool: [(b) => b.op.GlobalMaxPool([x(b, [2, 3, 4, 5])])],
  Greater: binary('Greater'),
  HardSigmoid: unary('HardSigmoid'),
  Identity: unary('Identity'),
  InstanceNormalization: [(b) => b.op.InstanceNormalization([x(b, [2, 3, 4, 5]), x(b, [3]), x(b, [3])])],
  LayerNormalization: [
    (b) => b.op.LayerNormalization([x(b, [2, 3, 4]), x(b, [4]), x(b, [4])]),
    (b) => b.op.LayerNormalization([x(b, [2, 3, 4]), x(b, [3, 4])], { axis: 1, epsilon: 1e-6 }),
    (b) => b.node('LayerNormalization', [x(b, [2, 3, 4]), x(b, [4]), x(b, [4])], { axis: -1 }, { outputs: 3 }),
  ],
  LeakyRelu: unary('LeakyRelu'),
  Less: binary('Less'),
  Log: unary('Log'),
  LogSoftmax: softmax('LogSoftmax'),
  Einsum: [
    (b) => b.op.Einsum([x(b, [5, 2, 3]), x(b, [5, 3, 4])], { equation: 'bij, bjk -> bik' }),
    (b) => b.op.Einsum([x(b, [2, 3, 4]), x(b, [4, 5])], { equation: '...d,de->...e' }),
    (b) => b.op.Einsum([x(b, [2, 1, 3, 4]), x(b, [6, 4, 5])], { equation: 'b...ij,...jk' }),
    (b) => b.op.Einsum([x(b, [3, 2]), x(b, [2, 4])], { equation: 'ij,jk' }),
    (b) => b.op.Einsum([x(b, [3, 3])], { equation: 'ii->i' }),
    (b) => b.op.Einsum([x(b, [2, 3])], { equation: 'ij->' }),
    (b) => b.op.Einsum([x(b, [2]), x(b, [3]), x(b, [2, 3])], { equation: 'i,j,ij->ji' }),
  ],
  MatMul: [
    (b) => b.op.MatMul([x(b, [2, 3]), x(b, [3, 4])]),
    (b) => b.op.MatMul([x(b, [5, 1, 2, 3]), x(b, [6, 3, 4])]),
    (b) => b.op.MatMul([x(b, [3]), x(b, [5, 3, 4])]),
    (b) => b.op.MatMul([x(b, [5, 2, 3]), x(b, [3])]),
    (b) => b.op.MatMul([x(b, [3]), x(b, [3])]),
  ],
  Max: variadic('Max'),
  MaxPool: [
    ...pool('MaxPool'),
    (b) => b.node('MaxPool', [x(b, [2, 3, 8, 8])], { kernel_shape: [2, 2], dilations: [2, 1], strides: [2, 2] }, { outputs: 2 }),
  ],
  Min: variadic('Min'),
  Mod: [(b) => b.op.Mod([x(b, [2, 3]), x(b, [3])], { fmod: 1 }), (b) => b.op.Mod([b.ints([5, -3]), b.ints([4])])],
  Mul: binary('Mul'),
  Neg: unary('Neg'),
  Not: [(b) => b.op.Not([x(b, [2, 3], 'bool')])],
  OneHot: [
    (b) => b.op.OneHot([x(b, [2, 3], 'int64'), b.ints([4], []), b.constant(float32([2], [0, 1]))]),
    (b) => b.op.OneHot([x(b, [2, 3], 'int64'), b.ints([4]), b.ints([0, 1])], { axis: 0 }),
  ],
  Pad: [
    (b) => b.op.Pad([x(b, [3, 4]), b.ints([1, 0, 2, 3])]),
    (b) => b.op.Pad([x(b, [3, 4]), b.ints([0, -1, 1, -2]), b.scalar(7)], { mode: 'constant' }),
    (b) => b.op.Pad([x(b, [3, 4]), b.ints([1, 0, 1, 2])], { mode: 'reflect' }),
  ],
  Pow: [...binary('Pow'), (b) => b.op.Pow([x(b, [2, 3]), b.ints([2], [])])],
  Reciprocal: unary('Reciprocal'),
  ReduceMax: reduce('ReduceMax'),
  ReduceMean: reduce('ReduceMean'),
  ReduceSum: [
    (b) => b.op.ReduceSum([x(b, [2, 3, 4])]),
    (b) => b.op.ReduceSum([x(b, [2, 3, 4]), b.ints([0, -1])]),
    (b) => b.op.ReduceSum([x(b, [2, 3, 4]), b.ints([1])], { keepdims: 0 }),
    (b) => b.op.ReduceSum([x(b, [2, 3, 4])], { noop_with_empty_axes: 1 }),
  ],
  ReduceSumSquare: reduce('ReduceSumSquare'),
  Relu: unary('Relu'),
  Reshape: [
    (b) => b.op.Reshape([x(b, [2, 3, 4]), b.ints([0, -1])]),
    (b) => b.op.Reshape([x(b, [2, 3, 4]), b.ints([4, 1, 6])]),
    (b) => b.op.Reshape([x(b, [1, 1]), b.ints([])]),
  ],
  ScatterElements: [
    (b) => b.op.ScatterElements([x(b, [3, 4]), b.ints([0, 2], [1, 2]), x(b, [1, 2])], { axis: 1 }),
    (b) => b.op.ScatterElements([x(b, [3, 4]), b.ints([0, 1, 1], [3, 1]), x(b, [3, 1])], { reduction: 'add' }),
  ],
  Sigmoid: unary('Sigmoid'),
  Sign: unary('Sign'),
  Slice: [
    slice([1], [4]),
    slice([0, 1], [5, 100], [0, 1], [2, 3]),
    slice([-1], [-100], [1], [-1]),
    slice([-2], [-5], [-1], [-2]),
    slice([100], [0], [0], [-2]),
    slice([4], [2], [0]),
    slice([-100, 2], [3, -1], [1, 0]),
  ],
  Softmax: softmax('Softmax'),
  Split: [
    (b) => b.node('Split', [x(b, [6, 4])], {}, { outputs: 3 }),
    (b) => b.node('Split', [x(b, [2, 6]), b.ints([1, 5])], { axis: -1 }, { outputs: 2 }),
  ],
  Sqrt: unary('Sqrt'),
  Squeeze: [(b) => b.op.Squeeze([x(b, [1, 2, 1, 3])]), (b) => b.op.Squeeze([x(b, [1, 2, 1, 3]), b.ints([-2])])],
  Sub: binary('Sub'),
  Tanh: unary('Tanh'),
  Tile: [(b) => b.op.Tile([x(b, [2, 3]), b.ints([2, 1])])],
  Transpose: [(b) => b.op.Transpose([x(b, [2, 3, 4])]), (b) => b.op.Transpose([x(b, [2, 3, 4])], { perm: [1, 2, 0] })],
  Unsqueeze: [(b) => b.op.Unsqueeze([x(b, [2, 3]), b.ints([0, -1])]), (b) => b.op.Unsqueeze([x(b, []), b.ints([0])])],
  Where: [
    (b) => b.op.Where([x(b, [2, 1], 'bool'), x(b, [3]), x(b, [])]),
    (b) => b.op.Where([b.constant(tensor('bool', [2], Uint8Array.of(1, 0))), b.ints([1, 2]), b.ints([3], [1])]),
  ],
};

/** onnxruntime's own ops. */
export const CONTRIB_CASES: Readonly<Record<string, readonly Case[]>> = {
  Gelu: [(b) => b.node('Gelu', [x(b, [2, 3])], {}, { domain: CONTRIB })],
};

const blocked = (b: GraphBuilder, op: string, inputs: readonly (Value | null)[], attributes = {}): Value =>
  b.node(op, inputs, attributes, { domain: NCHWC })[0]!;

/** onnxruntime's blocked ops; 32 channels are whole blocks of 16 and of 8. */
export const BLOCKED_CASES: Readonly<Record<string, readonly Case[]>> = {
  Conv: [
    (b) => blocked(b, 'Conv', [x(b, [2, 32, 8, 8]), x(b, [16, 32, 3, 3])], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }),
    (b) => blocked(b, 'Conv', [x(b, [2, 3, 8, 8]), x(b, [16, 3, 3, 3]), x(b, [16])], { kernel_shape: [3, 3] }),
    (b) =>
      blocked(b, 'Conv', [x(b, [2, 32, 8, 8]), x(b, [32, 32, 1, 1]), x(b, [32]), x(b, [2, 32, 8, 8])], {
        kernel_shape: [1, 1],
        activation: 'Relu',
      }),
  ],
  MaxPool: [(b) => blocked(b, 'MaxPool', [x(b, [2, 32, 8, 8])], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] })],
  AveragePool: [(b) => blocked(b, 'AveragePool', [x(b, [2, 32, 8, 8])], { kernel_shape: [2, 2], strides: [2, 2] })],
  GlobalAveragePool: [(b) => blocked(b, 'GlobalAveragePool', [x(b, [2, 32, 4, 8])])],
  ReorderInput: [
    (b) => blocked(b, 'ReorderInput', [x(b, [2, 32, 4, 5])]),
    (b) => blocked(b, 'ReorderInput', [x(b, [2, 4, 5, 32])], { channels_last: 1 }),
  ],
  ReorderOutput: [
    (b) => blocked(b, 'ReorderOutput', [x(b, [2, 32, 4, 5])], { channels: 30 }),
    (b) => blocked(b, 'ReorderOutput', [x(b, [2, 32, 4, 5])], { channels: 32, channels_last: 1 }),
  ],
};
