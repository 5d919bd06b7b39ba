import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '../../src/tensor/tensor.js';
import { sizeOf, viewBytes, bytesPerElement, tensor } from '../../src/tensor/tensor.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/graph.js';
import { VIRTUAL } from '../../src/onnx/graph.js';
import { OPS } from '../../src/onnx/ops.js';
import { inferShapes } from '../../src/onnx/shapes/infer.js';
import { VIRTUAL_OPS } from '../../src/onnx/virtual-ops.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { openSession } from '../../src/runtime/onnxruntime.js';
import { blockSize } from '../../src/runtime/probe.js';
import { FOREIGN } from '../../src/onnx/shapes/foreign.js';
import { FOREIGN_CASES } from './foreign-op-cases.js';
import type { Case } from './op-case-forms.js';
import { BLOCKED_CASES, CASES, CONTRIB_CASES } from './op-cases.js';

const zeros = ({ type, dims }: Value): Tensor => tensor(type, dims, viewBytes(type, new Uint8Array(sizeOf(dims) * bytesPerElement(type))));

/** Runs one node in onnxruntime and holds its results against the rule. */
async function holds(one: Case): Promise<void> {
  const b = new GraphBuilder('one');
  const outputs = [one(b)].flat() as Value[];
  const graph = b.build(outputs);
  const session = await openSession(writeOnnx(graph), { threads: 1, optimization: 'disabled' });
  const results = await session.run(
    new Map(graph.inputs.map((value) => [value.name, zeros(value)])),
    outputs.map(({ name }) => name),
  );
  await session.release();
  for (const { name, type, dims } of outputs) {
    const got = results.get(name)!;
    assert.deepEqual(
      { type: got.type, dims: got.dims },
      { type, dims },
      `${name}: attributes ${Object.keys(graph.nodes[0]!.attributes).join()}, inputs ${graph.inputs.map((v) => v.dims.join('×')).join(' ')}`,
    );
  }
}

for (const op of OPS) {
  test(`shape of ${op} as onnxruntime makes it`, async () => {
    assert.ok(CASES[op].length > 0, `${op} needs a case`);
    for (const one of CASES[op]) await holds(one);
  });
}

for (const op of Object.keys(FOREIGN)) {
  test(`shape of ${op}, which only files have`, async () => {
    for (const one of FOREIGN_CASES[op]!) await holds(one);
  });
}

for (const [op, cases] of Object.entries(CONTRIB_CASES)) {
  test(`shape of onnxruntime's own ${op}`, async () => {
    for (const one of cases) await holds(one);
  });
}

for (const [op, cases] of Object.entries(BLOCKED_CASES)) {
  test(`shape of the blocked ${op} as onnxruntime makes it`, async (t) => {
    if ((await blockSize()) === 1) return t.skip('this CPU has no blocked convolutions');
    for (const one of cases) await holds(one);
  });
}

/** Forward node, gradient node: a gradient has the shape of what it is the gradient of. */
const GRADIENTS: Record<(typeof VIRTUAL_OPS)[number], (b: GraphBuilder) => readonly [Value, Value]> = {
  ConvInputGrad(b) {
    const [x, w, attributes] = convolution(b);
    const dy = b.op.Conv([x, w], attributes);
    return [x, b.node('ConvInputGrad', [dy, w], { ...attributes, shape: x.dims }, { domain: VIRTUAL })[0]!];
  },
  ConvWeightGrad(b) {
    const [x, w, attributes] = convolution(b);
    const dy = b.op.Conv([x, w], attributes);
    return [w, b.node('ConvWeightGrad', [x, dy], { ...attributes, shape: w.dims }, { domain: VIRTUAL })[0]!];
  },
  MaxPoolGrad(b) {
    const x = b.input('x', [2, 3, 9, 8]);
    const y = b.op.MaxPool([x], POOL);
    return [x, b.node('MaxPoolGrad', [x, y, y], POOL, { domain: VIRTUAL })[0]!];
  },
  AveragePoolGrad(b) {
    const x = b.input('x', [2, 3, 9, 8]);
    return [x, b.node('AveragePoolGrad', [b.op.AveragePool([x], POOL)], { ...POOL, shape: x.dims }, { domain: VIRTUAL })[0]!];
  },
  ReluGrad(b) {
    const x = b.input('x', [2, 3]);
    return [x, b.node('ReluGrad', [x, b.op.Relu([x])], {}, { domain: VIRTUAL })[0]!];
  },
  BatchNormalizationGrad(b) {
    const [x, scale] = [b.input('x', [2, 3, 4]), b.input('scale', [3])];
    const [, , dbias] = b.node('BatchNormalizationGrad', [x, x, scale], {}, { domain: VIRTUAL, outputs: 3 });
    assert.deepEqual(dbias!.dims, [3]);
    return [x, b.node('BatchNormalizationGrad', [x, x, scale, scale, scale], {}, { domain: VIRTUAL, outputs: 3 })[0]!];
  },
};
const POOL = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
const convolution = (b: GraphBuilder) =>
  [b.input('x', [2, 4, 9, 8]), b.input('w', [6, 2, 3, 3]), { group: 2, strides: [2, 1], pads: [1, 0, 1, 2], dilations: [1, 2] }] as const;

for (const op of VIRTUAL_OPS) {
  test(`shape of ${op}`, () => {
    const [of, gradient] = GRADIENTS[op](new GraphBuilder('gradient'));
    assert.deepEqual(gradient.dims, of.dims);
  });
}

const REFUSED: readonly (readonly [string, (b: GraphBuilder) => unknown, string])[] = [
  [
    'channels',
    (b) => b.op.Conv([b.input('x', [1, 4, 8, 8]), b.input('w', [16, 3, 3, 3])], {}, 'conv1'),
    'Conv (node conv1): input channels must be 3 (weight [16, 3, 3, 3]), got 4',
  ],
  [
    'a kernel larger than the image',
    (b) => b.op.Conv([b.input('x', [1, 3, 2, 2]), b.input('w', [16, 3, 5, 5])], { pads: [1, 1, 1, 1] }, 'c'),
    'Conv (node c): the window [5, 5] must fit into the padded input, got [4, 4]',
  ],
  [
    'broadcasting',
    (b) => b.op.Add([b.input('x', [2, 3]), b.input('y', [2])], {}, 'sum'),
    'Add (node sum): shapes must broadcast, got [2, 3] and [2]',
  ],
  ['types', (b) => b.op.Add([b.input('x', [1]), b.ints([1])], {}, 's'), 'Add (node s): inputs must have one type, got float32 and int64'],
  [
    'reshape',
    (b) => b.op.Reshape([b.input('x', [2, 3]), b.ints([4, -1])], {}, 'r'),
    'Reshape (node r): shape must hold the 6 elements of [2, 3], got [4, -1]',
  ],
  [
    'a computed shape',
    (b) => b.op.Reshape([b.input('x', [2, 3]), b.input('s', [2], 'int64')], {}, 'r'),
    'Reshape (node r): shape must be a constant, got the computed value s',
  ],
  ['a missing input', (b) => b.op.MatMul([b.input('x', [2, 3])], {}, 'm'), 'MatMul (node m): input 1 (b) must be given, got nothing'],
  ['an axis', (b) => b.op.Softmax([b.input('x', [2, 3])], { axis: 2 }, 's'), 'Softmax (node s): axis must lie in [-2, 1], got 2'],
  [
    'axes in the wrong place',
    (b) => b.op.ReduceMean([b.input('x', [2, 3]), b.ints([1])], {}, 'mean'),
    'ReduceMean (node mean): axes must be an attribute before opset 18, got an input',
  ],
  [
    'an index',
    (b) => b.op.Gather([b.input('x', [2, 3]), b.ints([3])], { axis: 1 }, 'g'),
    'Gather (node g): indices must lie in [-3, 2] (axis 1 of [2, 3]), got 3',
  ],
  [
    'a kind of attribute',
    (b) => b.op.Softmax([b.input('x', [2, 3])], { axis: 'last' }, 's'),
    'Softmax (node s): attribute axis must be int, got string',
  ],
  ['an unknown op', (b) => b.node('Relo', [b.input('x', [2])], {}, { names: ['r'] }), 'Relo (node r): no shape rule for this op'],
  ['an unknown domain', (b) => b.add({ op: 'Fancy', domain: 'com.acme', name: 'mid', inputs: [b.input('x', [2]).name], outputs: ['r'], attributes: {} }), 'Fancy (node mid): no shape rule for this op of com.acme'], // prettier-ignore
  [
    'too many outputs',
    (b) => b.node('Relu', [b.input('x', [2])], {}, { names: ['r', 's'] }),
    'Relu (node r): must have at most 1 outputs, got 2',
  ],
  [
    'a gradient of another shape',
    (b) =>
      b.node(
        'ConvInputGrad',
        [b.input('dy', [1, 4, 7, 7]), b.input('w', [4, 3, 3, 3])],
        { shape: [1, 3, 8, 8] },
        { domain: VIRTUAL, names: ['dx'] },
      ),
    'ConvInputGrad (node dx): dy must have shape [1, 4, 6, 6], got [1, 4, 7, 7]',
  ],
];

for (const [what, build, message] of REFUSED) {
  test(`a node that does not fit is named: ${what}`, () => {
    assert.throws(() => build(new GraphBuilder('refused')), { message });
  });
}

test('inferShapes finds again what the builder found, and refuses disorder', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2, 3]);
  const y = b.op.Relu([b.op.Transpose([x], {}, 't')], {}, 'y');
  const graph = b.build([y]);
  assert.deepEqual(
    [...inferShapes(graph).values()].map(({ name, dims }) => [name, ...dims]),
    [
      ['x', 2, 3],
      ['t', 3, 2],
      ['y', 3, 2],
    ],
  );
  assert.throws(() => inferShapes({ ...graph, nodes: graph.nodes.toReversed() }), {
    message: 'Relu (node y): input t must be made before it is used, got no such value',
  });
  assert.throws(() => inferShapes({ ...graph, nodes: [...graph.nodes, graph.nodes[0]!] }), {
    message: 'graph g: value names must be unique, got t twice',
  });
});
