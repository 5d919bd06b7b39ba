import assert from 'node:assert/strict';
import test from 'node:test';
import { InputError } from '../../src/tensor/input-error.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { float32 } from '../../src/tensor/tensor.js';
import { buildNetwork } from '../../src/models/networks.js';
import { freshHead } from '../../src/models/fresh-head.js';
import { compile } from '../../src/runtime/compile.js';
import { assertClose } from '../support/assert-close.js';

const SHAPE = { batch: 2, channels: 1, height: 2, width: 2, classes: 3 };

test('mlp computes W·relu(V·x + b) + c', async () => {
  const network = buildNetwork({ architecture: 'mlp', hidden: [5] }, SHAPE);
  assert.deepEqual(network.parameters, ['fc1.weight', 'fc1.bias', 'fc.weight', 'fc.bias']);
  assert.deepEqual(
    network.modules.map(({ name }) => name),
    ['fc1', 'fc'],
  );
  const params = network.init(1);
  const at = (name: string) => [...params.get(name)!.data];
  const images = [0.5, -1, 2, 0.25, -0.5, 1, 1.5, -2];
  const session = await compile(network.graph, { threads: 1 });
  const logits = (await session.run(new Map(params).set('images', float32([2, 1, 2, 2], images)))).get('logits') as FloatTensor;
  await session.release();
  const dot = (w: readonly number[], row: number, x: readonly number[], bias: number) =>
    x.reduce((sum, v, j) => sum + w[row * x.length + j]! * v, bias);
  const expected = [0, 1].flatMap((n) => {
    const x = images.slice(4 * n, 4 * n + 4);
    const hidden = [0, 1, 2, 3, 4].map((i) => Math.max(0, dot(at('fc1.weight'), i, x, at('fc1.bias')[i]!)));
    return [0, 1, 2].map((i) => dot(at('fc.weight'), i, hidden, at('fc.bias')[i]!));
  });
  assertClose(logits.data, expected, { relative: 1e-5, absolute: 1e-6 }, 'logits');
});

test('mlp without hidden layers is one module', () => {
  assert.deepEqual(
    buildNetwork({ architecture: 'mlp', hidden: [] }, SHAPE).modules.map(({ name }) => name),
    ['fc'],
  );
  assert.throws(() => buildNetwork({ architecture: 'mlp', hidden: 64 }, SHAPE), /mlp: hidden: must be a list of positive integers/);
});

test('freshHead: the body of one, copied, under the head of a seed', () => {
  const source = buildNetwork({ architecture: 'mlp', hidden: [5] }, { ...SHAPE, classes: 7 }).init(1);
  const target = buildNetwork({ architecture: 'mlp', hidden: [5] }, SHAPE);
  const start = freshHead(target, source, 2);
  assert.deepEqual([...start.keys()], target.parameters);
  assert.deepEqual(start.get('fc1.weight'), source.get('fc1.weight'));
  assert.notEqual(start.get('fc1.weight')!.data, source.get('fc1.weight')!.data, 'training must not write into the source');
  assert.deepEqual(start.get('fc.weight'), target.init(2).get('fc.weight'));
  const missing = new Map([...source].filter(([name]) => name !== 'fc1.bias'));
  assert.throws(
    () => freshHead(target, missing, 2),
    (error: Error) =>
      error instanceof InputError && /fc1\.bias must have shape \[5\] as in the network, got no such parameter/.test(error.message),
  );
});
