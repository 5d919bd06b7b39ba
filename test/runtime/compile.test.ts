import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, int64 } from '../../src/tensor/tensor.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Graph } from '../../src/onnx/graph.js';
import { compile } from '../../src/runtime/compile.js';
import { runtimeVersion } from '../../src/runtime/onnxruntime.js';
import { blockSize } from '../../src/runtime/probe.js';

/** z = x·w, y = relu(z). */
function network(): Graph {
  const b = new GraphBuilder('net');
  const z = b.op.MatMul([b.input('x', [2, 3]), b.input('w', [3, 2])], {}, 'z');
  return b.build([b.op.Relu([z], {}, 'y'), z]);
}

const x = float32([2, 3], [1, 2, 3, 4, 5, 6]);
const w = float32([3, 2], [1, -1, 1, -1, 1, -1]);

test('a session computes, and returns the outputs that are asked for', async () => {
  for (const optimization of ['all', 'disabled'] as const) {
    const session = await compile(network(), { threads: 1, optimization });
    const feeds = new Map<string, Tensor>([
      ['w', w],
      ['x', x],
    ]);
    const all = await session.run(feeds);
    assert.deepEqual(
      [...all],
      [
        ['y', float32([2, 2], [6, 0, 15, 0])],
        ['z', float32([2, 2], [6, -6, 15, -15])],
      ],
    );
    assert.deepEqual([...(await session.run(feeds, ['z'])).keys()], ['z']);
    await session.release();
  }
});

test('results are their own, also after the next run and the release', async () => {
  const session = await compile(network(), { threads: 1 });
  const feeds = new Map<string, Tensor>([
    ['x', x],
    ['w', w],
  ]);
  const first = (await session.run(feeds)).get('z')!;
  await session.run(feeds.set('x', float32([2, 3], [0, 0, 0, 0, 0, 1])));
  await session.release();
  assert.deepEqual(first, float32([2, 2], [6, -6, 15, -15]));
  assert.deepEqual(x.data, Float32Array.of(1, 2, 3, 4, 5, 6), 'feeds are read only');
});

test('a feed that is a view on a larger buffer is read from its own place', async () => {
  const session = await compile(network(), { threads: 1 });
  const buffer = Float32Array.from([9, 9, ...x.data, 9]);
  const view = float32([2, 3], buffer.subarray(2, 8));
  const results = await session.run(
    new Map([
      ['x', view],
      ['w', w],
    ]),
  );
  assert.deepEqual(results.get('z'), float32([2, 2], [6, -6, 15, -15]));
  await session.release();
});

test('feeds and outputs that do not fit are named', async () => {
  const session = await compile(network(), { threads: 1 });
  const refused = async (message: string | RegExp, feeds: Record<string, Tensor>, outputs?: readonly string[]) => {
    await assert.rejects(session.run(new Map(Object.entries(feeds)), outputs), { message });
  };
  await refused('run: input w must be fed, got nothing', { x });
  await refused('run: input x must be float32, got int64', { x: int64([1, 2, 3, 4, 5, 6], [2, 3]), w });
  await refused('run: input x must have shape [2, 3], got [3, 2]', { x: float32([3, 2]), w });
  await refused('run: input x must hold 6 elements, got 2', { x: { ...x, data: new Float32Array(2) }, w });
  await refused(/^run: unknown feed "ww"; there are: x, w; did you mean w\?$/, { x, w, ww: w });
  await refused(/^run: unknown output "q"; there are: y, z/, { x, w }, ['q']);
  await session.release();
  await session.release();
  await refused('run: session net must not be used after its release', { x, w });
});

test('a graph that onnxruntime refuses is named', async () => {
  const graph = network();
  const broken = { ...graph, nodes: graph.nodes.map((node) => (node.op === 'Relu' ? { ...node, op: 'Relo' } : node)) };
  await assert.rejects(compile(broken, { lowering: 'standard' }), /Relo/);
  await assert.rejects(compile(graph, { threads: 1.5 }), { message: 'compile: threads must be a whole number ≥ 0, got 1.5' });
});

test('the probe finds a block size, and the version is the one that is installed', async () => {
  assert.ok([16, 8, 1].includes(await blockSize()));
  assert.equal(await blockSize(), await blockSize());
  assert.match(runtimeVersion().onnxruntime, /^\d+\.\d+\.\d+$/);
  assert.match(runtimeVersion().node, /^\d+\.\d+\.\d+$/);
});

test('CARRYOVER_LOWERING decides where the code does not', async () => {
  const b = new GraphBuilder('forced');
  const y = b.op.Conv([b.input('x', [16, 16, 2, 2]), b.input('w', [16, 16, 1, 1])], {}, 'y');
  const graph = b.build([y]);
  const feeds = new Map<string, Tensor>([
    ['x', float32([16, 16, 2, 2])],
    ['w', float32([16, 16, 1, 1])],
  ]);
  const opened = async (word: string, lowering?: 'standard') => {
    process.env['CARRYOVER_LOWERING'] = word;
    try {
      const session = await compile(graph, { threads: 1, ...(lowering ? { lowering } : {}) });
      const result = await session.run(feeds);
      await session.release();
      return result.get('y')!.dims;
    } finally {
      delete process.env['CARRYOVER_LOWERING'];
    }
  };
  assert.deepEqual(await opened('standard'), [16, 16, 2, 2]);
  if ((await blockSize()) > 1) assert.deepEqual(await opened('blocked'), [16, 16, 2, 2]);
  else await assert.rejects(opened('blocked'), /lowering blocked needs a CPU/);
  await assert.rejects(opened('fast'), { name: 'InputError', message: 'CARRYOVER_LOWERING: must be standard, blocked or auto, got fast' });
  assert.deepEqual(await opened('fast', 'standard'), [16, 16, 2, 2], 'code that says which is not disturbed');
});
