import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { sizeOf } from '../../src/tensor/tensor.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import type { Params } from '../../src/tensor/params.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { InputError } from '../../src/tensor/input-error.js';
import type { Network, NetworkShape } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { compile } from '../../src/runtime/compile.js';
import { assertClose } from '../support/assert-close.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../test/models/fixtures/${name}`, import.meta.url));
const SHAPE: NetworkShape = { batch: 2, channels: 3, height: 32, width: 32, classes: 18 };
const small = (options: object = {}, shape: Partial<NetworkShape> = {}) =>
  buildNetwork({ architecture: 'fixup-resnet', ...options }, { ...SHAPE, ...shape });
const dims = ({ graph }: Network, name: string) =>
  [...graph.inputs, ...graph.nodes].length && graph.inputs.find((v) => v.name === name)?.dims;

test('parameter counts of the paper’s sizes equal PyTorch’s', () => {
  const counts = JSON.parse(readFileSync(fixture('counts.json'), 'utf8')) as Record<string, number>;
  assert.deepEqual(Object.keys(counts), ['18', '34', '50', '101', '152']);
  for (const [depth, count] of Object.entries(counts)) {
    const { graph, parameters } = small({ depth: Number(depth) }, { batch: 1, classes: 1000 });
    const inputs = graph.inputs.filter(({ name }) => parameters.includes(name));
    assert.equal(
      inputs.reduce((sum, value) => sum + sizeOf(value.dims), 0),
      count,
      `depth ${depth}`,
    );
  }
});

const FORWARD = {
  basic: { widths: [4, 6, 8], blocks: [1, 2, 1] },
  bottleneck: { widths: [3, 4], blocks: [2, 1], block: 'bottleneck' },
  'depth-18': { depth: 18, widths: [3, 4, 5, 6] },
  'depth-50': { depth: 50, widths: [2, 2, 3, 3] },
};
for (const [name, options] of Object.entries(FORWARD)) {
  test(`logits equal PyTorch's in float64: ${name}`, async () => {
    const { tensors } = await readSafetensors(fixture(`fixup-resnet-${name}.safetensors`));
    const images = tensors.get('images')!;
    const [batch, channels, height, width] = images.dims as [number, number, number, number];
    const network = small(options, { batch, channels, height, width, classes: 5 });
    assert.deepEqual([...network.parameters, 'images', 'logits'].sort(), [...tensors.keys()].sort(), 'names');
    for (const parameter of network.parameters) assert.deepEqual(dims(network, parameter), tensors.get(parameter)!.dims, parameter);
    const session = await compile(network.graph, { threads: 1 });
    const feeds = new Map([...tensors].filter(([key]) => key !== 'logits'));
    const logits = (await session.run(feeds)).get('logits') as FloatTensor;
    await session.release();
    assertClose(logits.data, tensors.get('logits')!.data as Float64Array, { relative: 1e-5, absolute: 1e-5 }, name);
  });
}

test('modules: stem, one a block, head; they share out all parameters, and features leave them', () => {
  const network = small({ widths: [16, 32], blocks: [1, 2] });
  assert.deepEqual(
    network.modules.map(({ name, stage, output }) => [name, stage, output]),
    [
      ['conv1', 'conv1', 'conv1'],
      ['layer1.0', 'layer1', 'layer1.0'],
      ['layer2.0', 'layer2', 'layer2.0'],
      ['layer2.1', 'layer2', 'layer2.1'],
      ['fc', 'fc', 'logits'],
    ],
  );
  assert.deepEqual(
    network.modules.flatMap((module) => module.parameters),
    network.parameters,
  );
  assert.deepEqual(network.modules[0]!.parameters, ['conv1.weight', 'bias1']);
  assert.deepEqual(network.modules.at(-1)!.parameters, ['bias2', 'fc.weight', 'fc.bias']);
  const made = network.graph.nodes.flatMap((node) => node.outputs);
  for (const { output } of network.modules) assert.ok(made.includes(output), output);
  assert.deepEqual(
    network.graph.inputs.map(({ name }) => name),
    ['images', ...network.parameters],
  );
});

test('fresh parameters have the moments that Fixup asks for', () => {
  const basic = small({ widths: [32, 64], blocks: [2, 2] }).init(7);
  const bottleneck = small({ widths: [32, 64], blocks: [2, 2], block: 'bottleneck' }).init(7);
  const moments = (params: Params, name: string) => {
    const { data } = params.get(name)!;
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    return {
      mean,
      std: Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length),
      max: data.reduce((m, x) => Math.max(m, Math.abs(x)), 0),
      n: data.length,
    };
  };
  const isNormal = (params: Params, name: string, std: number) => {
    const found = moments(params, name);
    // five standard errors of the mean and of the standard deviation
    assert.ok(Math.abs(found.mean) < (5 * std) / Math.sqrt(found.n), `${name}: mean ${found.mean}`);
    assert.ok(Math.abs(found.std / std - 1) < 5 / Math.sqrt(2 * found.n), `${name}: std ${found.std}, expected ${std}`);
    assert.ok(found.max > 2.5 * std, `${name}: a uniform law would stop at 1.7 standard deviations`);
  };
  isNormal(basic, 'layer1.1.conv1.weight', Math.sqrt(2 / (32 * 9)) * 4 ** -0.5);
  isNormal(basic, 'layer2.0.conv1.weight', Math.sqrt(2 / (64 * 9)) * 4 ** -0.5);
  isNormal(basic, 'layer2.0.downsample.weight', Math.sqrt(2 / 64));
  const stem = moments(basic, 'conv1.weight');
  assert.ok(stem.max <= 1 / Math.sqrt(27) && stem.max > 0.98 / Math.sqrt(27));
  assert.ok(Math.abs(stem.std * Math.sqrt(3 * 27) - 1) < 0.1, 'uniform: a third of the squared bound');
  const head = moments(basic, 'fc.weight');
  assert.ok(head.max <= 1 / 8 && head.max > 0.98 / 8);
  assert.ok(moments(basic, 'fc.bias').max <= 1 / 8 && moments(basic, 'fc.bias').max > 0);
  for (const [name, { data }] of basic) {
    if (/conv2\.weight$/.test(name) || /bias\d[ab]?$/.test(name))
      assert.ok(
        data.every((x) => x === 0),
        name,
      );
    if (name.endsWith('scale')) assert.deepEqual([...data], [1]);
  }

  isNormal(bottleneck, 'layer2.1.conv1.weight', Math.sqrt(2 / 64) * 4 ** -0.25);
  isNormal(bottleneck, 'layer2.1.conv2.weight', Math.sqrt(2 / (64 * 9)) * 4 ** -0.25);
  isNormal(bottleneck, 'layer1.0.downsample.weight', Math.sqrt(2 / 128));
  assert.ok(bottleneck.get('layer2.1.conv3.weight')!.data.every((x) => x === 0));
});

test('same seed, same bytes; another head or batch leaves the body as it is', () => {
  const [a, b, c] = [small().init(3), small({}, { batch: 5, classes: 4 }).init(3), small().init(4)];
  for (const [name, { data }] of a) {
    if (!name.startsWith('fc')) assert.deepEqual(data, b.get(name)!.data, name);
  }
  assert.deepEqual(a, small().init(3));
  assert.notDeepEqual(a.get('conv1.weight'), c.get('conv1.weight'));
  assert.ok(
    small({ zeroFcInit: true })
      .init(3)
      .get('fc.weight')!
      .data.every((x) => x === 0),
  );
});

test('mistakes are named', () => {
  const fails = (options: object, message: RegExp, shape: Partial<NetworkShape> = {}) =>
    assert.throws(
      () => small(options, shape),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  fails({ depth: 20 }, /depth must be one of 18, 34, 50, 101, 152, got 20/);
  fails({ depth: 18, blocks: [1] }, /depth 18 already says blocks and block/);
  fails({ widths: [16, 0] }, /widths: must be a list of positive integers, got \[16,0\]/);
  fails({ widths: [16, 32], blocks: [1] }, /one number a stage, got \[16, 32\] and \[1\]/);
  fails({ block: 'botleneck' }, /block: unknown value "botleneck"; there are: basic, bottleneck; did you mean bottleneck\?/);
  fails({ stem: '5x5' }, /stem: unknown value "5x5"; there are: 3x3, 7x7; did you mean 3x3\?/);
  fails({ zeroFcInit: 1 }, /zeroFcInit must be true or false, got 1/);
  fails({ depht: 18 }, /unknown option "depht"; there are: depth, .*did you mean depth\?/);
  fails({ depth: 18 }, /below 32x32 pixels, got 31x64/, { height: 31, width: 64 });
  fails({}, /below 4x4 pixels, got 32x3/, { width: 3 });
  fails({}, /classes must be a positive integer, got 0/, { classes: 0 });
  assert.throws(
    () => buildNetwork({ architecture: 'fixup-resent' }, SHAPE),
    /unknown architecture "fixup-resent"; there are: fixup-resnet, mlp, onnx, resnet, vit; did you mean fixup-resnet\?/,
  );
});
