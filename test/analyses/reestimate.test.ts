import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subject } from '../../src/analyses/analysis.js';
import { averaging } from '../../src/analyses/averaging.js';
import { openEvaluator } from '../../src/analyses/evaluator.js';
import { subset } from '../../src/analyses/images.js';
import type { InterpolationOptions } from '../../src/analyses/interpolation.js';
import { interpolation } from '../../src/analyses/interpolation.js';
import { openReestimator } from '../../src/analyses/reestimate.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { evaluationBatches } from '../../src/data/batches.js';
import { withBatchStatistics } from '../../src/onnx/edits/batch-statistics.js';
import { tap } from '../../src/onnx/edits/tap.js';
import { compile } from '../../src/runtime/compile.js';
import { mix, type Params } from '../../src/tensor/params.js';
import { random } from '../../src/tensor/random.js';
import { float32, floats } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { madeSubject, patternData, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'resnet', widths: [8, 16], blocks: [1, 1] };
const data = patternData({ train: 150, test: 40 });

/** Two networks that compute the same in evaluation mode: B's convolutions are ten times A's, and so is what BatchNorms then divide by. */
async function twins(): Promise<{ subject: Subject; a: Params; b: Params }> {
  const made = madeSubject(NETWORK, data);
  const run = made.runs[1]!;
  const fresh = (await openReestimator(made, run, { images: 128 }))!;
  const a = await fresh.reestimate(await run.checkpoint('final'));
  await fresh.release();
  const factor = (name: string) =>
    /conv|downsample\.0/.test(name) || name.endsWith('running_mean') ? 10 : name.endsWith('running_var') ? 100 : 1;
  const b = new Map([...a].map(([name, { dims, data: values }]) => [name, float32(dims, values.map((x) => factor(name) * x))])); // prettier-ignore
  const runs = [a, b].map((final, i) => runOf({ role: 'P-T', seed: i + 1, initial: final, final, network: NETWORK }));
  return { subject: subjectOf(data, runs), a, b };
}

test('statistics are averages over batches of what enters each BatchNorm, in float64, whatever the buffers were', async () => {
  const subject = madeSubject(NETWORK, data);
  const run = subject.runs[1]!;
  const params = await run.checkpoint('final');
  const network = subject.network(run, { batch: 64 });
  const reestimator = (await openReestimator(subject, run, { images: 140 }))!;
  const found = await reestimator.reestimate(params);

  const { graph, norms } = withBatchStatistics(network.graph);
  const entering = graph.nodes.filter(({ op }) => op === 'BatchNormalization').map(({ inputs }) => inputs[0]!);
  const session = await compile(tap(graph, entering), { threads: 1, lowering: 'standard' });
  const order = random(subject.seed, 're-estimation').permutation(150);
  // 140 images are two batches of 64; the rest is left out
  const images = subset(data, data.splits.train, order.slice(0, 128));
  const sums = new Map(network.buffers.map((name) => [name, new Float64Array(params.get(name)!.data.length)]));
  for await (const batch of evaluationBatches({ dataset: data, split: images, batch: 64 })) {
    const result = await session.run(new Map(params).set('images', float32([64, 3, 8, 8], batch.images)));
    for (const [i, { mean, variance }] of norms.entries()) {
      const { dims, data: x } = result.get(entering[i]!)! as { dims: readonly number[]; data: Float32Array };
      const pixels = dims[2]! * dims[3]!;
      for (let c = 0; c < dims[1]!; c++) {
        const values = x.filter((_, at) => Math.floor(at / pixels) % dims[1]! === c);
        const average = values.reduce((sum, v) => sum + v, 0) / values.length;
        sums.get(mean)![c]! += average / 2;
        sums.get(variance)![c]! += values.reduce((sum, v) => sum + (v - average) ** 2, 0) / (values.length - 1) / 2;
      }
    }
  }
  await session.release();
  for (const [name, expected] of sums) assertClose(found.get(name)!.data, expected, { relative: 1e-4, absolute: 1e-5 }, name);
  for (const name of network.parameters) assert.equal(found.get(name), params.get(name), 'parameters are shared');

  const spoilt = new Map([...params].map(([name, value]) => [name, sums.has(name) ? float32(value.dims, value.data.map(() => 7)) : value])); // prettier-ignore
  assert.deepEqual(await reestimator.reestimate(spoilt), found);
  await reestimator.release();
});

test('without BatchNorm there is nothing to take anew; one image is not enough', async () => {
  const plain = madeSubject({ architecture: 'mlp', hidden: [4] });
  assert.equal(await openReestimator(plain, plain.runs[0]!), null);
  const lone = madeSubject(NETWORK, patternData({ train: 1 }));
  await assert.rejects(openReestimator(lone, lone.runs[0]!), /re-estimation: BatchNorm statistics need at least 2 training images, got 1/);
});

test('interpolation beyond the ends: re-estimated statistics only, as mixed variances may be negative there', async () => {
  const subject = madeSubject(NETWORK, data);
  const spread = subject.runs.filter(({ role }) => role === 'P-T');
  const [a, b] = [await spread[0]!.checkpoint('final'), await spread[1]!.checkpoint('final')];
  const wide = new Map([...b].map(([name, value]) => [name, name.endsWith('running_var') ? float32(value.dims, value.data.map(() => 50)) : value])); // prettier-ignore
  const runs = [a, wide].map((final, i) => runOf({ role: 'P-T', seed: i + 1, initial: a, final, network: NETWORK }));
  const options = { ...interpolation.options, points: 3, splits: ['test'] as const, batchNormImages: 64, resamples: 10 };
  const { paths } = (await interpolation.run(subjectOf(data, runs), options)) as unknown as TablesOf['interpolation'];
  const at = (form: string) => paths.filter(({ batchNorm }) => batchNorm === form).map(({ lambda }) => lambda);
  assert.deepEqual([at('raw'), at('re-estimated')], [[0, 0.5, 1], [-0.5, 0, 0.5, 1, 1.5]]); // prettier-ignore
});

test('the average of two networks that are one function is that function', async () => {
  const { subject } = await twins();
  const { averages } = (await averaging.run(subject, { ...averaging.options, resamples: 10 })) as unknown as TablesOf['averaging'];
  const loss = (what: string, form = 're-estimated') => averages.find((row) => row.what === what && row.batchNorm === form)!.loss;
  // the single runs' own statistics are those of the very images on which the average's are taken
  assertClose(loss('midpoint'), loss('single'), { relative: 1e-4 });
  assert.ok(Math.abs(loss('midpoint', 'raw') - loss('single', 'raw')) > 1e-3, 'averaged statistics do not fit averaged weights');
});

test('interpolation: raw statistics bend the path between two networks that are one function; re-estimated ones do not', async () => {
  const { subject, a, b } = await twins();
  const options: InterpolationOptions = { ...interpolation.options, points: 3, extrapolate: null, batchNormImages: 128, resamples: 100 };
  const { paths, barriers } = (await interpolation.run(subject, options)) as unknown as TablesOf['interpolation'];
  assert.deepEqual([paths.length, barriers.length], [3 * 2 * 2, 2 * 2 * 2 * 2]);
  const loss = (batchNorm: string, lambda: number) =>
    paths.find((row) => row.batchNorm === batchNorm && row.lambda === lambda && row.split === 'test')!.loss;
  for (const lambda of [0.5, 1]) assertClose(loss('re-estimated', lambda), loss('re-estimated', 0), { relative: 1e-4 }, `${lambda}`);
  assertClose(loss('raw', 1), loss('raw', 0), { relative: 1e-3 });
  assert.ok(Math.abs(loss('raw', 0.5) - loss('raw', 0)) > 0.004 * loss('raw', 0), `${loss('raw', 0.5)} against ${loss('raw', 0)}`);
  for (const row of barriers)
    assert.equal(row.oneBasin === null, row.batchNorm === 'raw' || row.split !== 'test' || row.metric !== 'accuracy' || row.definition !== 'line'); // prettier-ignore

  // the raw row is the plain mix
  const evaluator = await openEvaluator(subject, subject.runs[0]!, data.splits.test);
  const logits = await evaluator.logits(mix(a, b, 0.5));
  await evaluator.release();
  const { labels } = data.splits.test;
  const classes = logits.length / labels.length;
  const losses = Array.from(labels, (label, i) => {
    const row = Array.from(floats(float32([logits.length], logits), 'logits').subarray(i * classes, (i + 1) * classes));
    return Math.log(row.reduce((sum, z) => sum + Math.exp(z - row[label]!), 0));
  });
  assertClose(loss('raw', 0.5), losses.reduce((sum, x) => sum + x, 0) / losses.length, { relative: 1e-4 });
});
