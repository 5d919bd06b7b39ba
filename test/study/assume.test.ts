import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/store.js';
import { parseDevice } from '../../src/study/assume.js';
import { trainingSeconds, START_SECONDS } from '../../src/study/costs.js';
import { estimateAssumed } from '../../src/study/estimate.js';
import { parseStudy } from '../../src/study/parse.js';
import { planStudy } from '../../src/study/plan.js';
import { InputError } from '../../src/tensor/input-error.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { temporaryFolder, tinyStudy } from '../support/tiny-study.js';

const ABSENT = tinyStudy().replace('{ dataset: emoji, domains: [noto] }', '{ dataset: folder, root: /not/here, size: 24 }');
const COUNTS = 'assume: { data: { source: { train: 640, test: 100, classes: 7 } } }\n';
const FAST = { workers: 1, threads: 1, device: { name: 'a device', flopsPerSecond: 1e6 } };

test('a device is this machine, or a name with a speed', () => {
  assert.deepEqual(parseDevice('machine'), { name: 'this machine', flopsPerSecond: null });
  assert.deepEqual(parseDevice('A100=8.5'), { name: 'A100', flopsPerSecond: 8.5e12 });
  for (const wrong of ['A100', 'A100=', 'A100=0', '=8', 'A100=fast'])
    assert.throws(() => parseDevice(wrong), new InputError(`plan: --assume must be 'machine' or a device with the TFLOP/s that training reaches on it, like A100=8, got ${wrong}`)); // prettier-ignore
});

test('a training on a device: the operations of its network by the speed', async (t) => {
  const study = parseStudy(ABSENT + COUNTS, 'tiny.yaml');
  const plan = await planStudy(study, { absentData: true });
  const { seconds } = await estimateAssumed(plan, await openStore(await temporaryFolder(t)), { ...FAST, study });
  // hidden layer 3·24² → 16, head 16 → 7; a step has both weight gradients too, and the gradient of the hidden layer
  const [hidden, head] = [2 * 64 * 3 * 24 * 24 * 16, 2 * 64 * 16 * 7];
  const times = { compileMs: 0, stepMs: (2 * hidden + 3 * head) / 1e3, forwardMs: (hidden + head) / 1e3 };
  const expected = trainingSeconds({ ...DEFAULT_RECIPE, epochs: 2, batch: 64 }, { train: 640, val: 0, test: 100 }, times, null);
  const pretraining = plan.steps.find(({ title }) => title === 'train P on source')!;
  assert.ok(expected > 2 * START_SECONDS, 'not only the start of a process');
  assert.ok(Math.abs(seconds.get(pretraining.id)! - expected) < 1e-9);
  assert.equal(seconds.size, plan.steps.filter(({ kind }) => kind !== 'data').length, 'the other data set was prepared');
});

test('this machine is measured with few images a step; larger batches take longer', async (t) => {
  const study = parseStudy(ABSENT + COUNTS, 'tiny.yaml');
  const told: string[] = [];
  const report = (what: string) => void told.push(what);
  const device = parseDevice('machine');
  const store = await openStore(await temporaryFolder(t));
  await estimateAssumed(await planStudy(study, { absentData: true }), store, { ...FAST, device, study, report });
  assert.deepEqual(told, ['prepare near', 'measuring mlp, batch 16', 'measuring mlp, batch 16']);
});

test('absent data are planned only for an estimate, and must be described', async (t) => {
  const study = parseStudy(ABSENT, 'tiny.yaml');
  await assert.rejects(planStudy(study), /data: \/not\/here must be a folder that can be read, got nothing there/);
  const plan = await planStudy(study, { absentData: true });
  const store = await openStore(await temporaryFolder(t));
  await assert.rejects(estimateAssumed(plan, store, { ...FAST, study }), /\/not\/here/);
});

test('what a study assumes changes no identity, and its names are checked', async () => {
  const ids = async (text: string) => (await planStudy(parseStudy(text, 'tiny.yaml'))).steps.map(({ id }) => id);
  assert.deepEqual(await ids(tinyStudy() + COUNTS), await ids(tinyStudy()));
  assert.throws(
    () => parseStudy(tinyStudy() + COUNTS.replace('source', 'sources'), 'tiny.yaml'),
    /assume.data: unknown data set "sources"; there are: source, near; did you mean source\?/,
  );
});
