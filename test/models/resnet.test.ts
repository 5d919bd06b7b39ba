import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gradient } from '../../src/autodiff/gradient.js';
import type { Network, NetworkShape } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { batchStatistic, withBatchStatistics } from '../../src/onnx/edits/batch-statistics.js';
import { compile } from '../../src/runtime/compile.js';
import { updateRunningStatistics } from '../../src/runtime/running-statistics.js';
import { InputError } from '../../src/tensor/input-error.js';
import type { Params } from '../../src/tensor/params.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';
import { withLoss } from '../../src/train/losses.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { sgd } from '../../src/train/sgd.js';
import { compileStep } from '../../src/train/step.js';
import { assertClose } from '../support/assert-close.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../test/models/fixtures/${name}`, import.meta.url));
const build = (options: object, shape: Partial<NetworkShape> = {}) =>
  buildNetwork({ architecture: 'resnet', ...options }, { batch: 2, channels: 3, height: 32, width: 32, classes: 5, ...shape });
const dimsOf = ({ graph }: Network) => new Map(graph.inputs.map(({ name, dims }) => [name, [...dims]]));

test('names, shapes and parameter counts are torchvision’s', () => {
  const known = JSON.parse(readFileSync(fixture('resnet-shapes.json'), 'utf8')) as Record<
    string,
    { parameters: number; tensors: number; shapes?: Record<string, number[]> }
  >;
  assert.deepEqual(Object.keys(known), ['18', '34', '50', '101', '152']);
  for (const [depth, { parameters, tensors, shapes }] of Object.entries(known)) {
    const network = build({ depth: Number(depth) }, { classes: 1000 });
    const dims = dimsOf(network);
    assert.equal(
      network.parameters.reduce((sum, name) => sum + sizeOf(dims.get(name)!), 0),
      parameters,
      `depth ${depth}`,
    );
    const names = [...network.init(1).keys()];
    assert.equal(names.length, tensors);
    assert.deepEqual([...network.parameters, ...network.buffers].sort(), [...names].sort());
    // the order too: it is that of PyTorch's state_dict
    if (shapes)
      assert.deepEqual(
        names.map((name) => [name, dims.get(name)!]),
        Object.entries(shapes),
      );
  }
});

const FIXTURES = {
  basic: { widths: [4, 6], blocks: [1, 2] },
  bottleneck: { widths: [2, 3], blocks: [1, 1], block: 'bottleneck', stem: '7x7' },
};

async function read(name: string) {
  const { tensors } = await readSafetensors(fixture(`resnet-${name}.safetensors`));
  const data = (key: string) => Float64Array.from(tensors.get(key)!.data as ArrayLike<number>);
  const paramsOf = (network: Network, prefix = ''): Params =>
    new Map(
      [...network.init(1).keys()].map((key) => [key, float32(tensors.get(prefix + key)!.dims, Float32Array.from(data(prefix + key)))]),
    );
  return { dims: (key: string) => tensors.get(key)!.dims, data, paramsOf };
}

for (const [name, options] of Object.entries(FIXTURES)) {
  describe(`${name}, as PyTorch in float64`, async () => {
    const { data, dims, paramsOf } = await read(name);
    const [batch, channels, height, width] = dims('images') as [number, number, number, number];
    const network = build(options, { batch, channels, height, width });
    const params = paramsOf(network);
    const images = float32(dims('images'), Float32Array.from(data('images')));

    test('evaluation', async () => {
      const session = await compile(network.graph, { threads: 1 });
      const result = await session.run(new Map(params).set('images', images));
      await session.release();
      assertClose(floats(result.get('logits'), 'logits'), data('evaluation'), { relative: 1e-5, absolute: 1e-5 });
    });

    test('a training step: loss, every gradient, running statistics', async () => {
      const training = withBatchStatistics(network.graph);
      const wrt = ['images', ...network.parameters];
      const graph = gradient(withLoss(training.graph, 'cross-entropy'), { of: 'loss', wrt });
      const session = await compile(graph, { threads: 1, lowering: 'standard' });
      const feeds = new Map(params).set('images', images).set('targets', float32(dims('targets'), Float32Array.from(data('targets'))));
      const result = await session.run(feeds);
      await session.release();
      const of = (output: string) => floats(result.get(output), output);
      assertClose(of('loss'), data('loss'), { relative: 1e-5 });
      assertClose(of('logits'), data('logits'), { relative: 1e-5, absolute: 1e-5 });
      let [error, norm] = [0, 0];
      for (const key of wrt) {
        const [found, expected] = [of(`${key}.grad`), data(`${key}.grad`)];
        const e = expected.reduce((sum, x, i) => sum + (found[i]! - x) ** 2, 0);
        const n = expected.reduce((sum, x) => sum + x * x, 0);
        // what goes through a batch's mean cancels: such small gradients keep fewer digits
        assert.ok(Math.sqrt(e) <= 1e-4 * Math.sqrt(n) + 1e-6, `${key}: relative error ${Math.sqrt(e / n)}`);
        [error, norm] = [error + e, norm + n];
      }
      assert.ok(Math.sqrt(error / norm) <= 1e-5, `whole gradient: relative error ${Math.sqrt(error / norm)}`);
      const moved = new Map([...params].map(([key, value]) => [key, float32(value.dims, value.data.slice())]));
      updateRunningStatistics(moved, training.norms, result);
      assert.equal(training.norms.length, network.buffers.length / 2);
      for (const key of network.buffers) {
        assertClose(moved.get(key)!.data, data(`new.${key}`), { relative: 1e-5, absolute: 1e-6 }, key);
        assert.equal(result.get(batchStatistic(key))!.data.length, moved.get(key)!.data.length);
      }
    });
  });
}

for (const batchNorm of ['train', 'frozen'] as const) {
  test(`fifty steps follow PyTorch's curve: BatchNorm ${batchNorm}`, async () => {
    const { data, paramsOf } = await read(`curve-${batchNorm}`);
    const [batch, side, classes] = [10, 8, 5];
    const network = build(FIXTURES.basic, { batch, height: side, width: side, classes });
    const params = paramsOf(network, 'start.');
    const optimizer = sgd(new Map(network.parameters.map((name) => [name, params.get(name)!])), {
      ...DEFAULT_RECIPE,
      weightDecay: 1e-3,
      clip: null,
      multipliers: [],
    });
    const step = await compileStep(network, network.parameters, { loss: 'cross-entropy', batchNorm, threads: 1 });
    const targets = Float32Array.from({ length: batch * classes }, (_, i) => Number(Math.floor(i / classes) % classes === i % classes));
    const losses: number[] = [];
    for (let k = 0; k < 50; k++) {
      const images = Float32Array.from({ length: batch * 3 * side * side }, (_, i) => Math.sin(0.37 * i * (1 + (k % 4)) + 0.001 * i * i));
      const { loss, gradients } = await step.run(params, { images, targets });
      losses.push(loss);
      optimizer.update(gradients, 0.02);
    }
    await step.release();
    const expected = data('losses');
    assert.ok(expected[49]! < 0.7 * expected[0]!, 'it learns');
    assertClose(losses, expected, { relative: 1e-3, absolute: 1e-4 });
    for (const name of network.buffers) {
      assertClose(params.get(name)!.data, data(`end.${name}`), { relative: 1e-2, absolute: 1e-3 }, name);
      if (batchNorm === 'frozen') assert.deepEqual(params.get(name)!.data, Float32Array.from(data(`start.${name}`)), name);
    }
  });
}

test('modules share out all parameters and buffers', () => {
  const network = build({ widths: [16, 32], blocks: [1, 2] });
  const all = (of: 'parameters' | 'buffers') => network.modules.flatMap((module) => module[of]);
  assert.deepEqual(
    network.modules.map(({ name, output }) => [name, output]),
    [['conv1', 'conv1'], ['layer1.0', 'layer1.0'], ['layer2.0', 'layer2.0'], ['layer2.1', 'layer2.1'], ['fc', 'logits']], // prettier-ignore
  );
  assert.deepEqual([all('parameters'), all('buffers')], [network.parameters, network.buffers]);
  assert.deepEqual(network.modules[0]!.parameters, ['conv1.weight', 'bn1.weight', 'bn1.bias']);
  assert.deepEqual(network.modules[0]!.buffers, ['bn1.running_mean', 'bn1.running_var']);
});

test('fresh parameters as torchvision draws them', () => {
  const params = build({ widths: [32, 64], blocks: [2, 2], zeroInitResidual: true }).init(7);
  const data = (name: string) => params.get(name)!.data;
  const std = (name: string) => Math.sqrt(data(name).reduce((sum, x) => sum + x * x, 0) / data(name).length);
  for (const [name, fanOut] of [
    ['layer1.1.conv1.weight', 32 * 9],
    ['layer2.0.conv2.weight', 64 * 9],
    ['layer2.0.downsample.0.weight', 64],
  ] as const) {
    const n = data(name).length; // prettier-ignore
    assert.ok(Math.abs(std(name) / Math.sqrt(2 / fanOut) - 1) < 5 / Math.sqrt(2 * n), name);
  }
  const constants = { 'bn1.weight': 1, 'bn1.bias': 0, 'bn1.running_mean': 0, 'bn1.running_var': 1, 'layer1.0.bn2.weight': 0, 'layer2.0.downsample.1.weight': 1 }; // prettier-ignore
  for (const [name, value] of Object.entries(constants)) assert.ok(data(name).every((x) => x === value), name); // prettier-ignore
  assert.ok(build({}).init(1).get('layer1.0.bn2.weight')!.data.every((x) => x === 1)); // prettier-ignore
  assert.ok(Math.max(...data('fc.weight')) <= 1 / 8 && Math.max(...data('fc.weight')) > 0.98 / 8);
});

test('mistakes are named', () => {
  const fails = (options: object, message: RegExp, shape: Partial<NetworkShape> = {}) =>
    assert.throws(
      () => build(options, shape),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  fails({ depth: 20 }, /^resnet: depth must be one of 18, 34, 50, 101, 152, got 20/);
  fails({ zeroInitResidual: 1 }, /^resnet: zeroInitResidual must be true or false, got 1/);
  fails({ zeroFcInit: true }, /unknown option "zeroFcInit"; there are: depth, .*zeroInitResidual/);
  fails({ depth: 18 }, /below 32x32 pixels, got 31x64/, { height: 31, width: 64 });
});

test('one value a channel cannot be normalized', () => {
  const { graph } = build({ widths: [4, 8], blocks: [1, 1] }, { batch: 1, height: 2, width: 2 });
  assert.throws(() => withBatchStatistics(graph), /training must have more than one value a channel, got \[1, 8, 1, 1\]/);
});
