import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { buildNetwork } from '../../src/models/networks.js';
import type { Params } from '../../src/tensor/params.js';
import { readSafetensors, toParams } from '../../src/tensor/safetensors.js';
import type { TrainJob } from '../../src/train/job.js';
import type { Recipe } from '../../src/train/recipe.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { train } from '../../src/train/train.js';
import { stripes } from '../support/stripes.js';

const NETWORK = { architecture: 'resnet', widths: [8, 16], blocks: [1, 1] };
const { buffers } = buildNetwork(NETWORK, { batch: 16, channels: 3, height: 8, width: 8, classes: 3 });

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'carryover-batch-norm-'));
});
after(() => rm(root, { recursive: true, force: true }));

const job = (name: string, recipe: Partial<Recipe> = {}, rest: Partial<TrainJob> = {}): TrainJob => ({
  network: NETWORK,
  dataset: stripes({ train: 240, val: 60, test: 90 }),
  recipe: { ...DEFAULT_RECIPE, epochs: 6, batch: 16, rate: 0.1, multipliers: [], ...recipe },
  seeds: { init: 1, order: 2 },
  directory: join(root, name),
  threads: 1,
  ...rest,
});
const checkpoint = async (name: string, file: string): Promise<Params> =>
  toParams((await readSafetensors(join(root, name, `${file}.safetensors`))).tensors);

test('learns, with running statistics that evaluation uses', async () => {
  const { rows } = await train(job('whole'));
  const last = rows.at(-1)!;
  assert.ok(last.testAccuracy! >= 0.8 && last.trainAccuracy >= 0.8, `${last.testAccuracy} of the test images`);
  const [start, end] = [await checkpoint('whole', 'epoch-0000'), await checkpoint('whole', 'final')];
  for (const name of buffers) assert.notDeepEqual(end.get(name)!.data, start.get(name)!.data, name);
});

test('a run that was interrupted resumes to the same bytes, statistics and all', async () => {
  const controller = new AbortController();
  const onStep = ({ step }: { step: number }) => (step === 50 ? controller.abort(new Error('enough')) : undefined);
  await assert.rejects(train(job('cut', {}, { signal: controller.signal }), { onStep }), /enough/);
  const { resumedFrom } = await train(job('cut'));
  assert.equal(resumedFrom, 3);
  const [cut, whole] = await Promise.all(['cut', 'whole'].map((name) => readFile(join(root, name, 'final.safetensors'))));
  assert.ok(cut!.equals(whole!));
});

test('fine-tuning begins with the statistics of the body; frozen BatchNorms keep them, parameters train', async () => {
  const initial = await checkpoint('whole', 'final');
  await train(job('frozen', { epochs: 1, batchNorm: 'frozen' }, { initial }));
  const [start, end] = [await checkpoint('frozen', 'epoch-0000'), await checkpoint('frozen', 'final')];
  for (const name of buffers) {
    assert.deepEqual(start.get(name)!.data, initial.get(name)!.data, name);
    assert.deepEqual(end.get(name)!.data, start.get(name)!.data, name);
  }
  assert.notDeepEqual(end.get('bn1.weight')!.data, start.get('bn1.weight')!.data);
  assert.notDeepEqual(end.get('conv1.weight')!.data, start.get('conv1.weight')!.data);
});
