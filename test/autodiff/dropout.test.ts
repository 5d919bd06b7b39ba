import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gradient } from '../../src/autodiff/gradient.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { compile } from '../../src/runtime/compile.js';
import { float32, floats, tensor } from '../../src/tensor/tensor.js';

const SIZE = 4096;

/** Σ v·dropout(x) in training mode; `masked`: the node's mask is an output of it. */
function graphOf(masked: boolean) {
  const b = new GraphBuilder('dropout');
  const [x, v] = [b.input('x', [SIZE]), b.input('v', [SIZE])];
  const training = b.constant(tensor('bool', [], Uint8Array.of(1)));
  const [y] = b.node('Dropout', [x, b.scalar(0.25), training], { seed: 11 }, { names: masked ? ['y', 'mask'] : ['y'] });
  return b.build([y!, b.op.ReduceSum([b.op.Mul([y!, v])], { keepdims: 0 }, 'loss')]);
}

test('Dropout in training mode: what was dropped has no gradient, the rest 1/(1 − ratio) times as much; a seed draws the same again', async () => {
  const [x, v] = [3, -2].map((value) => float32([SIZE], new Float32Array(SIZE).fill(value)));
  const feeds = new Map([['x', x!], ['v', v!]]); // prettier-ignore
  const runs = [];
  for (let i = 0; i < 2; i++) {
    const session = await compile(gradient(graphOf(true), { of: 'loss', wrt: ['x'] }), { threads: 1 });
    const result = await session.run(feeds);
    runs.push([floats(result.get('y'), 'y'), floats(result.get('x.grad'), 'x.grad')] as const);
    await session.release();
  }
  const [[y, dx], again] = runs as unknown as [(typeof runs)[0], (typeof runs)[0]];
  const kept = y.filter((value) => value !== 0).length;
  assert.ok(Math.abs(kept / SIZE - 0.75) < 5 * Math.sqrt((0.75 * 0.25) / SIZE), `kept ${kept} of ${SIZE}`);
  for (const [i, value] of y.entries()) {
    assert.ok(value === 0 || Math.abs(value - 4) < 1e-6);
    assert.ok(Math.abs(dx[i]! - (value === 0 ? 0 : -2 / 0.75)) < 1e-6, `element ${i}`);
  }
  assert.deepEqual(again, [y, dx]);
});

test('what cannot be differentiated says so', () => {
  assert.throws(
    () => gradient(graphOf(false), { of: 'loss', wrt: ['x'] }),
    /Dropout \(node y\): training_mode and ratio must be constant, and the mask an output/,
  );
  const b = new GraphBuilder('resize');
  const x = b.input('x', [1, 1, 2, 2]);
  const y = b.op.Resize([x, null, b.constant(float32([4], [1, 1, 2, 2]))], { mode: 'cubic' }, 'r');
  const graph = b.build([b.op.ReduceSum([y], { keepdims: 0 }, 'loss')]);
  assert.throws(
    () => gradient(graph, { of: 'loss', wrt: ['x'] }),
    /Resize \(node r\): mode must be nearest or linear to be differentiated, got cubic/,
  );
  const diagonal = b.op.Einsum([x], { equation: 'ncii->' }, 'e');
  assert.throws(
    () => gradient(b.build([diagonal]), { of: 'e', wrt: ['x'] }),
    /InputError: gradient: Einsum \(node e\): ncii must not name an axis twice to be differentiated/,
  );
});
