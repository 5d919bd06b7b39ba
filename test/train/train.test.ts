import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { InputError } from '../../src/tensor/input-error.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { buildNetwork } from '../../src/models/networks.js';
import type { TrainJob } from '../../src/train/job.js';
import { prepare } from '../../src/train/job.js';
import type { EpochRow, Recipe } from '../../src/train/recipe.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { train } from '../../src/train/train.js';
import { stripes } from '../support/stripes.js';

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'carryover-train-'));
});
after(() => rm(root, { recursive: true, force: true }));

const NETWORK = { architecture: 'fixup-resnet', widths: [4, 8], blocks: [1, 1] };
function job(name: string, recipe: Partial<Recipe> = {}, rest: Partial<TrainJob> = {}): TrainJob {
  return {
    network: NETWORK,
    dataset: stripes(),
    recipe: { ...DEFAULT_RECIPE, epochs: 2, batch: 16, ...recipe },
    seeds: { init: 1, order: 2 },
    directory: join(root, name),
    threads: 1,
    ...rest,
  };
}
const params = async (name: string, file: string) => (await readSafetensors(join(root, name, `${file}.safetensors`))).tensors;
const shape = { batch: 16, channels: 3, height: 8, width: 8, classes: 3 };

test('learns stripes: at least 90 % of unseen images, from chance', async () => {
  const dataset = stripes({ train: 240, val: 60, test: 90 });
  const { rows, timings, best } = await train(job('learns', { epochs: 15, rate: 0.2 }, { dataset }));
  const [first, last] = [rows[0]!, rows.at(-1)!];
  assert.ok(first.testAccuracy! < 0.6 && last.testAccuracy! >= 0.9, `${first.testAccuracy} → ${last.testAccuracy}`);
  assert.ok(last.trainAccuracy > 0.9 && last.trainLoss < first.trainLoss / 2 && last.testLoss! < first.testLoss! / 2);
  assert.deepEqual(
    rows.map(({ epoch }) => epoch),
    Array.from({ length: 16 }, (_, i) => i),
  );
  assert.deepEqual(JSON.parse(await readFile(join(root, 'learns', 'epochs.json'), 'utf8')), rows);
  assert.equal(timings.length, rows.length);
  assert.ok(timings.every(({ imagesPerSecond, dataWaitMs, seconds }) => imagesPerSecond > 0 && dataWaitMs >= 0 && seconds > 0));
  assert.equal(best.why, 'highest validation accuracy');
  assert.equal(rows[best.epoch]!.valAccuracy, Math.max(...rows.slice(1).map((row) => row.valAccuracy!)));
  const { metadata } = await readSafetensors(join(root, 'learns', 'best.safetensors'));
  assert.deepEqual(metadata, { network: JSON.stringify(NETWORK), epoch: String(best.epoch) });
});

test('epoch 0 is the network before any step; rates are those of the last steps', async () => {
  const { rows } = await train(job('zero', { schedule: { name: 'multi-step', warmup: 0, drops: [1], factor: 0.1 } }));
  assert.deepEqual(await params('zero', 'epoch-0000'), buildNetwork(NETWORK, shape).init(1));
  assert.deepEqual(
    rows.map(({ rate }) => Number(rate.toPrecision(12))),
    [0, 0.1, 0.01],
  );
  assert.deepEqual((await readdir(join(root, 'zero'))).sort(), [
    'best.safetensors',
    'epoch-0000.safetensors',
    'epochs.json',
    'final.safetensors',
    'state.safetensors',
    'timing.json',
  ]);
});

test('the two seeds are two knobs', async () => {
  await train(job('seed-a', { epochs: 1 }));
  await train(job('seed-b', { epochs: 1 }, { seeds: { init: 1, order: 3 } }));
  assert.deepEqual(await params('seed-a', 'epoch-0000'), await params('seed-b', 'epoch-0000'));
  assert.notDeepEqual(await params('seed-a', 'final'), await params('seed-b', 'final'));
});

test('fine-tuning starts from the given body and a fresh head', async () => {
  const other = buildNetwork(NETWORK, { ...shape, classes: 9 }).init(50);
  await train(job('tuned', { epochs: 1 }, { initial: other }));
  const start = await params('tuned', 'epoch-0000');
  assert.deepEqual(start.get('layer1.0.conv1.weight'), other.get('layer1.0.conv1.weight'));
  assert.deepEqual(start.get('fc.weight'), buildNetwork(NETWORK, shape).init(1).get('fc.weight'));
  assert.deepEqual(other, buildNetwork(NETWORK, { ...shape, classes: 9 }).init(50), 'the source is left as it was');
});

test('frozen parameters keep their bytes, all others move', async () => {
  await train(job('frozen', { frozen: ['^conv1', '^bias1$', '^layer1'], weightDecay: 0.1 }));
  const [start, end] = [await params('frozen', 'epoch-0000'), await params('frozen', 'final')];
  for (const [name, { data }] of start) {
    const same = Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(
      Buffer.from(end.get(name)!.data.buffer, end.get(name)!.data.byteOffset, data.byteLength),
    );
    assert.equal(same, /^(conv1|bias1$|layer1)/.test(name), name);
  }
});

test('a loss that leaves the numbers stops the run, names the place and keeps the last good state', async () => {
  // two good epochs, then a rate that no network survives
  const explosive = { epochs: 4, rate: 0.01, clip: null, schedule: { name: 'multi-step', warmup: 0, drops: [2], factor: 1e30 } } as const;
  await assert.rejects(train(job('nan', explosive)), (error: Error) => {
    assert.ok(error instanceof InputError);
    assert.match(
      error.message,
      /loss must stay finite, got (NaN|Infinity) in step 1[34] of 24 \(epoch 3, rate 1e\+28\); the state of epoch 2 is kept in .*state\.safetensors; try a lower rate or a clip/,
    );
    return true;
  });
  const { tensors, metadata } = await readSafetensors(join(root, 'nan', 'state.safetensors'));
  assert.equal(metadata['epoch'], '2');
  for (const [name, { data }] of tensors) assert.ok((data as Float32Array).every(Number.isFinite), name);
  assert.equal((JSON.parse(await readFile(join(root, 'nan', 'epochs.json'), 'utf8')) as EpochRow[]).length, 3);
});

test('an update that breaks the parameters in the epoch’s last step does not reach the state', async () => {
  const lastStep = { epochs: 1, batch: 96, rate: 1e38, clip: null } as const;
  await assert.rejects(train(job('broken', { ...lastStep, schedule: { name: 'constant', warmup: 0 } })), /the state of epoch 0 is kept/);
  assert.equal((await readSafetensors(join(root, 'broken', 'state.safetensors'))).metadata['epoch'], '0');
});

test('without validation images best is final, and it is said', async () => {
  const { rows, best } = await train(job('no-val', {}, { dataset: stripes({ val: 0 }) }));
  assert.deepEqual(best, { epoch: 2, why: 'no validation images: best is final' });
  assert.deepEqual(
    rows.map(({ valLoss, valAccuracy }) => [valLoss, valAccuracy]),
    [
      [null, null],
      [null, null],
      [null, null],
    ],
  );
  assert.deepEqual(await params('no-val', 'best'), await params('no-val', 'final'));
});

test('binary cross-entropy and mixup train too', async () => {
  const { rows } = await train(job('bce', { epochs: 6, rate: 0.5, loss: 'binary-cross-entropy', mixup: 0.4 }));
  assert.ok(rows.at(-1)!.testLoss! < 0.8 * rows[0]!.testLoss! && Math.abs(rows[0]!.testLoss! - Math.LN2) < 0.2);
});

test('jobs that cannot train are refused by name', async () => {
  const refused = async (recipe: Partial<Recipe>, message: RegExp, rest: Partial<TrainJob> = {}) =>
    assert.throws(
      () => prepare(job('refused', recipe, rest)),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  await refused({ batch: 97 }, /batch must be at most the 96 training images of stripes, got 97/);
  await refused({ augment: [{ crop: { size: 6 } }] }, /augment must leave images of 8x8 as stripes has them, got 6x6/);
  await refused({ epochs: 0 }, /epochs must be a positive integer, got 0/);
  await refused({ rate: 0 }, /rate must be positive, got 0/);
  await refused({ frozen: ['layer9'] }, /frozen pattern \/layer9\/ matches no parameter; there are: conv1\.weight, bias1/);
  await refused({ frozen: ['.'] }, /frozen must leave something to train/);
  await refused({ frozen: ['('] }, /Invalid regular expression/);
  await refused({ checkpoints: [1, 3] }, /checkpoints must be epochs in 0 … 2, got 3/);
  await refused({ checkpoints: { every: 0 } }, /every must be a positive integer, got 0/);
  await refused({}, /unknown architecture/, { network: { architecture: 'resnets' } });
});
