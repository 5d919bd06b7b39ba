import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagAttributes } from '../../src/onnx/builder.js';
import type { Attributes } from '../../src/onnx/builder.js';
import type { Graph } from '../../src/onnx/graph.js';
import { OPSET } from '../../src/onnx/graph.js';
import { DECOMPOSED } from '../../src/onnx/imports/decompositions.js';
import { NEWER } from '../../src/onnx/imports/newer-forms.js';
import { OLDER } from '../../src/onnx/imports/older-forms.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { compile } from '../../src/runtime/compile.js';
import { openSession } from '../../src/runtime/onnxruntime.js';
import { random } from '../../src/tensor/random.js';
import type { FloatTensor, Tensor } from '../../src/tensor/tensor.js';
import { float32, floats, int64, sizeOf, tensor } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

const DIMS = [2, 6, 3, 4];

/** Of old attributes the spec says float where JavaScript cannot tell. */
const tagged = (attributes: Attributes): Graph['nodes'][number]['attributes'] =>
  Object.fromEntries(
    Object.entries(tagAttributes(attributes)).map(([name, each]) => [
      name,
      each.kind === 'int' && ['min', 'max', 'ratio', 'bias', 'value'].includes(name) ? { ...each, kind: 'float' } : each,
    ]),
  );

/** One node of some operator set, on `x` and constants. */
function graphOf(
  op: string,
  opset: number,
  attributes: Attributes = {},
  constants: readonly Tensor[] = [],
  { dims = DIMS, out = dims, outputs = ['y'] }: { dims?: readonly number[]; out?: readonly number[]; outputs?: readonly string[] } = {},
): Graph {
  const names = constants.map((_, i) => `c${i}`);
  const node = { op, domain: '', name: 'node', inputs: ['x', ...names], outputs, attributes: tagged(attributes) };
  return {
    name: op,
    inputs: [{ name: 'x', type: 'float32', dims }],
    outputs: [{ name: 'y', type: 'float32', dims: out }],
    nodes: [node],
    initializers: new Map<string, Tensor>(names.map((name, i) => [name, constants[i]!])),
    opsets: { '': opset },
  };
}

const drawn = (dims: readonly number[], seed: number): FloatTensor => {
  const { normal } = random(seed, 'newer');
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => 2 * normal()),
  );
};

const positive = (dims: readonly number[], seed: number): FloatTensor =>
  float32(
    dims,
    drawn(dims, seed).data.map((v) => Math.abs(v) + 0.1),
  );

const CASES: Readonly<Record<string, readonly Graph[]>> = {
  BatchNormalization: [
    graphOf(
      'BatchNormalization',
      9,
      { epsilon: 1e-3, momentum: 0.8 },
      [1, 2, 3, 4].map((seed) => positive([6], seed)),
    ),
  ],
  Cast: [graphOf('Cast', 19, { to: 1 }), graphOf('Cast', 13, { to: 1 })],
  CastLike: [graphOf('CastLike', 15, {}, [drawn([2], 1)])],
  Celu: [graphOf('Celu', 12, { alpha: 0.7 })],
  Clip: [graphOf('Clip', 9, { min: -0.5, max: 0.7 }), graphOf('Clip', 10, { max: 0.7 }), graphOf('Clip', 9, {})],
  DepthToSpace: [
    graphOf('DepthToSpace', 11, { blocksize: 2 }, [], { dims: [2, 8, 3, 2], out: [2, 2, 6, 4] }),
    graphOf('DepthToSpace', 13, { blocksize: 2, mode: 'CRD' }, [], { dims: [2, 8, 3, 2], out: [2, 2, 6, 4] }),
  ],
  DequantizeLinear: [roundTrip(13), roundTrip(21, { saturate: 1 }, { block_size: 0 })],
  Dropout: [graphOf('Dropout', 10, { ratio: 0.4 })],
  Gelu: [graphOf('Gelu', 20), graphOf('Gelu', 20, { approximate: 'tanh' })],
  GroupNormalization: [
    graphOf('GroupNormalization', 21, { num_groups: 3, epsilon: 1e-3 }, [drawn([6], 1), drawn([6], 2)]),
    graphOf('GroupNormalization', 18, { num_groups: 2 }, [drawn([2], 3), drawn([2], 4)]),
  ],
  LRN: [graphOf('LRN', 13, { size: 3, alpha: 0.2, beta: 0.6, bias: 1.5 }), graphOf('LRN', 9, { size: 5 })],
  LogSoftmax: [graphOf('LogSoftmax', 11), graphOf('LogSoftmax', 11, { axis: 2 }), graphOf('LogSoftmax', 12, { axis: -1 })],
  LpNormalization: [graphOf('LpNormalization', 9, { p: 1, axis: 1 }), graphOf('LpNormalization', 9)],
  Mean: [graphOf('Mean', 13, {}, [drawn([3, 4], 1), drawn([1], 2)])],
  Mish: [graphOf('Mish', 18)],
  Pad: [
    graphOf('Pad', 10, { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: 0.3 }, [], { out: [2, 6, 4, 7] }),
    graphOf('Pad', 18, {}, [int64([1, 2]), drawn([], 1), int64([-2])], { out: [2, 6, 6, 4] }),
  ],
  QuantizeLinear: [roundTrip(19, { saturate: 0 })],
  RMSNormalization: [
    graphOf('RMSNormalization', 23, { epsilon: 1e-3 }, [drawn([4], 1)]),
    graphOf('RMSNormalization', 23, { axis: 2 }, [drawn([3, 4], 1)]),
  ],
  ReduceL1: reduction('ReduceL1'),
  ReduceL2: reduction('ReduceL2'),
  ReduceLogSum: reduction('ReduceLogSum', 'positive'),
  ReduceLogSumExp: reduction('ReduceLogSumExp'),
  ReduceMax: reduction('ReduceMax'),
  ReduceMean: reduction('ReduceMean'),
  ReduceMin: reduction('ReduceMin'),
  ReduceProd: reduction('ReduceProd'),
  ReduceSum: [
    graphOf('ReduceSum', 11, { axes: [1, -1], keepdims: 0 }, [], { out: [2, 3] }),
    graphOf('ReduceSum', 11, {}, [], { out: [1, 1, 1, 1] }),
  ],
  ReduceSumSquare: reduction('ReduceSumSquare'),
  Resize: [graphOf('Resize', 10, { mode: 'nearest' }, [float32([4], [1, 1, 2, 3])], { out: [2, 6, 6, 12] })],
  Scatter: [graphOf('Scatter', 9, { axis: 3 }, [int64([1, 3], [1, 1, 1, 2]), drawn([1, 1, 1, 2], 1)])],
  Selu: [graphOf('Selu', 9), graphOf('Selu', 9, { alpha: 1.2, gamma: 0.9 })],
  Slice: [
    graphOf('Slice', 9, { starts: [1, -3], ends: [3, 9], axes: [2, 3] }, [], { out: [2, 6, 2, 3] }),
    graphOf('Slice', 9, { starts: [1], ends: [9] }, [], { out: [1, 6, 3, 4] }),
  ],
  Softmax: [graphOf('Softmax', 11), graphOf('Softmax', 11, { axis: 2 }), graphOf('Softmax', 9, { axis: 3 })],
  Softsign: [graphOf('Softsign', 9)],
  SpaceToDepth: [graphOf('SpaceToDepth', 13, { blocksize: 2 }, [], { dims: [1, 2, 4, 6], out: [1, 8, 2, 3] })],
  Split: [
    graphOf('Split', 11, { axis: 1, split: [2, 4] }, [], { out: [2, 2, 3, 4], outputs: ['y', 'rest'] }),
    graphOf('Split', 18, { axis: 1, num_outputs: 3 }, [], { out: [2, 2, 3, 4], outputs: ['y', 'b', 'c'] }),
  ],
  Squeeze: [
    graphOf('Squeeze', 11, { axes: [0] }, [], { dims: [1, 3, 1], out: [3, 1] }),
    graphOf('Squeeze', 9, {}, [], { dims: [1, 3, 1], out: [3] }),
  ],
  Sum: [graphOf('Sum', 13, {}, [drawn([3, 4], 1), drawn([1], 2)]), graphOf('Sum', 9)],
  Swish: [graphOf('Swish', 24), graphOf('Swish', 24, { alpha: 1.7 })],
  ThresholdedRelu: [graphOf('ThresholdedRelu', 10, { alpha: 0.4 })],
  Unsqueeze: [graphOf('Unsqueeze', 11, { axes: [0, 2] }, [], { dims: [2, 3], out: [1, 2, 1, 3] })],
  Upsample: [
    graphOf('Upsample', 9, { mode: 'nearest' }, [float32([4], [1, 1, 2, 3])], { out: [2, 6, 6, 12] }),
    graphOf('Upsample', 9, { mode: 'linear' }, [float32([4], [1, 1, 2, 3])], { out: [2, 6, 6, 12] }),
  ],
};

/** Rounded to integers and back. */
function roundTrip(opset: number, rounding: Attributes = {}, back: Attributes = {}): Graph {
  const graph = graphOf('QuantizeLinear', opset, rounding, [positive([], 1), tensor('uint8', [], Uint8Array.of(7))]);
  const [node] = graph.nodes;
  const inverse = { ...node!, op: 'DequantizeLinear', name: 'back', inputs: ['q', 'c0', 'c1'], attributes: tagged(back) };
  return { ...graph, nodes: [{ ...node!, outputs: ['q'] }, inverse] };
}

/** Over an attribute of axes in opset 13, over an input of them and over none in opset 18. */
function reduction(op: string, values?: 'positive'): Graph[] {
  const some = [
    graphOf(op, 13, { axes: [1, 3] }, [], { out: [2, 1, 3, 1] }),
    graphOf(op, 18, { keepdims: 0 }, [int64([-1])], { out: [2, 6, 3] }),
    graphOf(op, 18, {}, [], { out: [1, 1, 1, 1] }),
  ];
  const none = graphOf(op, 18, { noop_with_empty_axes: 1 });
  return values === 'positive' ? some.map((graph) => ({ ...graph, name: values })) : op === 'ReduceMean' ? [...some, none] : some;
}

test('every form has a case', () => {
  const forms = [...Object.keys(OLDER), ...Object.keys(NEWER), ...Object.keys(DECOMPOSED)];
  assert.deepEqual(Object.keys(CASES).sort(), [...new Set(forms)].sort());
});

for (const [op, graphs] of Object.entries(CASES)) {
  test(`${op}: read as operator set 17, the values of onnxruntime's own op`, async () => {
    for (const graph of graphs) {
      const bytes = writeOnnx(graph);
      const { dims } = graph.inputs[0]!;
      const feeds = new Map<string, Tensor>([['x', graph.name === 'positive' ? positive(dims, 7) : drawn(dims, 7)]]);
      const native = await openSession(bytes, { threads: 1, optimization: 'disabled' });
      const expected = floats((await native.run(feeds, ['y'])).get('y'), 'y');
      await native.release();
      const read = await readOnnx(bytes);
      assert.equal(read.opsets[''], OPSET);
      assert.deepEqual(read.outputs, graph.outputs);
      const session = await compile(read, { threads: 1 });
      const what = `${op} ${graph.opsets['']} ${JSON.stringify(graph.nodes[0]!.attributes)}`;
      assertClose(floats((await session.run(feeds)).get('y'), 'y'), expected, { relative: 1e-5, absolute: 3e-6 }, what);
      await session.release();
    }
  });
}
