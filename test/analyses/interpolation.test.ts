import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subject } from '../../src/analyses/analysis.js';
import type { Dataset } from '../../src/data/dataset.js';
import type { InterpolationOptions } from '../../src/analyses/interpolation.js';
import { interpolation } from '../../src/analyses/interpolation.js';
import { pathRows } from '../../src/analyses/path-rows.js';
import { grid } from '../../src/analyses/barrier.js';
import { drawn, subset } from '../../src/analyses/images.js';
import { meanOver } from '../../src/analyses/over-images.js';
import { trained } from '../../src/analyses/pairs.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { mix, replace } from '../../src/tensor/params.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, nudged, patternData, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const OPTIONS: InterpolationOptions = { ...interpolation.options, points: 5, trainSamples: 16, resamples: 200 };
const analyse = async (subject: Subject, options: Partial<InterpolationOptions> = {}) =>
  (await interpolation.run(subject, { ...OPTIONS, ...options })) as unknown as TablesOf['interpolation'];

test('loss and accuracy at every λ of every pair and split, recomputed in float64', async () => {
  const subject = madeSubject(NETWORK);
  const { paths } = await analyse(subject);
  const { train, test: images } = subject.data.splits;
  const fixed = subset(subject.data, train, drawn(train.ids.length, 16, subject.seed, 'interpolation', 'train'));
  assert.equal(paths.length, 6 * 9 * 2, 'pairs, λ from −0.5 to 1.5, splits');
  for (const { a, b, lambda, split, loss, accuracy, n, lossLow, lossHigh, accuracyLow, accuracyHigh } of paths) {
    const [start, end] = [a, b].map((name) => subject.runs.find((run) => run.name === name)!);
    const params = mix(await start!.checkpoint('final'), await end!.checkpoint('final'), lambda);
    const looked = split === 'test' ? images : fixed;
    const expected = naiveOutcome(naiveMlp(params, subject.data, looked).get('logits')!, looked.labels);
    const where = `${a} ${b} ${split} ${lambda}`;
    assertClose(loss, expected.loss, { relative: 1e-4 }, where);
    assert.equal(accuracy, expected.accuracy, where);
    assert.equal(n, looked.ids.length);
    assert.ok(lossLow <= loss && loss <= lossHigh && accuracyLow <= accuracy && accuracy <= accuracyHigh, where);
  }
  assert.deepEqual(
    subject.told,
    subject.told.toSorted((x, y) => x - y),
  );
  assert.equal(subject.told.at(-1), 1);
});

test('barriers follow from the paths of the same pair, by both definitions', async () => {
  const { paths, barriers } = await analyse(madeSubject(NETWORK));
  assert.equal(barriers.length, 6 * 2 * 2 * 2);
  for (const row of barriers) {
    const path = paths.filter(({ a, b, split, lambda }) => a === row.a && b === row.b && split === row.split && lambda >= 0 && lambda <= 1);
    const cost = path.map(({ loss, accuracy }) => (row.metric === 'loss' ? loss : -accuracy));
    const excess = path.map(({ lambda }, k) => {
      const line = row.definition === 'line' ? (1 - lambda) * cost[0]! + lambda * cost[4]! : (cost[0]! + cost[4]!) / 2;
      return cost[k]! - line;
    });
    assertClose(row.barrier, Math.max(...excess), { absolute: 1e-12 }, `${row.a} ${row.b} ${row.metric} ${row.definition}`);
    assertClose(excess[path.findIndex(({ lambda }) => lambda === row.lambda)]!, row.barrier, { absolute: 1e-12 });
    const verdict = row.metric === 'accuracy' && row.definition === 'line' && row.split === 'test';
    assert.equal(row.oneBasin, verdict ? row.high < 0.02 : null);
  }
  const judged = barriers.filter(({ oneBasin }) => oneBasin !== null);
  const between = judged.map(({ high }) => high).toSorted((x, y) => x - y)[2]!;
  const wide = (await analyse(madeSubject(NETWORK), { oneBasin: between })).barriers.filter(({ oneBasin }) => oneBasin !== null);
  assert.deepEqual(
    wide.map(({ oneBasin }) => oneBasin),
    judged.map(({ high }) => high < between),
    'the bound is an option',
  );
});

test('pairs with P, when asked for: the body moves, the head stays', async () => {
  const subject = madeSubject(NETWORK);
  const { paths, barriers } = await analyse(subject, { withP: true, splits: ['test'], extrapolate: null });
  assert.deepEqual([...new Set(barriers.map(({ pair }) => pair))], ['P-T & P-T', 'P-T & RI-T', 'RI-T & RI-T', 'P-T & P', 'RI-T & P']);
  const p = await subject.runs.find(({ role }) => role === 'P')!.checkpoint('final');
  const { test: images } = subject.data.splits;
  for (const { a, lambda, loss } of paths.filter(({ b }) => b === 'P')) {
    const start = await subject.runs.find(({ name }) => name === a)!.checkpoint('final');
    const body = replace(start, p, (name) => !name.startsWith('fc.'));
    const expected = naiveOutcome(naiveMlp(mix(start, body, lambda), subject.data, images).get('logits')!, images.labels);
    assertClose(loss, expected.loss, { relative: 1e-4 }, `${a} ${lambda}`);
  }
  assert.deepEqual(await analyse(subject, { withP: false }), await analyse(subject));
});

test('a network and itself share a basin, which takes 183 images to say', async () => {
  const barrierOn = async (test: number) => {
    const { barriers } = await twins(patternData({ test }));
    return barriers.find(({ metric, definition }) => metric === 'accuracy' && definition === 'line')!;
  };
  for (const [test, oneBasin] of [
    [70, false],
    [200, true],
  ] as const) {
    const accuracy = await barrierOn(test);
    assertClose([accuracy.barrier, accuracy.low, accuracy.high], [0, 0, 1 - 0.025 ** (1 / test)], { absolute: 1e-12 });
    assert.equal(accuracy.oneBasin, oneBasin);
  }
});

async function twins(data: Dataset) {
  const made = madeSubject(NETWORK, data);
  const [p] = trained(made.runs);
  const final = await p!.checkpoint('final');
  const twin = runOf({ role: 'P-T', seed: 2, initial: final, final, network: NETWORK });
  return analyse(subjectOf(made.data, [p!, twin]), { splits: ['test'], extrapolate: null });
}

test('intervals: a barrier that every image has is certain; one that a third have is not', () => {
  const lambdas = grid(3, null);
  const hump = (n: number, high: (i: number) => number) =>
    [0, 1, 0].map((up) => ({
      loss: Float64Array.from({ length: n }, (_, i) => 1 + up * high(i)),
      accuracy: meanOver(new Uint8Array(n).fill(1 - up)),
    }));
  const find = (n: number, high: (i: number) => number) =>
    pathRows(lambdas, hump(n, high), 'test', { oneBasin: 0.02, resamples: 2000, key: ['hump'] }).barriers;
  const [loss, , accuracy] = find(30, () => 2);
  assert.deepEqual([loss!.barrier, loss!.low, loss!.high, loss!.lambda], [2, 2, 2, 0.5]);
  assert.deepEqual([accuracy!.barrier, accuracy!.low, accuracy!.oneBasin], [1, 1, false]);
  const [third] = find(300, (i) => (i % 3 === 0 ? 3 : 0));
  const half = 1.96 * Math.sqrt((9 * (1 / 3) * (2 / 3)) / 300);
  assertClose([third!.low, third!.high], [1 - half, 1 + half], { absolute: 0.02 }, 'normal approximation');
});

test('end points must reproduce the accuracy on record', async () => {
  const made = madeSubject(NETWORK);
  const [p] = trained(made.runs);
  const final = await p!.checkpoint('final');
  const { test: images } = made.data.splits;
  const { accuracy } = naiveOutcome(naiveMlp(final, made.data, images).get('logits')!, images.labels);
  const pair = (testAccuracy: number) =>
    subjectOf(made.data, [p!, runOf({ role: 'P-T', seed: 2, initial: final, final, network: NETWORK, testAccuracy })]);
  await analyse(pair(accuracy), { points: 2, extrapolate: null });
  await assert.rejects(
    analyse(pair(accuracy + 1 / 70), { points: 2, extrapolate: null }),
    /internal: interpolation: P-T.2 at final must have the recorded test accuracy/,
  );
});

test('a network that has diverged is named; without pairs there are no rows', async () => {
  const made = madeSubject(NETWORK);
  const [p] = trained(made.runs);
  const broken = nudged(await p!.checkpoint('final'), NaN, 'broken');
  const lost = runOf({ role: 'RI-T', seed: 9, initial: broken, final: broken, network: NETWORK });
  await assert.rejects(
    analyse(subjectOf(made.data, [p!, lost])),
    /predictions: logits must be finite, got NaN \(λ = -0.5 between P-T.1 and/,
  );
  assert.deepEqual(await analyse(subjectOf(made.data, [p!, made.runs[0]!])), { paths: [], barriers: [] });
});

test('options that break a rule', async () => {
  const subject = madeSubject(NETWORK);
  const refused = async (options: object, message: RegExp) => assert.rejects(analyse(subject, options), message);
  await refused({ points: 1 }, /interpolation: points: must be a whole number ≥ 2, got 1/);
  await refused({ extrapolate: [0.5, 2] }, /interpolation: extrapolate must be null or \[low ≤ 0, high ≥ 1\], got \[0.5,2\]/);
  await refused({ splits: ['val'] }, /interpolation: splits: unknown value "val"; there are: test, train/);
  await refused({ splits: [] }, /interpolation: splits must list test, train or both once, got \[\]/);
  for (const oneBasin of [0, 1.5, '2']) await refused({ oneBasin }, /interpolation: oneBasin must be a share of accuracy in \(0, 1\], got/);
  await refused({ at: 'last' }, /interpolation: at: unknown value "last"; there are: best, final/);
});
