import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { gradient } from '../../src/autodiff/gradient.js';
import type { NetworkShape } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { compile } from '../../src/runtime/compile.js';
import { InputError } from '../../src/tensor/input-error.js';
import { readSafetensors, toParams } from '../../src/tensor/safetensors.js';
import { floats, sizeOf } from '../../src/tensor/tensor.js';
import { withLoss } from '../../src/train/losses.js';
import { assertClose } from '../support/assert-close.js';

const SHAPE: NetworkShape = { batch: 2, channels: 3, height: 32, width: 32, classes: 10 };
const build = (options: object = {}, shape: Partial<NetworkShape> = {}) =>
  buildNetwork({ architecture: 'vit', ...options }, { ...SHAPE, ...shape });

test('names, shapes and parameter counts of timm’s sizes', () => {
  const counts = { tiny: 5_717_416, small: 22_050_664, base: 86_567_656 };
  for (const [size, count] of Object.entries(counts)) {
    const { graph, parameters } = build({ size }, { batch: 1, height: 224, width: 224, classes: 1000 });
    const dims = new Map(graph.inputs.map((value) => [value.name, value.dims]));
    assert.equal(
      parameters.reduce((sum, name) => sum + sizeOf(dims.get(name)!), 0),
      count,
      size,
    );
    const width = dims.get('norm.weight')![0]!;
    assert.deepEqual(dims.get('pos_embed'), [1, 197, width]);
    assert.deepEqual(dims.get('patch_embed.proj.weight'), [width, 3, 16, 16]);
    assert.deepEqual(dims.get('blocks.11.attn.qkv.weight'), [3 * width, width]);
    assert.deepEqual(dims.get('blocks.11.mlp.fc2.weight'), [width, 4 * width]);
  }
});

test('loss, logits and all gradients as PyTorch in float64', async () => {
  const file = fileURLToPath(new URL('../../../test/models/fixtures/vit.safetensors', import.meta.url));
  const fixture = toParams((await readSafetensors(file)).tensors);
  const network = build({ patch: 4, width: 12, depth: 2, heads: 3, mlpRatio: 2 }, { batch: 3, height: 8, width: 12, classes: 5 });
  const wrt = ['images', ...network.parameters];
  const given = [...fixture.keys()].filter((name) => !/^(logits|loss)$|\.grad$/.test(name));
  assert.deepEqual(given.toSorted(), [...wrt, 'targets'].sort(), 'names');
  const session = await compile(gradient(withLoss(network.graph, 'cross-entropy'), { of: 'loss', wrt }), { threads: 1 });
  const result = await session.run(new Map(given.map((name) => [name, fixture.get(name)!])));
  await session.release();
  assertClose(floats(result.get('loss'), 'loss'), fixture.get('loss')!.data, { relative: 1e-6 }, 'loss');
  assertClose(floats(result.get('logits'), 'logits'), fixture.get('logits')!.data, { relative: 1e-5, absolute: 1e-5 }, 'logits');
  let [error, norm] = [0, 0];
  for (const name of wrt) {
    const [actual, expected] = [floats(result.get(`${name}.grad`), name), fixture.get(`${name}.grad`)!.data];
    const e = expected.reduce((sum, x, i) => sum + (actual[i]! - x) ** 2, 0);
    const n = expected.reduce((sum, x) => sum + x * x, 0);
    assert.ok(n > 0 && Math.sqrt(e / n) <= 2e-5, `${name}: relative error ${Math.sqrt(e / n)}`);
    [error, norm] = [error + e, norm + n];
  }
  assert.ok(Math.sqrt(error / norm) <= 2e-6, `whole gradient: relative error ${Math.sqrt(error / norm)}`);
});

test('modules: embedding, one a block, final norm, head; they share out all parameters, and features leave them', () => {
  const network = build({ depth: 2 });
  assert.deepEqual(
    network.modules.map(({ name, output }) => [name, output]),
    [
      ['patch_embed', 'patch_embed'],
      ['blocks.0', 'blocks.0'],
      ['blocks.1', 'blocks.1'],
      ['norm', 'norm'],
      ['head', 'logits'],
    ],
  );
  assert.deepEqual(
    network.modules.flatMap(({ parameters }) => parameters),
    network.parameters,
  );
  assert.deepEqual(network.modules.at(-1)!.parameters, ['head.weight', 'head.bias']);
});

test('fresh parameters as timm draws them', () => {
  const params = build({ size: 'tiny', depth: 1 }, { height: 64, width: 64 }).init(5);
  const std = (name: string) => {
    const { data } = params.get(name)!;
    return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
  };
  for (const name of ['pos_embed', 'blocks.0.attn.qkv.weight', 'blocks.0.mlp.fc1.weight', 'head.weight'])
    assert.ok(Math.abs(std(name) / 0.02 - 1) < 0.06, `${name}: ${std(name)}`);
  assert.ok(Math.abs(std('cls_token') / 1e-6 - 1) < 0.3);
  assert.ok(Math.abs(std('patch_embed.proj.weight') * Math.sqrt(3 * 768) - 1) < 0.01, 'uniform: a third of the squared bound 1/768');
  const all = (name: string, value: number) => assert.ok(params.get(name)!.data.every((x) => x === value), name); // prettier-ignore
  for (const name of ['blocks.0.norm1.weight', 'norm.weight']) all(name, 1);
  for (const name of ['blocks.0.norm2.bias', 'blocks.0.attn.proj.bias', 'head.bias']) all(name, 0);
});

test('mistakes are named', () => {
  const fails = (options: object, message: RegExp, shape: Partial<NetworkShape> = {}) =>
    assert.throws(
      () => build(options, shape),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  fails({ size: 'tinny' }, /vit: size: unknown value "tinny"; there are: tiny, small, base; did you mean tiny\?/);
  fails({ heads: 5 }, /vit: heads must divide the width 64, got 5/);
  fails({ size: 'tiny' }, /vit: patch must divide the image's sides 40x40, got 16/, { height: 40, width: 40 });
  fails({ mlpRatio: 0.01 }, /vit: mlpRatio must give whole hidden units for width 64, got 0.01/);
  fails({ depth: 0 }, /vit: depth: must be a whole number ≥ 1, got 0/);
});
