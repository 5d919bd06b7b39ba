import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, Subject } from '../../src/analyses/analysis.js';
import type { CkaOptions } from '../../src/analyses/cka.js';
import { cka } from '../../src/analyses/cka.js';
import { featureReader, featureSizes } from '../../src/analyses/features.js';
import { gramEngine } from '../../src/analyses/gram.js';
import { centre, cka as alignment } from '../../src/analyses/hsic.js';
import { minibatches } from '../../src/analyses/module-grams.js';
import { buildNetwork } from '../../src/models/networks.js';
import type { CkaLayerRow, CkaRow } from '../../src/analyses/rows.js';
import { float32 } from '../../src/tensor/tensor.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp } from '../support/naive-mlp.js';
import { madeSubject, patternData, runOf, subjectOf } from '../support/subject.js';

const MLP = { architecture: 'mlp', hidden: [12, 9] };
const FIXUP = { architecture: 'fixup-resnet', widths: [4, 8], blocks: [2, 1] };
const analyse = async (subject: Subject, options: Partial<CkaOptions> = {}) =>
  (await cka.run(subject, { ...cka.options, ...options }))['similarities'] as readonly CkaRow[];

/** Gram in float64, as it stands. */
function plainGram(x: ArrayLike<number>, n: number): Float64Array {
  const p = x.length / n;
  const gram = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) for (let k = 0; k < p; k++) gram[i * n + j]! += x[i * p + k]! * x[j * p + k]!;
  return gram;
}

function plainCka(x: ArrayLike<number>, y: ArrayLike<number>, n: number, estimator: 'debiased' | 'biased'): number {
  return alignment([centre(plainGram(x, n), n, estimator)], [centre(plainGram(y, n), n, estimator)]).value!;
}

test('every layer of every pair, from float64 features of plain loops', async () => {
  const subject = madeSubject(MLP);
  const { test: images } = subject.data.splits;
  const layers = new Map<string, Map<string, Float64Array>>();
  for (const run of subject.runs) layers.set(run.name, naiveMlp(await run.checkpoint('final'), subject.data, images));
  for (const estimator of ['debiased', 'biased'] as const) {
    const rows = await analyse(subject, { estimator });
    assert.equal(rows.length, 6 * 3 + 4 * 2, 'six pairs with heads, four against P without');
    for (const { a, b, module, value, low, high, n, p, baseline, ...row } of rows) {
      const layer = module === 'fc' ? 'logits' : module;
      const [x, y] = [layers.get(a)!.get(layer)!, layers.get(b)!.get(layer)!];
      assertClose(value!, plainCka(x, y, n, estimator), { relative: 1e-4 }, `${estimator} ${a} ${b} ${module}`);
      assert.ok(low! <= value! && value! <= high!);
      assert.deepEqual([n, p, row.estimator, row.reason], [70, x.length / 70, estimator, null]);
      assert.equal(baseline, estimator === 'biased' ? p / (p + 70) : 0);
    }
  }
  assert.equal(subject.told.at(-1), 1);
});

const crossed = async (subject: Subject, options: Partial<CkaOptions> = {}) =>
  (await cka.run(subject, { ...cka.options, ...options }))['layers'] as readonly CkaLayerRow[];

test('every layer against every layer: the first pair of each kind, from float64 features of plain loops', async () => {
  const subject = madeSubject(MLP);
  const { test: images } = subject.data.splits;
  const features = new Map<string, Map<string, Float64Array>>();
  for (const run of subject.runs) features.set(run.name, naiveMlp(await run.checkpoint('final'), subject.data, images));
  const rows = await crossed(subject);
  const pairs = [...new Set(rows.map(({ a, b, pair }) => `${a}, ${b}: ${pair}`))];
  assert.deepEqual(pairs, [
    'P-T.1, P-T.2: P-T & P-T',
    'P-T.1, RI-T.1: P-T & RI-T',
    'RI-T.1, RI-T.2: RI-T & RI-T',
    'P-T.1, P: P-T & P',
    'RI-T.1, P: RI-T & P',
  ]);
  assert.equal(rows.length, 3 * 9 + 2 * 6, 'P has no head to compare');
  const layer = (name: string) => (name === 'fc' ? 'logits' : name);
  for (const { a, b, moduleA, moduleB, value, low, high, n } of rows) {
    const [x, y] = [features.get(a)!.get(layer(moduleA))!, features.get(b)!.get(layer(moduleB))!];
    assertClose(value!, plainCka(x, y, 70, 'debiased'), { relative: 1e-4, absolute: 1e-6 }, `${a} ${moduleA}, ${b} ${moduleB}`);
    assert.ok(low! <= value! && value! <= high! && n === 70);
  }
  const same = await analyse(subject);
  for (const row of rows.filter(({ moduleA, moduleB }) => moduleA === moduleB)) {
    const own = same.find(({ a, b, module }) => a === row.a && b === row.b && module === row.moduleA);
    assert.equal(own?.value, row.value, 'the diagonal is the comparison of like with like');
  }
  assert.equal((await crossed(subject, { crossLayer: 'all' })).length, 6 * 9 + 4 * 6);
  assert.deepEqual(await crossed(subject, { crossLayer: 'none' }), []);
  await assert.rejects(
    crossed(subject, { crossLayer: 'some' as 'all' }),
    /cka: crossLayer: unknown value "some"; there are: first, all, none/,
  );
});

test('stages and blocks of a convolutional network; gap is the mean over positions', async () => {
  const subject = madeSubject(FIXUP);
  const names = (rows: readonly CkaRow[]) => rows.filter(({ a, b }) => a === 'P-T.1' && b === 'P-T.2').map(({ module }) => module);
  const stages = await analyse(subject);
  const blocks = await analyse(subject, { level: 'block' });
  assert.deepEqual(names(stages), ['conv1', 'layer1', 'layer2', 'fc']);
  assert.deepEqual(names(blocks), ['conv1', 'layer1.0', 'layer1.1', 'layer2.0', 'fc']);
  const value = (rows: readonly CkaRow[], module: string) => rows.find((row) => row.b === 'P' && row.module === module)!.value;
  assert.equal(value(stages, 'layer1'), value(blocks, 'layer1.1'), 'a stage is its last block');
  assert.ok(!stages.some(({ b, module }) => b === 'P' && module === 'fc'), 'no head against P');

  const features = await Promise.all(['P-T.1', 'RI-T.1'].map((name) => featuresOf(subject, name, 'flatten')));
  const pooled = features.map((x) => pool(x, 70, 8));
  const direct = await Promise.all(['P-T.1', 'RI-T.1'].map((name) => featuresOf(subject, name, 'gap')));
  assertClose(direct[0]!, pooled[0]!, { absolute: 1e-5 }, 'pooled');
  const gap = await analyse(subject, { features: 'gap' });
  const row = gap.find(({ a, b, module }) => a === 'P-T.1' && b === 'RI-T.1' && module === 'layer2')!;
  assertClose(row.value!, plainCka(pooled[0]!, pooled[1]!, 70, 'debiased'), { relative: 1e-4 }, 'gap');
  assert.deepEqual([row.p, row.features], [8, 'gap']);
});

test('the mean of a channel of tokens is over the tokens', () => {
  const shape = { batch: 4, channels: 3, height: 8, width: 8, classes: 3 };
  const { graph, modules } = buildNetwork({ architecture: 'vit', width: 12, depth: 1 }, shape);
  assert.deepEqual(Object.fromEntries(featureSizes(graph, modules, 'gap')), { patch_embed: 12, 'blocks.0': 12, norm: 12, head: 3 });
  assert.equal(featureSizes(graph, modules, 'flatten').get('blocks.0'), 5 * 12);
});

async function featuresOf(subject: Subject, name: string, form: 'flatten' | 'gap'): Promise<Float32Array> {
  const run = subject.runs.find((each) => each.name === name)!;
  const layer2 = subject.network(run, { batch: 1 }).modules[3]!;
  const reader = await featureReader(subject, run, [layer2], form);
  const features = await reader.read(await run.checkpoint('final'), subject.data.splits.test);
  await reader.release();
  return features.get(layer2.name)!;
}

function pool(x: Float32Array, n: number, channels: number): Float64Array {
  const plane = x.length / n / channels;
  return Float64Array.from({ length: n * channels }, (_, k) => x.subarray(k * plane, (k + 1) * plane).reduce((s, v) => s + v, 0) / plane);
}

test('Gram matrices of wide features keep their digits: parts of columns, far from the origin, any scale', async () => {
  const [n, p] = [20, 5000];
  const { normal } = random('wide');
  const noise = Float64Array.from({ length: n * p }, () => normal());
  const engine = gramEngine({ threads: 1 });
  for (const [offset, scale] of [
    [0, 1],
    [300, 1],
    [0, 1e-25],
    [0, 1e15],
  ] as const) {
    const features = Float32Array.from(noise, (x) => (x + offset) * scale);
    const gram = await engine.gram(features, n, p);
    assert.ok('values' in gram);
    const exact = centre(
      plainGram(
        Float64Array.from(features, (x) => x / scale - offset),
        n,
      ),
      n,
      'debiased',
    );
    const found = centre(gram.values, n, 'debiased');
    const square = (g: Float64Array) => g.reduce((sum, x) => sum + x * x, 0);
    const ratio = Math.sqrt(square(found.values) / square(exact.values));
    const error = square(found.values.map((x, i) => x / ratio - exact.values[i]!)) / square(exact.values);
    assert.ok(Math.sqrt(error) < 2e-5, `offset ${offset}, scale ${scale}: relative error ${Math.sqrt(error)}`);
  }
  await engine.release();
});

test('a Gram of more rows than are multiplied at once is symmetric and as a plain loop has it', async () => {
  const [n, p] = [530, 7];
  const { normal } = random('rows');
  const features = Float32Array.from({ length: n * p }, () => normal());
  const engine = gramEngine({ threads: 2 });
  const gram = await engine.gram(features, n, p);
  await engine.release();
  assert.ok('values' in gram);
  const means = Float64Array.from({ length: p }, (_, j) => features.reduce((sum, x, at) => (at % p === j ? sum + x : sum), 0) / n);
  const exact = plainGram(
    features.map((x, at) => x - means[at % p]!),
    n,
  );
  assertClose(gram.values, exact, { absolute: 1e-5 }, 'gram');
  assert.ok(gram.values.every((x, at) => x === gram.values[(at % n) * n + Math.floor(at / n)]));
});

test('minibatches: shuffled, complete, none short; the estimate names them and stays near the full one', async () => {
  assert.deepEqual(
    minibatches(70, 16, 1).map(({ length }) => length),
    [17, 18, 17, 18],
  );
  assert.deepEqual(minibatches(7, 16, 1).length, 1);
  const all = minibatches(70, 16, 1).flatMap((batch) => [...batch]);
  assert.deepEqual(
    all.toSorted((x, y) => x - y),
    [...all.keys()],
  );
  assert.notDeepEqual(all, [...all.keys()]);
  const subject = madeSubject(MLP, patternData({ test: 150 }));
  const [full, parts] = [await analyse(subject), await analyse(subject, { fullUpTo: 100, minibatch: 50 })];
  for (const [i, { estimator, value, low, n }] of parts.entries()) {
    assert.deepEqual([estimator, n], ['debiased, 3 minibatches', 150]);
    assert.ok(Math.abs(value! - full[i]!.value!) < 0.15, `${value} and ${full[i]!.value}`);
    assert.ok(low! < value! || value === 1);
  }
});

test('minibatches weigh as their own features say: sums of HSIC, from float64 features of plain loops', async () => {
  const subject = madeSubject(MLP, patternData({ test: 60 }));
  const { test: images } = subject.data.splits;
  const blocks = minibatches(60, 8, subject.seed);
  const layers = new Map<string, ReadonlyMap<string, Float64Array>>();
  for (const run of subject.runs) layers.set(run.name, naiveMlp(await run.checkpoint('final'), subject.data, images));
  const grams = (name: string, layer: string) => {
    const x = layers.get(name)!.get(layer)!;
    const p = x.length / 60;
    return blocks.map((block) => {
      const rows = Float64Array.from({ length: block.length * p }, (_, k) => x[block[Math.floor(k / p)]! * p + (k % p)]!);
      return centre(plainGram(rows, block.length), block.length, 'debiased');
    });
  };
  for (const { a, b, module, value } of await analyse(subject, { fullUpTo: 10, minibatch: 8 })) {
    const layer = module === 'fc' ? 'logits' : module;
    assertClose(value!, alignment(grams(a, layer), grams(b, layer)).value!, { relative: 1e-4 }, `${a} ${b} ${module}`);
  }
});

test('samples: fixed by the seed, fewer images, and at most all', async () => {
  const subject = madeSubject(MLP);
  const [one, two, all] = [await analyse(subject, { samples: 30 }), await analyse(subject, { samples: 30 }), await analyse(subject)];
  assert.deepEqual(one, two);
  assert.ok(one.every(({ n }) => n === 30));
  assert.deepEqual(await analyse(subject, { samples: 500 }), all);
});

test('constant features are undefined with a reason that names the network; a twin has CKA 1', async () => {
  const made = madeSubject(MLP);
  const [, p, , r] = made.runs as [Run, Run, Run, Run];
  const final = await p.checkpoint('final');
  // no weights in the second layer: all images look alike from there on
  const dead = new Map([...final].map(([name, x]) => [name, name === 'fc2.weight' ? float32(x.dims) : x]));
  const blind = runOf({ role: 'P-T', seed: 2, initial: final, final: dead, network: MLP });
  const rows = await analyse(subjectOf(made.data, [p, blind, r]));
  const pair = rows.filter(({ a, b }) => a === 'P-T.1' && b === 'P-T.2');
  assertClose(pair[0]!.value!, 1, { absolute: 1e-12 });
  for (const { value, low, high, reason } of pair.slice(1)) {
    assert.deepEqual([value, low, high, reason], [null, null, null, 'features are constant (P-T.2)']);
  }
});

test('one run a role and no P; a run alone; options that break a rule', async () => {
  const made = madeSubject(MLP);
  const [p, a, , r] = made.runs as [Run, Run, Run, Run];
  assert.deepEqual([...new Set((await analyse(subjectOf(made.data, [a, r]))).map(({ pair }) => pair))], ['P-T & RI-T']);
  assert.deepEqual([...new Set((await analyse(subjectOf(made.data, [p, r]))).map(({ pair }) => pair))], ['RI-T & P']);
  assert.deepEqual(await analyse(subjectOf(made.data, [a])), []);
  const refused = async (options: object, message: RegExp) => assert.rejects(analyse(made, options), message);
  await refused({ samples: 2 }, /cka: samples: must be a whole number ≥ 4, got 2/);
  await refused({ level: 'layer' }, /cka: level: unknown value "layer"; there are: stage, block/);
  await refused({ minibatch: 3 }, /cka: minibatch: must be a whole number ≥ 4, got 3/);
  await refused({ estimator: 'biased', fullUpTo: 32 }, /cka: the biased estimator needs all images at once.*, got 70/);
  const tiny = madeSubject(MLP, patternData({ test: 3 }));
  await assert.rejects(analyse(tiny), /cka: the test split must have at least 4 images, got 3/);
});
