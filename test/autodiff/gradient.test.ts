import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf } from '../../src/onnx/element-types.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/graph.js';
import { gradient } from '../../src/autodiff/gradient.js';
import { RULES } from '../../src/autodiff/rules.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import { float32, floats } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

function graphOf(build: (b: GraphBuilder, x: Value, y: Value) => Value) {
  const b = new GraphBuilder('test');
  const [x, y] = [b.input('x', [2, 3]), b.input('y', [2, 3])];
  return b.build([b.named(b.op.ReduceSum([build(b, x, y)], { keepdims: 0 }), 'loss')]);
}

test('an op without a rule is named with its node', () => {
  const graph = graphOf((b, x) => b.op.ScatterElements([x, b.ints([0, 1], [1, 2]), b.constant(float32([1, 2]))], {}, 'scattered'));
  assert.throws(() => gradient(graph, { of: 'loss', wrt: ['x'] }), /gradient: ScatterElements \(node scattered\) has no gradient here/);
});

test('an op without a rule does not matter off the way', () => {
  const graph = graphOf((b, x, y) => b.op.Mul([y, b.op.ScatterElements([x, b.ints([0, 1], [1, 2]), b.constant(float32([1, 2]))])]));
  assert.deepEqual(
    gradient(graph, { of: 'loss', wrt: ['y'] }).outputs.map(({ name }) => name),
    ['loss', 'y.grad'],
  );
});

test('a value that the loss does not depend on is named, also behind flat ops', () => {
  const graph = graphOf((b, x, y) => b.op.Add([x, b.op.Mul([b.op.Sign([y]), x])]));
  assert.throws(() => gradient(graph, { of: 'loss', wrt: ['x', 'y'] }), /gradient: loss must depend on every value of wrt, got y/);
  const cast = graphOf((b, x, y) => b.op.Mul([x, b.op.Cast([b.op.Cast([y], { to: codeOf('int32') })], { to: codeOf('float32') })]));
  assert.throws(() => gradient(cast, { of: 'loss', wrt: ['y'] }), /got y/);
});

test('of must be a scalar float output', () => {
  const b = new GraphBuilder('test');
  const x = b.input('x', [2]);
  const graph = b.build([b.named(b.op.Exp([x]), 'y')]);
  assert.throws(() => gradient(graph, { of: 'y', wrt: ['x'] }), /gradient: of must be a float scalar, got y float32 \[2\]/);
  assert.throws(() => gradient(graph, { of: 'z', wrt: ['x'] }), /gradient: of must be one of the outputs y, got z/);
  assert.throws(() => gradient(graph, { of: 'y', wrt: ['q'] }), /got y float32 \[2\]|no value is named q/);
});

test('only wanted gradients are built', () => {
  const b = new GraphBuilder('conv');
  const [x, w] = [b.input('x', [1, 2, 5, 5]), b.input('w', [3, 2, 3, 3])];
  const graph = b.build([b.named(b.op.ReduceSum([b.op.Conv([x, w])], { keepdims: 0 }), 'loss')]);
  const ops = (wrt: readonly string[]) => gradient(graph, { of: 'loss', wrt }).nodes.map(({ op }) => op);
  assert.ok(ops(['w']).includes('ConvWeightGrad') && !ops(['w']).includes('ConvInputGrad'));
  assert.ok(ops(['x']).includes('ConvInputGrad') && !ops(['x']).includes('ConvWeightGrad'));
});

test('a value used twice gets the sum; the gradient of a value inside the graph is to be had', async () => {
  const b = new GraphBuilder('test');
  const x = b.input('x', [3]);
  const inner = b.op.Mul([x, x], {}, 'inner');
  const graph = b.build([b.named(b.op.ReduceSum([b.op.Add([b.op.Mul([inner, x]), inner])], { keepdims: 0 }), 'loss')]);
  const session = await compile(gradient(graph, { of: 'loss', wrt: ['x', 'inner', 'loss'] }), { threads: 1 });
  const result = await session.run(new Map([['x', float32([3], [1, -2, 0.5])]]));
  await session.release();
  assertClose(floats(result.get('x.grad'), 'x'), [5, 8, 1.75], { relative: 1e-6 }); // 3x² + 2x
  assertClose(floats(result.get('inner.grad'), 'inner'), [2, -1, 1.5], { relative: 1e-6 }); // x + 1
  assertClose(floats(result.get('loss.grad'), 'loss'), [1], {});
});

test('long sums that cancel keep their digits', async () => {
  const b = new GraphBuilder('bias');
  const [x, bias] = [b.input('x', [64, 16, 32, 32]), b.input('bias', [1])];
  const graph = b.build([b.named(b.op.ReduceSum([b.op.Mul([b.op.Add([x, bias]), x])], { keepdims: 0 }), 'loss')]);
  const session = await compile(gradient(graph, { of: 'loss', wrt: ['bias'] }), { threads: 1 });
  const { normal } = random(1, 'sum');
  const values = Float32Array.from({ length: 64 * 16 * 32 * 32 }, () => normal() + 3);
  const result = await session.run(new Map([['x', float32([64, 16, 32, 32], values)], ['bias', float32([1])]])); // prettier-ignore
  await session.release();
  const exact = values.reduce((sum, v) => sum + v, 0);
  assertClose(floats(result.get('bias.grad'), 'bias'), [exact], { relative: 1e-6 });
});

test('flat ops are those that are constant almost everywhere', () => {
  const flat = [...RULES].filter(([, rule]) => rule === null).map(([op]) => op);
  assert.deepEqual(flat.sort(), [
    'And',
    'ArgMax',
    'ArgMin',
    'Ceil',
    'ConstantOfShape',
    'Equal',
    'Floor',
    'Greater',
    'GreaterOrEqual',
    'Less',
    'LessOrEqual',
    'Not',
    'OneHot',
    'Or',
    'Round',
    'Shape',
    'Sign',
    'Xor',
  ]);
});
