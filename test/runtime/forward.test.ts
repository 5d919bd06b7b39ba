import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tap } from '../../src/onnx/edits/tap.js';
import { buildNetwork } from '../../src/models/networks.js';
import { compile } from '../../src/runtime/compile.js';
import { compileForward, forward } from '../../src/runtime/forward.js';
import { random } from '../../src/tensor/random.js';
import { float32, floats } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { nudged } from '../support/subject.js';

const SHAPE = { batch: 16, channels: 3, height: 8, width: 8, classes: 4 };
const SIZE = 16 * 3 * 8 * 8;

function images(key: string): Float32Array {
  const { normal } = random('forward', key);
  return Float32Array.from({ length: SIZE }, () => normal());
}

for (const lowering of ['standard', 'auto'] as const) {
  for (const spec of [
    { architecture: 'fixup-resnet', widths: [16, 32], stem: '3x3' },
    { architecture: 'resnet', depth: 18, stem: '3x3' },
    { architecture: 'mlp', hidden: [6] },
  ]) {
    test(`two sets of parameters in turn give what the whole graph gives: ${JSON.stringify(spec)}, ${lowering}`, async () => {
      const { graph, init } = buildNetwork(spec, SHAPE);
      const whole = await compile(graph, { threads: 1, lowering });
      const session = await compileForward(graph, { threads: 1, lowering });
      const sets = [init(1), nudged(init(2), 0.05, 'second')];
      const ready = [await session.prepare(sets[0]!), await session.prepare(sets[1]!)];
      for (const key of ['first', 'second']) {
        for (const [i, params] of sets.entries()) {
          const found = floats((await session.run(ready[i]!, images(key))).get('logits'), 'logits');
          const expected = await whole.run(new Map(params).set('images', float32([16, 3, 8, 8], images(key))));
          assertClose(found, floats(expected.get('logits'), 'logits'), { relative: 1e-5 }, key);
        }
      }
      await whole.release();
      await session.release();
    });
  }
}

test('rows of padding are left out, in the order of the batches', async () => {
  const { graph, init } = buildNetwork({ architecture: 'mlp', hidden: [6] }, SHAPE);
  const session = await compileForward(graph, { threads: 1 });
  const indices = Int32Array.from({ length: 16 }, (_, i) => (i < 3 ? i : -1));
  async function* batches() {
    yield { images: images('a'), indices: Int32Array.from({ length: 16 }, (_, i) => i) };
    yield { images: images('b'), indices };
  }
  const logits = await forward(session, init(1), batches());
  const ready = await session.prepare(init(1));
  const rows = async (key: string) => floats((await session.run(ready, images(key))).get('logits'), 'logits');
  assert.deepEqual(logits, Float32Array.of(...(await rows('a')), ...(await rows('b')).subarray(0, 12)));
  await session.release();
});

test('what the images do not reach is refused as an output', async () => {
  const { graph } = buildNetwork({ architecture: 'fixup-resnet', widths: [16], blocks: [1] }, SHAPE);
  const still = graph.nodes.find((node) =>
    node.inputs.every((name) => name !== 'images' && graph.inputs.some((input) => input.name === name)),
  )!;
  await assert.rejects(compileForward(tap(graph, [still.outputs[0]!]), { lowering: 'standard' }), /outputs must depend on images/);
});
