import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildNetwork } from '../../src/models/networks.js';
import { compile } from '../../src/runtime/compile.js';
import { compileStaged, planStaged } from '../../src/runtime/staged.js';
import { random } from '../../src/tensor/random.js';
import type { Params } from '../../src/tensor/params.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, floats } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { nudged } from '../support/subject.js';

const BATCH = 16;
const SHAPE = { batch: BATCH, channels: 3, height: 8, width: 8, classes: 4 };

const logitsOf = (outputs: ReadonlyMap<string, Tensor>) => floats(outputs.get('logits'), 'logits');

function images(key: string) {
  const { normal } = random('staged', key);
  return float32(
    [BATCH, 3, 8, 8],
    Float32Array.from({ length: BATCH * 192 }, () => normal()),
  );
}

for (const lowering of ['standard', 'auto'] as const) {
  for (const spec of [
    { architecture: 'fixup-resnet', widths: [16, 32], stem: '3x3' },
    { architecture: 'fixup-resnet', widths: [4, 8], block: 'bottleneck' },
    { architecture: 'mlp', hidden: [6, 5] },
  ]) {
    test(`variants of each module give what the whole network gives: ${JSON.stringify(spec)}, ${lowering}`, async () => {
      const network = buildNetwork(spec, SHAPE);
      const params = nudged(network.init(1), 0.1, 'base');
      const groups = network.modules.map(({ parameters }) => parameters);
      const whole = await compile(network.graph, { threads: 1, lowering });
      const staged = await compileStaged(network.graph, groups, { threads: 1, lowering });
      const [first, second] = [images('first'), images('second')];
      const expected = async (batch: typeof first, ...over: Params[]) =>
        floats(
          (await whole.run(new Map([...params, ...over.flatMap((each) => [...each]), ['images', batch] as const]))).get('logits'),
          'logits',
        );
      const one = await staged.prepare(params, first);
      const two = await staged.prepare(params, second, one);
      assertClose(logitsOf(two.outputs), await expected(second), { relative: 1e-5 }, 'the base');
      for (const [g, names] of groups.entries()) {
        const variant: Params = new Map([...nudged(params, 0.3, `variant ${g}`)].filter(([name]) => names.includes(name)));
        for (const [batch, prepared] of [
          [first, one],
          [second, two],
        ] as const) {
          const logits = logitsOf(await staged.run(g, prepared, variant));
          assertClose(logits, await expected(batch, variant), { relative: 1e-5 }, network.modules[g]!.name);
          assert.notDeepEqual(logits, logitsOf(prepared.outputs));
        }
      }
      await whole.release();
      await staged.release();
    });
  }
}

test('what is prepared once: the last module reads pooled features, not feature maps', async () => {
  const network = buildNetwork({ architecture: 'fixup-resnet', widths: [16, 32] }, SHAPE);
  const bytes = async (...names: string[]) => {
    const groups = network.modules.filter(({ name }) => names.includes(name)).map(({ parameters }) => parameters);
    return (await planStaged(network.graph, groups, { threads: 1 })).bytes;
  };
  assert.equal(await bytes('fc'), 4 * BATCH * 32);
  assert.ok((await bytes('layer2.0')) >= 4 * BATCH * 16 * 64);
  assert.equal(await bytes('fc', 'layer2.0'), (await bytes('fc')) + (await bytes('layer2.0')));
});
