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
  buildNetwork({ architecture: 'onnx', file: fixture(`models/${name}.onnx`), ...options }, { ...SHAPE, ...shape });

/** The file's own weights. */
async function weightsOf(network: Network, name: string): Promise<Params> {
  const checkpoint = await openCheckpoint(fixture(`models/${name}.onnx`));
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

/** File → the reference it must agree with, and the parameters whose gradients it has: all. */
const FILES: Readonly<Record<string, { reference?: string; count: number }>> = {
  'onnx-residual': { count: 20 },
  'onnx-residual-fixed': { reference: 'onnx-residual', count: 20 },
  'onnx-residual-old': { reference: 'onnx-residual', count: 20 },
  'onnx-attention': { count: 20 },
  ...Object.fromEntries(
    [9, 10, 11, 12, 13, 14, 15, 16, 17].map((opset) => [`onnx-forms-${opset}`, { reference: 'onnx-forms', count: 12 }]),
  ),
  'foreign-tensorflow': { count: 7 },
  'foreign-tensorflow-dense': { count: 8 },
  'foreign-paddle': { count: 7 },
  'foreign-dynamo': { count: 10 },
};

for (const [name, { reference = name, count }] of Object.entries(FILES)) {
  test(`${name}: logits and gradients as PyTorch in float64`, async () => {
    const network = build(name);
    const expected = toParams((await readSafetensors(fixture(`models/${reference}.safetensors`))).tensors);
    const { logits, gradients } = await run(network, await weightsOf(network, name), expected.get('images')!.data);
    assertClose(logits, expected.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 }, 'logits');
    assert.deepEqual(network.parameters.toSorted(), [...expected.keys()].flatMap((key) => /(.*)\.grad$/.exec(key)?.[1] ?? []).toSorted());
    assert.equal(network.parameters.length, count);
    for (const key of network.parameters)
      assertClose(gradients.get(key)!, expected.get(`${key}.grad`)!.data, { relative: 1e-3, absolute: 1e-5 }, `${key}.grad`);
  });
}

test('folded BatchNorms: convolutions with biases, called after their nodes', async () => {
  const network = build('onnx-residual-folded');
  assert.deepEqual(network.buffers, []);
  assert.deepEqual(network.parameters.slice(0, 4), ['conv1.weight', 'conv1.bias', 'layer1.0.conv1.weight', 'layer1.0.conv1.bias']);
  const expected = toParams((await readSafetensors(fixture('models/onnx-residual.safetensors'))).tensors);
  const { logits } = await run(network, await weightsOf(network, 'onnx-residual-folded'), expected.get('images')!.data);
  assertClose(logits, expected.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 });
});

test('modules by names, and by a pattern', () => {
  const names = (network: Network) => network.modules.map(({ name }) => name);
  assert.deepEqual(names(build('onnx-residual')), ['conv1', 'layer1.0', 'layer2.0', 'fc']);
  assert.deepEqual(names(build('onnx-residual', { modules: '^(layer\\d|conv1|bn1)' })), ['conv1', 'bn1', 'layer1', 'layer2', 'fc']);
  assert.deepEqual(names(build('foreign-tensorflow')), ['net.conv1', 'net.depthwise', 'net.predictions']);
  assert.deepEqual(names(build('foreign-paddle')), ['conv2d_0', 'conv2d_1', 'linear_0']);
  assert.deepEqual(names(build('foreign-dynamo')), ['patch', 'norm', 'mix', 'blocks.0', 'head']);
  assert.deepEqual(names(build('onnx-attention')), ['patch_embed', 'blocks.0', 'blocks.1', 'norm', 'head']);
});

test('a head for other classes, which fine-tuning draws; fresh parameters by role', () => {
  const network = build('onnx-residual', {}, { classes: 12 });
  assert.deepEqual(network.graph.outputs[0]!.dims, [3, 12]);
  const [one, two] = [network.init(1), network.init(2)];
  assert.deepEqual(one.get('fc.weight')!.dims, [12, 6]);
  const all = (name: string, value: number) => assert.ok(one.get(name)!.data.every((v) => v === value), name); // prettier-ignore
  for (const name of ['fc.bias', 'layer1.0.bn1.bias', 'bn1.running_mean']) all(name, 0);
  for (const name of ['bn1.weight', 'bn1.running_var']) all(name, 1);
  const { data } = one.get('layer2.0.conv2.weight')!;
  const deviation = Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
  assertClose([deviation], [Math.sqrt(2 / (6 * 9))], { relative: 0.1 }, 'He et al. 2015');
  assert.notDeepEqual(two.get('conv1.weight'), one.get('conv1.weight'));
  assert.deepEqual(build('onnx-residual').init(1).get('conv1.weight'), one.get('conv1.weight'), 'a new head does not disturb the body');
  assert.deepEqual(build('foreign-tensorflow', {}, { classes: 3 }).graph.outputs[0]!.dims, [3, 3], 'classes last');
});
