import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, int64, tensor } from '../../src/tensor/tensor.js';
import { fold } from '../../src/onnx/edits/fold.js';
import type { Attribute, Graph, Node } from '../../src/onnx/graph.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { openSession } from '../../src/runtime/onnxruntime.js';

type Line = readonly [output: string, op: string, inputs: string, attributes?: Record<string, Attribute>];

const INITIALIZERS = new Map<string, Tensor>([
  ['zero', int64([0], [])],
  ['ints', int64([5, -7, 0, 3])],
  ['column', int64([2, -3], [2, 1])],
  ['three', int64([3])],
  ['first', int64([0])],
  ['minusOne', int64([-1])],
  ['two', int64([2])],
  ['end', tensor('int64', [1], BigInt64Array.of(2n ** 63n - 1n))],
  ['pair', int64([2, -4], [2])],
  ['lowest', int64([-1000])],
  ['one', int64([1])],
  ['grid', int64([2, 4])],
  ['bound', tensor('float64', [], Float64Array.of(-0.1))],
  ['scales', float32([2], [1, 2.5])],
  ['weights', float32([9])],
]);

/** Everything that `fold` can compute, on x [2, 3, 5]. */
const LINES: readonly Line[] = [
  ['shape', 'Shape', 'x'],
  ['tail', 'Shape', 'x', { start: { kind: 'int', value: -2 } }],
  ['batch', 'Gather', 'shape zero'],
  ['picked', 'Gather', 'shape minusOne'],
  ['row', 'Unsqueeze', 'batch first'],
  ['scalar', 'Squeeze', 'row first'],
  ['view', 'Concat', 'row minusOne', { axis: { kind: 'int', value: 0 } }],
  ['sum', 'Add', 'ints column'],
  ['difference', 'Sub', 'ints column'],
  ['product', 'Mul', 'column ints'],
  ['quotient', 'Div', 'ints two'],
  ['negative', 'Neg', 'ints'],
  ['most', 'Max', 'ints column zero'],
  ['least', 'Min', 'ints column'],
  ['equal', 'Equal', 'ints three'],
  ['less', 'Less', 'ints column'],
  ['greater', 'Greater', 'ints column'],
  ['not', 'Not', 'equal'],
  ['chosen', 'Where', 'less ints column'],
  ['cast', 'Cast', 'less', { to: { kind: 'int', value: 6 } }],
  ['slice', 'Slice', 'ints minusOne end'],
  ['inner', 'Slice', 'ints first minusOne'],
  ['filled', 'ConstantOfShape', 'tail', { value: { kind: 'tensor', value: int64([9]) } }],
  ['grown', 'Expand', 'column grid'],
  ['folded', 'Reshape', 'ints pairs'],
  ['pairs', 'Concat', 'two two', { axis: { kind: 'int', value: 0 } }],
  ['same', 'Identity', 'pair'],
  ['remainder', 'Mod', 'ints column'],
  ['notLess', 'GreaterOrEqual', 'ints column'],
  ['notGreater', 'LessOrEqual', 'ints column'],
  // as PyTorch's exporter turns the padding of its last axes first into that of ONNX
  ['rows', 'Reshape', 'ints pairs'],
  ['reversed', 'Slice', 'rows minusOne lowest first minusOne'],
  ['turned', 'Transpose', 'reversed', { perm: { kind: 'ints', value: [1, 0] } }],
  ['every', 'Slice', 'rows first end one two'],
  // bounds of Clip and scales of Resize
  ['float', 'Cast', 'ints', { to: { kind: 'int', value: 1 } }],
  ['single', 'Cast', 'bound', { to: { kind: 'int', value: 1 } }],
  ['joined', 'Concat', 'scales scales', { axis: { kind: 'int', value: 0 } }],
];

function graphOf(lines: readonly Line[], outputs = lines.map(([output]) => output)): Graph {
  const nodes = lines.map(([output, op, inputs, attributes = {}]): Node => {
    return { op, domain: '', name: output, inputs: inputs.split(' '), outputs: [output], attributes };
  });
  const x = { name: 'x', type: 'float32', dims: [2, 3, 5] } as const;
  const named = outputs.map((name) => ({ name, type: 'int64' as const, dims: [] }));
  return { name: 'arithmetic', inputs: [x], outputs: named, nodes, initializers: INITIALIZERS, opsets: { '': 17 } };
}

/** Reshape's shape must come first. */
const ORDERED = LINES.toSorted((a, b) => Number(b[0] === 'pairs') - Number(a[0] === 'pairs'));

for (const line of ORDERED) {
  const [name, op] = line;
  test(`${op} (${name}) is folded to what onnxruntime computes`, async () => {
    const graph = graphOf(ORDERED, [name]);
    const folded = fold(graph).initializers.get(name);
    assert.ok(folded, 'must be a constant');
    const declared = { name, type: folded.type, dims: folded.dims };
    const session = await openSession(writeOnnx({ ...graph, outputs: [declared] }), { threads: 1, optimization: 'disabled' });
    const results = await session.run(new Map([['x', float32([2, 3, 5])]]), [name]);
    await session.release();
    assert.deepEqual(folded, results.get(name));
  });
}

test('constants that only folded nodes used are gone, others stay', () => {
  const graph = fold(
    graphOf(
      [['batch', 'Gather', 'shape zero'] as const].flatMap((line) => [['shape', 'Shape', 'x'] as const, line]),
      ['batch'],
    ),
  );
  assert.deepEqual(graph.nodes, []);
  assert.deepEqual([...graph.initializers.keys()], [...INITIALIZERS.keys()].filter((name) => name !== 'zero').concat('batch'));
});

test('what has no whole result, what computes with floats and what is unknown stays a node', () => {
  const lines: readonly Line[] = [
    ['infinite', 'Div', 'three first'],
    ['beyond', 'Add', 'end three'],
    ['exp', 'Exp', 'scales'],
    ['product', 'Mul', 'scales scales'],
    ['trained', 'Concat', 'weights weights', { axis: { kind: 'int', value: 0 } }],
    ['unknown', 'Unheard', 'ints'],
    ['shape', 'Shape', 'unknown'],
    ['wrong', 'Gather', 'ints grid'],
  ];
  assert.deepEqual(fold(graphOf(lines)), graphOf(lines));
});
