import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gradient } from '../../src/autodiff/gradient.js';
import { fixupResnet } from '../../src/models/fixup-resnet.js';
import { mlp } from '../../src/models/mlp.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Graph } from '../../src/onnx/graph.js';
import { compile } from '../../src/runtime/compile.js';
import type { Params } from '../../src/tensor/params.js';
import { readSafetensors, toParams } from '../../src/tensor/safetensors.js';
import { floats } from '../../src/tensor/tensor.js';
import type { Loss } from '../../src/train/recipe.js';
import { withLoss } from '../../src/train/losses.js';
import { assertClose } from '../support/assert-close.js';

const FIXTURES = fileURLToPath(new URL('../../../test/autodiff/fixtures/', import.meta.url));

/** Graph, loss and parameters of each fixture of make-networks.py. */
const NETWORKS: Readonly<Record<string, { loss: Loss; build: (fixture: Params) => { graph: Graph; parameters: readonly string[] } }>> = {
  'fixup-basic': {
    loss: 'cross-entropy',
    build: () =>
      fixupResnet.build(
        { ...fixupResnet.options, widths: [8, 16], blocks: [1, 1] },
        { batch: 4, channels: 3, height: 16, width: 16, classes: 5 },
      ),
  },
  'fixup-bottleneck': {
    loss: 'cross-entropy',
    build: () =>
      fixupResnet.build(
        { ...fixupResnet.options, widths: [4, 8], blocks: [1, 1], block: 'bottleneck', stem: '7x7' },
        { batch: 4, channels: 3, height: 32, width: 32, classes: 5 },
      ),
  },
  mlp: {
    loss: 'binary-cross-entropy',
    build: () => mlp.build({ hidden: [12, 7] }, { batch: 6, channels: 3, height: 4, width: 4, classes: 5 }),
  },
  pooled: { loss: 'cross-entropy', build: pooled },
};

/** Grouped and dilated convolutions, average pools, a gate: what Fixup does not use. */
function pooled(fixture: Params) {
  const b = new GraphBuilder('pooled');
  const images = b.input('images', [3, 3, 12, 12]);
  const parameters = ['a.weight', 'a.bias', 'b.weight', 'b.bias', 'gate.weight', 'fc.weight'];
  const [aw, ab, bw, bb, gw, fw] = parameters.map((name) => b.input(name, fixture.get(name)!.dims));
  const a = b.op.Tanh([b.op.Conv([images, aw!, ab!], { pads: [1, 1, 1, 1] })]);
  const halved = b.op.AveragePool([a], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  const wide = b.op.Conv([halved, bw!, bb!], { pads: [2, 2, 2, 2], dilations: [2, 2], group: 2 });
  const leaky = b.op.LeakyRelu([wide], { alpha: 0.1 });
  const gate = b.op.Sigmoid([b.op.Conv([leaky, gw!], { strides: [2, 2], group: 8 })]);
  const small = b.op.AveragePool([leaky], { kernel_shape: [2, 2], strides: [2, 2] });
  const centred = b.op.Sub([small, b.op.ReduceMean([small], { axes: [2, 3] })]);
  const both = b.op.Concat([b.op.Mul([small, gate]), centred], { axis: 1 });
  const rows = b.op.Transpose([b.op.Reshape([both, b.ints([3, 16, -1])])], { perm: [0, 2, 1] });
  const logits = b.op.MatMul([b.op.Flatten([rows]), b.op.Transpose([fw!], { perm: [1, 0] })], {}, 'logits');
  return { graph: b.build([logits]), parameters };
}

for (const [name, { loss, build }] of Object.entries(NETWORKS)) {
  test(`${name}: loss and gradients as PyTorch in float64`, async () => {
    const fixture = toParams((await readSafetensors(`${FIXTURES}${name}.safetensors`)).tensors);
    const { graph, parameters } = build(fixture);
    const wrt = ['images', ...parameters];
    const session = await compile(gradient(withLoss(graph, loss), { of: 'loss', wrt }), { threads: 1, lowering: 'standard' });
    const result = await session.run(new Map([...wrt, 'targets'].map((key) => [key, fixture.get(key)!])));
    await session.release();
    assertClose(floats(result.get('loss'), 'loss'), fixture.get('loss')!.data, { relative: 1e-6 }, 'loss');
    assertClose(floats(result.get('logits'), 'logits'), fixture.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 }, 'logits');

    let [error, norm] = [0, 0];
    const relative = wrt.map((key) => {
      const [actual, expected] = [floats(result.get(`${key}.grad`), key), fixture.get(`${key}.grad`)!.data];
      assert.deepEqual(result.get(`${key}.grad`)!.dims, fixture.get(key)!.dims);
      const e = expected.reduce((sum, x, i) => sum + (actual[i]! - x) ** 2, 0);
      const n = expected.reduce((sum, x) => sum + x * x, 0);
      assert.ok(n > 0, `${key} has a gradient`);
      [error, norm] = [error + e, norm + n];
      return Math.sqrt(e / n);
    });
    const median = relative.toSorted((a, b) => a - b)[relative.length >> 1]!;
    const worst = wrt[relative.indexOf(Math.max(...relative))]!;
    assert.ok(Math.sqrt(error / norm) <= 1e-5, `whole gradient: relative error ${Math.sqrt(error / norm)}`);
    assert.ok(median <= 1e-5, `median tensor: relative error ${median}`);
    assert.ok(Math.max(...relative) <= 1e-4, `${worst}: relative error ${Math.max(...relative)}`);
  });
}
