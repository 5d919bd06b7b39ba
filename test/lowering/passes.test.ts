import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Graph } from '../../src/onnx/graph.js';
import { inferShapes } from '../../src/onnx/shapes/infer.js';
import { prune } from '../../src/onnx/edits/prune.js';
import { removeIdentities } from '../../src/lowering/identities.js';
import { rewrite } from '../../src/lowering/rewrite.js';
import { shareConstants, shareEqualNodes } from '../../src/lowering/share.js';
import { float32 } from '../../src/tensor/tensor.js';

const lines = (graph: Graph) => graph.nodes.map(({ op, inputs, outputs }) => `${outputs.join()} = ${op}(${inputs.join()})`);
const sound = (graph: Graph) => {
  const values = inferShapes(graph);
  for (const { name, dims } of graph.outputs) assert.deepEqual(values.get(name)?.dims, dims, name);
};

test('identities: outputs keep their names, everything else is renamed away', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2]);
  const e = b.op.Exp([x], {}, 'e');
  const first = b.named(e, 'first');
  const inner = b.named(b.named(first, 'again'), 'more');
  const second = b.named(e, 'second');
  const input = b.named(x, 'copy');
  const sum = b.op.Add([inner, e], {}, 'sum');
  const graph = removeIdentities(b.build([first, second, input, sum]));
  assert.deepEqual(lines(graph), ['first = Exp(x)', 'second = Identity(first)', 'copy = Identity(x)', 'sum = Add(first,first)']);
  sound(graph);
});

test('identities: an output that another output copies keeps both', () => {
  const b = new GraphBuilder('g');
  const e = b.op.Exp([b.input('x', [2])], {}, 'e');
  const graph = removeIdentities(b.build([e, b.named(e, 'f')]));
  assert.deepEqual(lines(graph), ['e = Exp(x)', 'f = Identity(e)']);
});

test('sharing: equal constants and equal nodes once, outputs by their own names', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2]);
  const [one, same, other] = [1, 1, 2].map((value, i) => b.initializer(`c${i}`, float32([2], [value, 3])));
  const [p, q, r] = [one, same, other].map((c, i) => b.op.Add([x, c!], {}, `y${i}`));
  const out = b.op.Mul([b.op.Mul([p!, q!], {}, 'm'), r!], {}, 'out');
  const twin = b.op.Add([x, one!], {}, 'twin');
  const graph = shareEqualNodes(shareConstants(b.build([out, twin])));
  assert.deepEqual([...graph.initializers.keys()], ['c0', 'c2']);
  assert.deepEqual(lines(graph), ['y0 = Add(x,c0)', 'y2 = Add(x,c2)', 'm = Mul(y0,y0)', 'out = Mul(m,y2)', 'twin = Add(x,c0)']);
  sound(graph);
});

test('sharing: nodes that differ in attributes or in which outputs they make stay apart', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [1, 1, 4, 4]);
  const attributes = { kernel_shape: [2, 2] };
  b.node('MaxPool', [x], attributes, { names: ['plain'] });
  b.node('MaxPool', [x], attributes, { names: ['y', 'indices'] });
  b.node('MaxPool', [x], attributes, { names: ['', 'only'] });
  b.node('MaxPool', [x], { ...attributes, strides: [2, 2] }, { names: ['strided'] });
  const graph = b.build(['plain', 'indices', 'only', 'strided'].map((name) => b.op.Identity([b.value(name)])));
  assert.equal(shareEqualNodes(graph).nodes.filter(({ op }) => op === 'MaxPool').length, 4);
});

test('dead code: what no output needs goes, nodes and constants', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2]);
  b.op.Exp([b.op.Add([x, b.initializer('dead', float32([2]))])]);
  const out = b.op.Mul([x, b.initializer('live', float32([2]))], {}, 'out');
  const graph = prune(b.build([out]));
  assert.deepEqual(lines(graph), ['out = Mul(x,live)']);
  assert.deepEqual([...graph.initializers.keys()], ['live']);
});

test('rewriting: new nodes never take names that are still to come', () => {
  const b = new GraphBuilder('g');
  const x = b.input('x', [2]);
  const y = b.add({ op: 'Exp', domain: '', name: 'Neg_1', inputs: ['x'], outputs: ['Neg_2'], attributes: {} })[0]!;
  const graph = b.build([b.op.Add([x, b.op.Abs([y], {}, 'Neg_3')], {}, 'out')]);
  const doubled = rewrite(graph, (into, { op }, inputs) => (op === 'Exp' ? into.op.Neg([into.op.Neg([inputs[0]!])]) : null));
  const names = doubled.nodes.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  sound(doubled);
});
