import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildNetwork } from '../../src/models/networks.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { float32 } from '../../src/tensor/tensor.js';
import { openOptimizer } from '../../src/train/optimizer.js';
import type { Recipe } from '../../src/train/recipe.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { compileStep } from '../../src/train/step.js';

const BATCH = 8;
const RECIPE: Recipe = {
  ...DEFAULT_RECIPE,
  optimizer: 'adamw',
  weightDecay: 0.05,
  noDecay: ['bias|norm|cls_token|pos_embed'],
  layerDecay: 0.75,
  multipliers: [],
  clip: 1,
};

test('a ViT fine-tunes along PyTorch’s float64 curve: losses of fifty AdamW steps', async () => {
  const file = fileURLToPath(new URL('../../../test/train/fixtures/vit-curve.safetensors', import.meta.url));
  const { tensors, metadata } = await readSafetensors(file);
  const [losses, rates] = ['losses', 'rates'].map((name) => JSON.parse(metadata[name]!) as number[]) as [number[], number[]];
  const data = (name: string) => tensors.get(name)!.data as Float32Array;
  const shape = { batch: BATCH, channels: 3, height: 8, width: 8, classes: 4 };
  const network = buildNetwork({ architecture: 'vit', patch: 4, width: 16, depth: 2, heads: 2, mlpRatio: 2 }, shape);
  const params = new Map(
    network.parameters.map((name): [string, FloatTensor] => [
      name,
      float32(tensors.get(`start.${name}`)!.dims, data(`start.${name}`).slice()),
    ]),
  );
  const optimizer = openOptimizer(params, RECIPE, network.modules);
  const step = await compileStep(network, network.parameters, { loss: 'cross-entropy', threads: 1 });
  const [images, targets] = [data('images'), data('targets')];
  const part = (all: Float32Array, i: number) => {
    const size = (all.length / tensors.get('images')!.dims[0]!) * BATCH;
    const batches = all.length / size;
    return all.slice((i % batches) * size, ((i % batches) + 1) * size);
  };
  const errors: number[] = [];
  for (const [i, rate] of rates.entries()) {
    const { loss, gradients } = await step.run(params, { images: part(images, i), targets: part(targets, i) });
    errors.push(Math.abs(loss - losses[i]!) / losses[i]!);
    optimizer.update(gradients, rate);
  }
  await step.release();
  assert.equal(losses.length, 50);
  assert.ok(losses.at(-1)! < losses[0]! / 3, 'the fixture learns');
  assert.ok(Math.max(...errors.slice(0, 10)) < 1e-6, `the first ten steps: relative error ${Math.max(...errors.slice(0, 10))}`);
  assert.ok(Math.max(...errors) < 5e-6, `all fifty: relative error ${Math.max(...errors)}`);
});
