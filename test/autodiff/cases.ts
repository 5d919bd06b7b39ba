import { codeOf } from '../../src/onnx/element-types.js';
import type { GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/graph.js';
import { float32, int64, tensor } from '../../src/tensor/tensor.js';
import { axes, binary, BROADCASTS, plain, reductions, unary, withInts } from './case-forms.js';
import { ACTIVATION_CASES } from './cases-activations.js';
import { IMAGE_CASES } from './cases-images.js';
import { NORMALIZATION_CASES } from './cases-normalization.js';
import type { Case } from './check-gradient.js';

/** Rows without a zero, with one and with two. */
const zeros = (b: GraphBuilder): Value => b.constant(float32([3, 4], [1, 2, 1, 1, 1, 0, 2, 1, 0, 1, 0, 1]));

/** Uses of every op that has a rule. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  ...ACTIVATION_CASES,
  ...IMAGE_CASES,
  ...NORMALIZATION_CASES,
  Abs: unary('Abs', 'distinct'),
  Add: binary('Add'),
  BatchNormalization: [[4, 3, 3, 2], [6, 2], [3, 2, 5]].flatMap((x) => [0, 1].map((training_mode): Case => {
    const channels = [x[1]!];
    return {
      what: `BatchNormalization ${JSON.stringify(x)}, training_mode ${training_mode}`,
      inputs: [x, channels, channels],
      build: (b, [value, scale, bias]) => {
        const [mean, variance] = [0.3, 1.7].map((each) => b.constant(float32(channels, channels.flatMap((c) => new Array<number>(c).fill(each)))));
        return b.op.BatchNormalization([value, scale, bias, mean!, variance!], { training_mode, epsilon: 0.01 });
      },
    };
  })), // prettier-ignore
  Cast: [
    { what: 'Cast to float64 and back', inputs: [[3, 4]], build: (b, [x]) => b.op.Cast([b.op.Cast([x], { to: codeOf('float64') })], { to: codeOf('float32') }) },
    { what: 'Cast, exp and a product in float64', inputs: [[3, 4]], build: (b, [x]) => {
      const wide = b.op.Cast([x], { to: codeOf('float64') });
      return b.op.Cast([b.op.Mul([b.op.Sqrt([b.op.Exp([wide])]), wide])], { to: codeOf('float32') });
    } },
  ], // prettier-ignore
  Clip: [
    { what: 'Clip both', inputs: [[4, 5]], draw: 'distinct', build: (b, [x]) => b.op.Clip([x, b.scalar(-1), b.scalar(1.2)]) },
    { what: 'Clip max', inputs: [[4, 5]], draw: 'distinct', build: (b, [x]) => b.op.Clip([x, null, b.scalar(0.6)]) },
    { what: 'Clip min', inputs: [[4, 5]], draw: 'distinct', build: (b, [x]) => b.op.Clip([x, b.scalar(0.2)]) },
    {
      what: 'Clip with wanted bounds',
      inputs: [[6, 10], [], []],
      draw: 'distinct',
      build: (b, [x, p, q]) => b.op.Clip([x, b.op.Min([p, q]), b.op.Max([p, q])]),
    },
  ],
  Cos: unary('Cos'),
  Concat: [
    plain(
      'Concat',
      [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      { axis: 1 },
    ),
    plain(
      'Concat',
      [
        [2, 3],
        [1, 3],
      ],
      { axis: -2 },
    ),
    { what: 'Concat with a constant', inputs: [[2, 2]], build: (b, [x]) => b.op.Concat([x, b.constant(float32([1, 2])), x], { axis: 0 }) },
  ],
  Div: BROADCASTS.map((inputs) => plain('Div', inputs, {}, 'positive')),
  Erf: unary('Erf'),
  Exp: unary('Exp'),
  Expand: [withInts('Expand', [3, 1], [[2, 3, 4]]), withInts('Expand', [], [[2, 2]]), withInts('Expand', [2, 3], [[1]])],
  Flatten: [plain('Flatten', [[2, 3, 4]], { axis: 2 }), plain('Flatten', [[2, 3]], { axis: 0 }), plain('Flatten', [[2, 3, 2]])],
  Gather: [
    { what: 'Gather repeated', inputs: [[5, 3]], build: (b, [x]) => b.op.Gather([x, b.ints([4, 0, 4, -1, 2])]) },
    {
      what: 'Gather axis 1, indices of rank 2',
      inputs: [[2, 4, 3]],
      build: (b, [x]) => b.op.Gather([x, b.constant(int64([0, 3, 3, 1, -2, 0], [2, 3]))], { axis: 1 }),
    },
    {
      what: 'Gather of indices that are computed',
      inputs: [[4, 3]],
      build: (b, [x]) =>
        b.op.Gather([x, b.op.Cast([b.op.Add([b.constant(float32([3], [0.2, 2.1, 1.7])), b.scalar(0.5)])], { to: codeOf('int64') })]),
    },
    { what: 'Gather one', inputs: [[2, 4]], build: (b, [x]) => b.op.Gather([x, b.constant(int64([2], []))], { axis: -1 }) },
  ],
  Gemm: [0, 1].flatMap((transA) => [0, 1].flatMap((transB) => {
    const [a, w] = [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4]];
    return [
      plain('Gemm', [a, w, [4]], { transA, transB }),
      plain('Gemm', [a, w, [2, 1]], { transA, transB, alpha: 0.7, beta: -1.3 }),
      plain('Gemm', [a, w], { transA, transB, alpha: 2 }),
    ];
  })), // prettier-ignore
  Identity: unary('Identity'),
  Log: unary('Log', 'positive'),
  LogSoftmax: axes('LogSoftmax'),
  Einsum: [
    plain('Einsum', [[2, 3, 4], [2, 4, 5]], { equation: 'bij,bjk->bik' }),
    plain('Einsum', [[2, 3, 4, 2], [2, 5, 4, 2]], { equation: 'bqhd,bkhd->bhqk' }),
    plain('Einsum', [[2, 3, 4], [4, 5]], { equation: '...d,de->...e' }),
    plain('Einsum', [[2, 3], [3, 4]], { equation: 'ij,jk' }),
    plain('Einsum', [[2, 3, 4]], { equation: 'ijk->ki' }),
    plain('Einsum', [[2, 3]], { equation: 'ij->' }),
    plain('Einsum', [[3], [4]], { equation: 'i,j->' }),
    plain('Einsum', [[2, 3, 4], [2, 3]], { equation: 'abc,ab->a' }),
  ], // prettier-ignore
  MatMul: [
    plain('MatMul', [
      [2, 3],
      [3, 4],
    ]),
    plain('MatMul', [
      [5, 2, 3],
      [3, 4],
    ]),
    plain('MatMul', [
      [5, 2, 3],
      [5, 3, 4],
    ]),
    plain('MatMul', [
      [2, 1, 2, 3],
      [4, 3, 2],
    ]),
    plain('MatMul', [
      [2, 3],
      [5, 3, 4],
    ]),
    plain('MatMul', [[3], [3, 4]]),
    plain('MatMul', [[2, 3], [3]]),
    plain('MatMul', [[3], [3]]),
    plain('MatMul', [[3], [5, 3, 2]]),
    plain('MatMul', [[5, 2, 3], [3]]),
  ],
  Max: [...binary('Max', 'distinct').slice(0, -1), plain('Max', [[4, 5], [5], [4, 1]], {}, 'distinct')],
  Min: [...binary('Min', 'distinct').slice(0, -1), plain('Min', [[4, 5], [5], [4, 1]], {}, 'distinct')],
  Mul: [...binary('Mul'), { what: 'Mul with itself', inputs: [[2, 3]], build: (b, [x]) => b.op.Mul([x, x]) }],
  Neg: unary('Neg'),
  Pad: [
    withInts('Pad', [2, 3], [[1, 0, 2, 1]]),
    withInts('Pad', [4, 5], [[1, -1, -2, 2]]),
    { what: 'Pad with a constant', inputs: [[2, 3]], build: (b, [x]) => b.op.Pad([x, b.ints([0, 1, 0, 1]), b.scalar(3)]) },
    { what: 'Pad with a wanted constant', inputs: [[2, 3], []], build: (b, [x, c]) => b.op.Pad([x, b.ints([1, 0, 2, 1]), c]) },
  ],
  Pow: [
    ...[2, 3, 0.5, -1].map((p): Case => ({
      what: `Pow ${p}`,
      inputs: [[3, 4]],
      draw: 'positive',
      build: (b, [x]) => b.op.Pow([x, b.scalar(p)]),
    })),
    { what: 'Pow of an integer exponent', inputs: [[3, 4]], build: (b, [x]) => b.op.Pow([x, b.ints([3])]) },
    {
      what: 'Pow of negative numbers',
      inputs: [[3, 4]],
      draw: 'distinct',
      build: (b, [x]) => b.op.Pow([x, b.constant(float32([4], [1, 2, 3, 2]))]),
    },
    plain('Pow', [[2, 3], [3]], {}, 'positive'),
    plain('Pow', [[3], [2, 1]], {}, 'positive'),
  ],
  Reciprocal: unary('Reciprocal', 'positive'),
  ReduceL1: reductions('ReduceL1', false, 'distinct'),
  ReduceL2: reductions('ReduceL2', false, 'positive'),
  ReduceMin: reductions('ReduceMin', false, 'distinct'),
  ReduceProd: [
    ...reductions('ReduceProd', false, 'positive').slice(0, -3),
    { what: 'ReduceProd over zeros', inputs: [[4]], build: (b, [x]) => b.op.ReduceProd([b.op.Mul([x, zeros(b)])], { axes: [1] }) },
  ],
  ReduceMax: reductions('ReduceMax', false, 'distinct'),
  ReduceMean: reductions('ReduceMean', false),
  ReduceSum: [...reductions('ReduceSum', true), withInts('ReduceSum', [2, 3], [[]], { noop_with_empty_axes: 1 })],
  ReduceSumSquare: reductions('ReduceSumSquare', false),
  Reshape: [withInts('Reshape', [2, 6], [[3, -1]]), withInts('Reshape', [2, 3, 2], [[0, 6]])],
  Sin: unary('Sin'),
  Slice: [
    withInts('Slice', [6, 5], [[1], [4]]),
    withInts(
      'Slice',
      [6, 5],
      [
        [-4, 0],
        [6, -1],
        [0, 1],
      ],
    ),
    withInts(
      'Slice',
      [7, 5],
      [
        [1, 0],
        [100, 4],
        [-2, -1],
        [2, 3],
      ],
    ),
    withInts(
      'Slice',
      [7, 6],
      [
        [-1, 4],
        [-100, 0],
        [0, 1],
        [-2, -1],
      ],
    ),
    withInts('Slice', [2, 3, 4], [[1], [3], [2], [1]]),
  ],
  Softmax: axes('Softmax'),
  Split: [
    { what: 'Split equal', inputs: [[2, 6]], build: (b, [x]) => b.node('Split', [x], { axis: 1 }, { outputs: 3 }) },
    { what: 'Split sizes', inputs: [[5, 2]], build: (b, [x]) => b.node('Split', [x, b.ints([1, 4])], { axis: 0 }, { outputs: 2 }) },
    {
      what: 'Split, one part unused',
      inputs: [[5, 2]],
      build: (b, [x]) => b.node('Split', [x, b.ints([1, 3, 1])], { axis: -2 }, { outputs: 3 }).filter((_, i) => i !== 1),
    },
  ],
  Sqrt: unary('Sqrt', 'positive'),
  Squeeze: [withInts('Squeeze', [2, 1, 3, 1], [[1, -1]]), plain('Squeeze', [[1, 3, 1]])],
  Sub: binary('Sub'),
  Tile: [withInts('Tile', [2, 3], [[3, 2]]), withInts('Tile', [1, 2, 2], [[2, 1, 3]])],
  Transpose: [plain('Transpose', [[2, 3, 4]], { perm: [2, 0, 1] }), plain('Transpose', [[2, 3, 4]])],
  Unsqueeze: [withInts('Unsqueeze', [2, 3], [[0, 2]]), withInts('Unsqueeze', [2, 3], [[-1]])],
  Where: [[[2, 3], [2, 3]], [[2, 1], [3]], [[], [4, 1, 1]]].map((inputs): Case => ({
    what: `Where ${JSON.stringify(inputs)}`,
    inputs,
    build: (b, [x, y]) => b.op.Where([b.constant(tensor('bool', [2, 1], Uint8Array.of(1, 0))), x, y]),
  })), // prettier-ignore
};
