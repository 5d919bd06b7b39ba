import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { lower } from '../../src/lowering/lower.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { withDropoutMasks } from '../../src/onnx/edits/dropout-masks.js';
import { compile } from '../../src/runtime/compile.js';
import type { Params } from '../../src/tensor/params.js';
import { float32, floats } from '../../src/tensor/tensor.js';
import { dropoutMask } from '../../src/train/dropout.js';
import { compileStep } from '../../src/train/step.js';
import { train } from '../../src/train/train.js';
import { assertClose } from '../support/assert-close.js';
import { fixture } from '../support/fixture.js';
import { temporaryFolder } from '../support/tiny-study.js';
import { stripesJob } from './train-stripes.js';

const SHAPE = { batch: 4, channels: 3, height: 2, width: 2, classes: 3 };

/** logits = dropout(x)·Wᵀ */
function network() {
  const b = new GraphBuilder('dropped');
  const [images, w] = [b.input('images', [4, 3, 2, 2]), b.input('w', [3, 12])];
  const dropped = b.op.Dropout([b.op.Flatten([images]), b.scalar(0.25)], {}, 'dropped');
  return { graph: b.build([b.op.Gemm([dropped, w], { transB: 1 }, 'logits')]), shape: SHAPE };
}

const numbers = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i + 1));

test('masks: the share that is dropped, what stays is scaled, keyed by seed and step', () => {
  const mask = { name: 'm', dims: [100, 200], ratio: 0.25 };
  const { data } = dropoutMask(mask, { seed: 1, step: 0 });
  const dropped = data.filter((v) => v === 0).length / data.length;
  // 5 standard errors of a share of 20,000
  assert.ok(Math.abs(dropped - 0.25) < 5 * Math.sqrt((0.25 * 0.75) / 20_000), `${dropped}`);
  assert.ok(data.every((v) => v === 0 || v === Math.fround(1 / 0.75)));
  assert.deepEqual(dropoutMask(mask, { seed: 1, step: 0 }).data, data);
  for (const other of [
    { seed: 2, step: 0 },
    { seed: 1, step: 1 },
  ])
    assert.notDeepEqual(dropoutMask(mask, other).data, data);
});

test('a training step drops by its own mask, forwards and backwards; evaluation drops nothing', async () => {
  const { graph, shape } = network();
  const [images, w] = [numbers(48), numbers(36)];
  const targets = float32([4, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]).data;
  const params: Params = new Map([['w', float32([3, 12], w)]]);
  const step = await compileStep({ graph, shape }, ['w'], { loss: 'cross-entropy', threads: 1, dropoutSeed: 7 });
  const [mask] = withDropoutMasks(graph).masks;
  for (const at of [0, 5]) {
    const { logits, gradients } = await step.run(params, { images, targets }, at);
    const kept = dropoutMask(mask!, { seed: 7, step: at }).data.map((m, i) => m * images[i]!);
    const product = Array.from({ length: 12 }, (_, i) =>
      kept.subarray(12 * Math.floor(i / 3), 12 * Math.floor(i / 3) + 12).reduce((sum, x, k) => sum + x * w[(i % 3) * 12 + k]!, 0),
    );
    assertClose(logits, product, { relative: 1e-5, absolute: 1e-6 }, `logits of step ${at}`);
    // dW = (softmax − target)ᵀ · dropped / n
    const gradient = new Array<number>(36).fill(0);
    for (let n = 0; n < 4; n++) {
      const powers = product.slice(3 * n, 3 * n + 3).map(Math.exp);
      const sum = powers.reduce((a, b) => a + b);
      for (let c = 0; c < 3; c++)
        for (let k = 0; k < 12; k++) gradient[c * 12 + k]! += ((powers[c]! / sum - targets[3 * n + c]!) * kept[12 * n + k]!) / 4;
    }
    assertClose(gradients.get('w')!, gradient, { relative: 1e-4, absolute: 1e-6 }, `gradient of step ${at}`);
  }
  await step.release();
  const session = await compile(graph, { threads: 1 });
  assert.ok(!lower(graph).nodes.some(({ op }) => op === 'Dropout'), 'costs nothing');
  const result = await session.run(new Map(params).set('images', float32([4, 3, 2, 2], images)), ['logits']);
  await session.release();
  const whole = Array.from({ length: 12 }, (_, i) =>
    images.subarray(12 * Math.floor(i / 3), 12 * Math.floor(i / 3) + 12).reduce((sum, x, k) => sum + x * w[(i % 3) * 12 + k]!, 0),
  );
  assertClose(floats(result.get('logits'), 'logits'), whole, { relative: 1e-5, absolute: 1e-6 });
});

test('a run with dropout resumes to the same bytes', async (t) => {
  const folder = await temporaryFolder(t);
  const job = (name: string) => ({
    ...stripesJob(join(folder, name), { epochs: 2, multipliers: [], rate: 0.01 }),
    network: { architecture: 'onnx', file: fixture('models/onnx-residual-old.onnx') },
  });
  await train(job('whole'));
  const controller = new AbortController();
  await assert.rejects(
    train({ ...job('cut'), signal: controller.signal }, { onStep: ({ step }) => step === 8 && controller.abort(new Error('enough')) }),
    /enough/,
  );
  assert.equal((await train(job('cut'))).resumedFrom, 1);
  const final = (name: string) => readFile(join(folder, name, 'final.safetensors'));
  assert.ok((await final('cut')).equals(await final('whole')));
  const other = { ...job('other'), seeds: { init: 5, order: 7 } };
  await train(other);
  assert.ok(!(await final('other')).equals(await final('whole')));
});
