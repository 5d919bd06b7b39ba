import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceOf } from '../../src/analyses/gaps.js';
import { learningCurves } from '../../src/analyses/learning-curves.js';
import { trained } from '../../src/analyses/pairs.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import type { Subject } from '../../src/analyses/analysis.js';
import { studentQuantile } from '../../src/analyses/statistics.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, patternData, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const analyse = async (subject: Subject) =>
  (await learningCurves.run(subject, { resamples: 300 })) as unknown as TablesOf['learning-curves'];

/** The share of images that a run's checkpoint gets right, and its loss, in float64. */
async function naive(subject: Subject, name: string, at: 'best' | 'final') {
  const run = subject.runs.find((each) => each.name === name)!;
  const { test: images } = subject.data.splits;
  return naiveOutcome(naiveMlp(await run.checkpoint(at), subject.data, images).get('logits')!, images.labels);
}

test('accuracy and loss of best and final, recomputed; intervals hold them', async () => {
  const subject = madeSubject(NETWORK);
  const { runs } = await analyse(subject);
  assert.deepEqual(
    runs.map(({ run, at, epoch }) => [run, at, epoch]),
    [
      ['P-T.1', 'best', 2],
      ['P-T.2', 'best', 2],
      ['RI-T.1', 'best', 1],
      ['RI-T.2', 'best', 1],
      ['P-T.1', 'final', 2],
      ['P-T.2', 'final', 2],
      ['RI-T.1', 'final', 2],
      ['RI-T.2', 'final', 2],
    ],
  );
  for (const { run, at, accuracy, low, high, loss, n, interval } of runs) {
    const expected = await naive(subject, run, at as 'final');
    assert.equal(accuracy, expected.accuracy, `${run} ${at}`);
    assertClose(loss, expected.loss, { relative: 1e-5 }, `${run} ${at}`);
    assert.ok(low < accuracy && accuracy < high);
    assert.deepEqual([n, interval], [70, 'percentile bootstrap over images, 300 resamples']);
  }
  assert.notEqual(runs[2]!.accuracy, runs[6]!.accuracy, 'best is another checkpoint than final');
});

test('the gap is that of the means over runs; speed has a Welch interval over runs', async () => {
  const subject = madeSubject(NETWORK);
  const { runs, gaps } = await analyse(subject);
  assert.deepEqual(
    gaps.map(({ metric, at }) => [metric, at]),
    [
      ['accuracy', 'best'],
      ['accuracy', 'final'],
      ['speed', 'all epochs'],
    ],
  );
  const final = gaps[1]!;
  const accuracy = (name: string) => runs.find(({ run, at }) => run === name && at === 'final')!.accuracy;
  assertClose(final.pretrained, (accuracy('P-T.1') + accuracy('P-T.2')) / 2, { absolute: 1e-15 });
  assertClose(final.gap, final.pretrained - (accuracy('RI-T.1') + accuracy('RI-T.2')) / 2, { absolute: 1e-15 });
  assert.ok(final.low! < final.gap && final.gap < final.high!);
  const speed = gaps[2]!;
  // P-T both (0.4 + 0.8)/2; RI-T (0.2 + 0.4)/2 and (0.2 + 0.5)/2: all the spread, and the one degree of freedom, is RI-T's
  assertClose([speed.pretrained, speed.random, speed.gap], [0.6, 0.325, 0.275], { absolute: 1e-12 }, 'speed');
  const half = (studentQuantile(0.975, 1) * 0.05) / 2;
  assertClose([speed.low!, speed.high!], [0.275 - half, 0.275 + half], { relative: 1e-9 }, 'Welch');
  assert.deepEqual([speed.runs, speed.interval], [4, "Welch's t-interval over runs"]);
  assertClose(speed.relative!, 0.275 / 0.6, { relative: 1e-12 });
});

test('images are drawn jointly: equal networks have a gap of nothing, but for what 70 images may not show', async () => {
  const made = madeSubject(NETWORK);
  const [p, , r] = trained(made.runs);
  const final = await p!.checkpoint('final');
  const twin = runOf({ role: 'RI-T', seed: 1, initial: await r!.checkpoint('initial'), final, network: NETWORK });
  const { gaps } = await analyse(subjectOf(made.data, [p!, twin]));
  const unseen = 1 - 0.025 ** (1 / 70);
  assert.deepEqual([gaps[1]!.gap, gaps[1]!.low, gaps[1]!.high], [0, -unseen, unseen]);
});

test('near chance the relative gap is undefined; with one run a role the speed has no interval', async () => {
  const made = madeSubject(NETWORK);
  const [p, , r] = trained(made.runs);
  // a head of zeros always says class 0
  const dull = new Map([...(await p!.checkpoint('final'))].map(([name, x]) => [name, name.startsWith('fc.') ? float32(x.dims) : x]));
  const constant = runOf({ role: 'P-T', seed: 1, initial: dull, final: dull, network: NETWORK });
  const { gaps } = await analyse(subjectOf(made.data, [constant, r!]));
  const counts = [0, 0, 0];
  for (const label of made.data.splits.test.labels) counts[label]!++;
  assert.equal(chanceOf(made), Math.max(...counts) / 70);
  const [, accuracy, speed] = gaps;
  assert.equal(accuracy!.pretrained, counts[0]! / 70);
  assert.deepEqual([accuracy!.relative, accuracy!.reason], [null, 'no relative gap: the interval of P-T touches chance']);
  assert.deepEqual([speed!.low, speed!.high, speed!.reason], [null, null, 'no interval: it needs two runs of each role']);
  assert.ok(speed!.relative !== null);
});

test('epochs: a row a split that was evaluated, P left out; no gap without both roles', async () => {
  const { data, runs } = madeSubject(NETWORK, patternData({ test: 20 }));
  const { epochs, gaps } = await analyse(subjectOf(data, runs.slice(0, 2)));
  assert.deepEqual(
    epochs.map(({ run, epoch, split, accuracy }) => [run, epoch, split, accuracy]),
    [
      ['P-T.1', 0, 'train', 0.1],
      ['P-T.1', 0, 'test', 0.5],
      ['P-T.1', 1, 'train', 0.4],
      ['P-T.1', 1, 'test', 0.5],
      ['P-T.1', 2, 'train', 0.8],
    ],
  );
  assert.deepEqual(gaps, []);
});
