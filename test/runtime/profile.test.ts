import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { compile } from '../../src/runtime/compile.js';
import { profile } from '../../src/runtime/profile.js';
import { float32, sizeOf } from '../../src/tensor/tensor.js';

test('a profile names every node with its shapes, operations and time', async () => {
  const b = new GraphBuilder('profiled');
  const [x, w] = [b.input('x', [2, 3, 8, 8]), b.input('w', [5, 3, 3, 3])];
  const graph = b.build([b.op.Relu([b.op.Conv([x, w], {}, 'y')], {}, 'positive')]);
  const feeds = new Map(graph.inputs.map(({ name, dims }) => [name, float32(dims, new Float32Array(sizeOf(dims)).fill(1))]));
  let runs = 0;
  const found = await profile(
    async (path) => {
      const session = await compile(graph, { threads: 1, lowering: 'standard', optimization: 'disabled', profile: path });
      return { run: () => session.run(feeds).then(() => runs++), release: () => session.release() };
    },
    { warmUp: 2, runs: 3 },
  );
  assert.equal(runs, 5);
  const conv = found.nodes.find(({ op }) => op === 'Conv')!;
  assert.deepEqual(found.nodes.map(({ name, op }) => `${op} ${name}`).sort(), ['Conv y', 'Relu positive']);
  assert.deepEqual([conv.inputs, conv.output], [[[2, 3, 8, 8], [5, 3, 3, 3]], [2, 5, 6, 6]]); // prettier-ignore
  assert.equal(conv.flops, 2 * (2 * 5 * 6 * 6) * (3 * 3 * 3));
  for (const { ms, leastMs } of found.nodes) assert.ok(leastMs <= ms && leastMs >= 0);
  assert.ok(found.runMs > 0 && found.callMs > 0 && found.peakMb >= 0);
});
