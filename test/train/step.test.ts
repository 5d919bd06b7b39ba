import assert from 'node:assert/strict';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { float32 } from '../../src/tensor/tensor.js';
import { buildNetwork } from '../../src/models/networks.js';
import { sgd } from '../../src/train/sgd.js';
import { compileStep, trainableOf } from '../../src/train/step.js';
import { assertClose } from '../support/assert-close.js';

const NETWORK = buildNetwork(
  { architecture: 'fixup-resnet', widths: [4, 6], blocks: [1, 1] },
  { batch: 4, channels: 3, height: 6, width: 6, classes: 3 },
);

test('three training steps equal PyTorch in float64: loss, logits, parameters', async () => {
  const file = fileURLToPath(new URL('../../../test/train/fixtures/steps.safetensors', import.meta.url));
  const { tensors, metadata } = await readSafetensors(file);
  const data = (name: string) => tensors.get(name)!.data as Float32Array;
  const numbers = (name: string) => JSON.parse(metadata[name]!) as number[];
  const params = new Map(
    NETWORK.parameters.map((name): [string, FloatTensor] => [
      name,
      float32(tensors.get(`start.${name}`)!.dims, data(`start.${name}`).slice()),
    ]),
  );
  const optimizer = sgd(params, {
    momentum: 0.9,
    nesterov: true,
    weightDecay: 0.01,
    clip: 1,
    multipliers: [{ pattern: 'bias|scale', factor: 0.1 }],
  });
  const step = await compileStep(NETWORK, NETWORK.parameters, { loss: 'cross-entropy', threads: 1 });
  for (const [i, rate] of numbers('rates').entries()) {
    const { loss, logits, gradients } = await step.run(params, { images: data(`images.${i}`), targets: data(`targets.${i}`) });
    assertClose([loss], [numbers('losses')[i]!], { relative: 2e-6 }, `loss of step ${i}`);
    assertClose(logits, data(`logits.${i}`), { relative: 1e-5, absolute: 1e-5 }, `logits of step ${i}`);
    optimizer.update(gradients, rate);
  }
  await step.release();
  for (const [name, { data: end }] of params) assertClose(end, data(`end.${name}`), { relative: 1e-5, absolute: 2e-6 }, name);
});

test('frozen parameters are not differentiated, and the others get the same gradients', async () => {
  const params = NETWORK.init(1);
  const images = Float32Array.from({ length: 4 * 3 * 36 }, (_, i) => Math.sin(i * i));
  const targets = Float32Array.from({ length: 12 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const some = trainableOf(NETWORK.parameters, ['^conv1', '^layer1\\.', '^bias1$']);
  assert.ok(some.includes('layer2.0.conv1.weight') && !some.includes('layer1.0.conv1.weight') && !some.includes('conv1.weight'));
  const [all, part] = [
    await compileStep(NETWORK, NETWORK.parameters, { loss: 'cross-entropy', threads: 1 }),
    await compileStep(NETWORK, some, { loss: 'cross-entropy', threads: 1 }),
  ];
  const [whole, frozen] = [await all.run(params, { images, targets }), await part.run(params, { images, targets })];
  assert.deepEqual([...frozen.gradients.keys()], some);
  assert.equal(frozen.loss, whole.loss);
  for (const [name, gradient] of frozen.gradients)
    assertClose(gradient, whole.gradients.get(name)!, { relative: 1e-6, absolute: 1e-8 }, name);
  await all.release();
  await part.release();
});
