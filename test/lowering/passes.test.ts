import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Graph } from '../../src/onnx/graph.js';
import { inferShapes } from '../../src/onnx/shapes/infer.js';
import { prune } from '../../src/onnx/edits/prune.js';
import { removeIdentities } from '../../src/lowering/identities.js';
import { foldBatchNorms } from '../../src/lowering/fold-batch-norms.js';
import { rewrite } from '../../src/lowering/rewrite.js';
import { shareConstants, shareEqualNodes } from '../../src/lowering/share.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { openSession } from '../../src/runtime/onnxruntime.js';
import { random } from '../../src/tensor/random.js';
import { float32, sizeOf } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

const lines = (graph: Graph) => graph.nodes.map(({ op, inputs, outputs }) => `${outputs.join()} = ${op}(${inputs.join()})`);
const noise = (key: string, dims: readonly number[]) => {
  const { normal } = random('passes', key);
  return float32(dims, Float32Array.from({ length: sizeOf(dims) }, normal));
};
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

test('BatchNorms on running statistics go into their convolution; not where another reads it, weights are constant or more than the pixels', async () => {
  const graphOf = (form: 'folds' | 'read twice' | 'constant' | 'few pixels') => {
    const b = new GraphBuilder('g');
    const side = form === 'few pixels' ? 2 : 6;
    const x = b.input('x', [2, 3, side, side]);
    const w = form === 'constant' ? b.initializer('w', noise('w', [4, 3, 3, 3])) : b.input('w', [4, 3, 3, 3]);
    const conv = b.op.Conv([x, w, b.input('b', [4])], { pads: [1, 1, 1, 1] }, 'conv');
    const statistics = ['scale', 'bias', 'mean', 'variance'].map((name) => b.input(name, [4]));
    const y = b.op.BatchNormalization([conv, ...statistics], { epsilon: 0.01 }, 'y');
    return b.build(form === 'read twice' ? [y, conv] : [y]);
  };
  const ops = (graph: Graph) => foldBatchNorms(graph).nodes.map(({ op }) => op);
  for (const form of ['read twice', 'constant', 'few pixels'] as const) assert.ok(ops(graphOf(form)).includes('BatchNormalization'), form);

  const graph = graphOf('folds');
  const folded = prune(foldBatchNorms(graph));
  sound(folded);
  assert.ok(!folded.nodes.some(({ op }) => op === 'BatchNormalization'));
  assert.equal(folded.nodes.filter(({ op }) => op === 'Conv').length, 1);
  const feeds = new Map(graph.inputs.map(({ name, dims }) => [name, noise(name, dims)]));
  feeds.set('variance', float32([4], [0.5, 1, 2, 0.01]));
  const run = async (each: Graph) => {
    const session = await openSession(writeOnnx(each), { threads: 1, optimization: 'disabled' });
    const found = (await session.run(feeds, ['y'])).get('y')!.data as Float32Array;
    await session.release();
    return found;
  };
  assertClose(await run(folded), await run(graph), { relative: 1e-5, absolute: 1e-5 });
});
