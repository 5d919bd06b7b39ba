// Networks from .onnx files against the PyTorch that exported them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadParameters } from '../../src/checkpoints/match.js';
import { openCheckpoint } from '../../src/checkpoints/open.js';
import type { Network } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import type { Params } from '../../src/tensor/params.js';
import { readSafetensors, toParams } from '../../src/tensor/safetensors.js';
import { compileStep } from '../../src/train/step.js';
import { assertClose } from '../support/assert-close.js';
import { fixture } from '../support/fixture.js';

const SHAPE = { batch: 3, channels: 3, height: 8, width: 8, classes: 5 };
const build = (name: string, options: object = {}, shape: object = {}): Network =>
  buildNetwork({ architecture: 'onnx', file: fixture(`models/onnx-${name}.onnx`), ...options }, { ...SHAPE, ...shape });

/** The file's own weights. */
async function weightsOf(network: Network, name: string): Promise<Params> {
  const checkpoint = await openCheckpoint(fixture(`models/onnx-${name}.onnx`));
  const shapes = new Map([...network.init(0)].map(([key, { dims }]) => [key, dims]));
  const { params } = await loadParameters({ shapes, head: [] }, checkpoint.tensors, { what: name });
  await checkpoint.close();
  return params;
}

async function run(network: Network, params: Params, images: Float32Array) {
  const step = await compileStep(network, network.parameters, { loss: 'cross-entropy', batchNorm: 'frozen', threads: 1 });
  const targets = new Float32Array(SHAPE.batch * SHAPE.classes);
  for (let i = 0; i < SHAPE.batch; i++) targets[i * SHAPE.classes + i] = 1;
  const result = await step.run(params, { images, targets });
  await step.release();
  return result;
}

/** File → the reference it must agree with, parameters that bear PyTorch's names. */
const FILES: Readonly<Record<string, { reference: string; named: number }>> = {
  residual: { reference: 'residual', named: 20 },
  'residual-fixed': { reference: 'residual', named: 20 },
  'residual-old': { reference: 'residual', named: 20 },
  attention: { reference: 'attention', named: 20 },
};

for (const [name, { reference, named }] of Object.entries(FILES)) {
  test(`${name}: logits and gradients as PyTorch in float64`, async () => {
    const network = build(name);
    const expected = toParams((await readSafetensors(fixture(`models/onnx-${reference}.safetensors`))).tensors);
    const { logits, gradients } = await run(network, await weightsOf(network, name), expected.get('images')!.data);
    assertClose(logits, expected.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 }, 'logits');
    const common = network.parameters.filter((key) => expected.has(`${key}.grad`));
    assert.equal(common.length, named, network.parameters.join());
    for (const key of common)
      assertClose(gradients.get(key)!, expected.get(`${key}.grad`)!.data, { relative: 1e-3, absolute: 1e-5 }, `${key}.grad`);
  });
}

test('folded BatchNorms: convolutions with biases, called after their nodes', async () => {
  const network = build('residual-folded');
  assert.deepEqual(network.buffers, []);
  assert.deepEqual(network.parameters.slice(0, 4), ['conv1.weight', 'conv1.bias', 'layer1.0.conv1.weight', 'layer1.0.conv1.bias']);
  const expected = toParams((await readSafetensors(fixture('models/onnx-residual.safetensors'))).tensors);
  const { logits } = await run(network, await weightsOf(network, 'residual-folded'), expected.get('images')!.data);
  assertClose(logits, expected.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 });
});

test('modules by names, and by a pattern', () => {
  const names = (network: Network) => network.modules.map(({ name }) => name);
  assert.deepEqual(names(build('residual')), ['conv1', 'layer1.0', 'layer2.0', 'fc']);
  assert.deepEqual(names(build('residual', { modules: '^(layer\\d|conv1|bn1)' })), ['conv1', 'bn1', 'layer1', 'layer2', 'fc']);
  assert.deepEqual(names(build('attention')), ['patch_embed', 'blocks.0', 'blocks.1', 'norm', 'head']);
});
