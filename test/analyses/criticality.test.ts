import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run, Subject } from '../../src/analyses/analysis.js';
import type { CriticalityOptions } from '../../src/analyses/criticality.js';
import { criticality } from '../../src/analyses/criticality.js';
import { logGrid, noiseOf, perturbed } from '../../src/analyses/criticality-grid.js';
import type { Cell, Explored } from '../../src/analyses/criticality-rows.js';
import { criticalityRows } from '../../src/analyses/criticality-rows.js';
import { drawn, subset } from '../../src/analyses/images.js';
import { trained } from '../../src/analyses/pairs.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { mean, variance } from '../../src/analyses/statistics.js';
import { buildNetwork } from '../../src/models/networks.js';
import { mix, replace } from '../../src/tensor/params.js';
import type { Params } from '../../src/tensor/params.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, nudged, patternData, runOf, subjectOf } from '../support/subject.js';

const SMALL: Partial<CriticalityOptions> = { alphas: 3, sigmas: 3, draws: 3, samples: 20, resamples: 50 };
const analyse = async (subject: Subject, options: Partial<CriticalityOptions> = {}) =>
  (await criticality.run(subject, { ...criticality.options, ...SMALL, ...options })) as unknown as TablesOf['criticality'];

/** Φ, by Abramowitz & Stegun 7.1.26 (error below 1.5e-7). */
function normalShare(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (polynomial * Math.exp((-x * x) / 2)) / 2;
  return x > 0 ? 1 - tail : tail;
}

test('closed form: of two linear classes, an image is missed with probability Φ(−margin / (σ√(2(‖x‖² + 1))))', async () => {
  const data = patternData({ classes: 2, side: 4, train: 40 });
  const network = { architecture: 'mlp', hidden: [] };
  const built = buildNetwork(network, { batch: 1, channels: 3, height: 4, width: 4, classes: 2 });
  const { pixels, labels } = data.splits.train;
  const x = (i: number) => Array.from(pixels.subarray(i * 48, (i + 1) * 48), (value) => (value / 255 - 0.5) / 0.25);
  // training moved along the difference of the class means, which separates the patterns
  const direction = Array.from({ length: 48 }, (_, j) => mean(Array.from(labels, (label, i) => (label === 1 ? 1 : -1) * x(i)[j]!)));
  const initial = built.init(3);
  const final: Params = new Map(
    [...initial].map(([name, { dims, data, ...rest }]) => [
      name,
      { ...rest, dims, data: name === 'fc.weight' ? data.map((w, k) => w + (k < 48 ? -0.3 : 0.3) * direction[k % 48]!) : data },
    ]),
  );
  const subject = subjectOf(data, [runOf({ role: 'RI-T', seed: 1, initial, final, network })]);
  const { cells, modules, networks } = await analyse(subject, {
    alphas: 4,
    sigmas: 5,
    draws: 600,
    samples: null,
    slack: 0.1,
    smallest: 0.05,
    scales: ['absolute'],
  });
  assert.equal(cells.length, 20);
  const expected = (alpha: number, sigma: number) => {
    const [w, b] = ['fc.weight', 'fc.bias'].map((name) => mix(initial, final, alpha).get(name)!.data);
    return mean(
      Array.from(labels, (label, i) => {
        const features = x(i);
        const logit = (c: number) => features.reduce((sum, value, j) => sum + w![c * 48 + j]! * value, b![c]!);
        const margin = (label === 1 ? 1 : -1) * (logit(1) - logit(0));
        return normalShare(-margin / (sigma * Math.sqrt(2 * (features.reduce((sum, value) => sum + value * value, 0) + 1))));
      }),
    );
  };
  const exact = cells.map(({ alpha, sigma }) => expected(alpha, sigma));
  assert.ok(Math.max(...exact) - Math.min(...exact) > 0.2, 'the surface is not flat');
  for (const [k, { alpha, sigma, error, standardError }] of cells.entries()) {
    const where = `α = ${alpha}, σ = ${sigma}: ${error} ± ${standardError}, exactly ${exact[k]}`;
    assert.ok(Math.abs(error - exact[k]!) <= 5 * standardError + 2e-3, where);
    assert.ok(standardError < 0.03 && (standardError > 0 || exact[k]! < 1e-3), where);
  }
  const [row] = modules;
  const squared = [...initial].reduce(
    (sum, [name, { data }]) => sum + data.reduce((s, v, k) => s + (v - final.get(name)!.data[k]!) ** 2, 0),
    0,
  );
  const least = (slack: number) =>
    Math.min(
      ...cells.map(({ alpha, sigma, standardError }, k) =>
        exact[k]! + slack * standardError <= row!.epsilon ? (alpha ** 2 * squared) / sigma ** 2 : Infinity,
      ),
    );
  assert.equal(
    least(3).toFixed(6),
    least(-3).toFixed(6),
    'the test is sharp: noise of three standard errors changes no verdict that counts',
  );
  assertClose(row!.mu!, least(0), { relative: 1e-5 }, 'μ');
  assert.ok(row!.mu! > 0 && !row!.edge);
  assertClose(row!.distance, Math.sqrt(squared), { relative: 1e-6 });
  assert.equal(networks[0]!.mu, row!.mu, 'one module is the network');
});

test('every cell is the mean of forward passes with its own draws, recomputed in float64', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [6, 5] });
  const { cells, modules } = await analyse(subject, { paths: ['direct'], scales: ['relative', 'absolute'], smallest: 0.1 });
  const { train } = subject.data.splits;
  const images = subset(subject.data, train, drawn(train.ids.length, 20, subject.seed, 'criticality', 'train'));
  assert.equal(cells.length, 2 * 3 * 2 * 9, 'runs, modules, scales, α × σ');
  for (const { run, module, alpha, sigma, relativeSigma, error, standardError, cost } of cells) {
    const found = subject.runs.find(({ name }) => name === run)!;
    const [start, end] = [await found.checkpoint(0), await found.checkpoint('final')];
    const own = (params: Params): Params => new Map([...params].filter(([name]) => name.startsWith(`${module}.`)));
    const centre = mix(own(start), own(end), alpha);
    const errors = [0, 1, 2].map((draw) => {
      const params: Params = new Map([...end, ...perturbed(centre, noiseOf(own(end), draw, subject.seed, 'criticality'), sigma)]);
      return 1 - naiveOutcome(naiveMlp(params, subject.data, images).get('logits')!, images.labels).accuracy;
    });
    const where = `${run} ${module} α ${alpha} σ ${sigma}`;
    assertClose(error, mean(errors), { absolute: 1e-12 }, where);
    assertClose(standardError, Math.sqrt(variance(errors) / 3), { absolute: 1e-12 }, where);
    const row = modules.find((each) => each.run === run && each.module === module)!;
    assertClose(relativeSigma!, sigma / row.rms, { relative: 1e-12 });
    assertClose(cost, (alpha * row.distance) ** 2 / sigma ** 2, { relative: 1e-4, absolute: 1e-12 }, where);
  }
  assert.equal(subject.told.at(-1), 1);
});

test('noise: unit variance, every draw its own, and that of a parameter whatever stands beside it', () => {
  const params = nudged(
    buildNetwork({ architecture: 'mlp', hidden: [40] }, { batch: 1, channels: 3, height: 8, width: 8, classes: 3 }).init(1),
    0,
    'x',
  );
  const draws = [0, 1, 2].map((draw) => noiseOf(params, draw, 'key'));
  for (const noise of draws) {
    const { data } = noise.get('fc1.weight')!;
    assertClose([mean(data), variance(data)], [0, 1], { absolute: 0.05 }, 'moments');
  }
  const product = (a: number, b: number) =>
    mean(draws[a]!.get('fc1.weight')!.data.map((u, i) => u * draws[b]!.get('fc1.weight')!.data[i]!));
  assertClose([product(0, 1), product(1, 2), product(0, 2)], [0, 0, 0], { absolute: 0.05 }, 'draws are independent');
  const alone = new Map([...params].filter(([name]) => name === 'fc.weight'));
  assert.deepEqual(noiseOf(alone, 2, 'key').get('fc.weight'), draws[2]!.get('fc.weight'));
  const moved = perturbed(params, draws[0]!, 0.5).get('fc.bias')!.data;
  assertClose(
    moved,
    params.get('fc.bias')!.data.map((w, i) => w + 0.5 * draws[0]!.get('fc.bias')!.data[i]!),
    { absolute: 1e-7 },
  );
  assert.deepEqual(
    logGrid(3, 0.01).map((s) => Number(s.toFixed(12))),
    [0.01, 0.1, 1],
  );
});

test('common random numbers: a cell does not change with the grid around it; the same study gives the same rows', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [6] });
  const [coarse, fine] = [await analyse(subject, { alphas: 2, sigmas: 2 }), await analyse(subject, { alphas: 3, sigmas: 3 })];
  for (const cell of coarse.cells) {
    const same = fine.cells.find(
      ({ run, module, alpha, sigma }) =>
        run === cell.run && module === cell.module && alpha === cell.alpha && Math.abs(sigma / cell.sigma - 1) < 1e-9,
    )!;
    assert.deepEqual([same.error, same.standardError], [cell.error, cell.standardError]);
  }
  assert.deepEqual(await analyse(subject, { alphas: 3, sigmas: 3 }), fine);
});

test('independent noise: every cell has its own draws, recomputed, and the same again next time', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [6] });
  const options = { noise: 'independent', paths: ['direct'], scales: ['absolute'], smallest: 0.1 } as const;
  const { cells } = await analyse(subject, options);
  const images = subset(subject.data, subject.data.splits.train, drawn(40, 20, subject.seed, 'criticality', 'train'));
  for (const [k, { run, module, alpha, sigma, error }] of cells.entries()) {
    const found = subject.runs.find(({ name }) => name === run)!;
    const [start, end] = [await found.checkpoint(0), await found.checkpoint('final')];
    const own = (params: Params): Params => new Map([...params].filter(([name]) => name.startsWith(`${module}.`)));
    const centre = mix(own(start), own(end), alpha);
    const errors = [0, 1, 2].map((draw) => {
      const noise = noiseOf(own(end), draw, subject.seed, 'criticality', run, k % 9);
      const params: Params = new Map([...end, ...perturbed(centre, noise, sigma)]);
      return 1 - naiveOutcome(naiveMlp(params, subject.data, images).get('logits')!, images.labels).accuracy;
    });
    assertClose(error, mean(errors), { absolute: 1e-12 }, `${run} ${module} α ${alpha} σ ${sigma}`);
  }
  assert.deepEqual((await analyse(subject, options)).cells, cells);
  assert.notDeepEqual((await analyse(subject, { ...options, noise: 'common' })).cells, cells);
});

test('along checkpoints that lie on the line, the optimization path is the direct one', async () => {
  const made = madeSubject({ architecture: 'mlp', hidden: [6] });
  const [run] = trained(made.runs);
  const [start, end] = [await run!.checkpoint(0), await run!.checkpoint('final')];
  const epochs = [0, 1, 2, 3].map((epoch) => ({ ...run!.epochs[0]!, epoch }));
  const straight: Run = {
    ...run!,
    epochs,
    saved: [0, 1, 2, 3],
    checkpoint: (at) => Promise.resolve(at === 'initial' ? start : at === 'final' || at === 3 ? end : mix(start, end, Number(at) / 3)),
  };
  const { cells, modules } = await analyse(subjectOf(made.data, [straight]), { alphas: 4 });
  const [direct, saved] = ['direct', 'optimization'].map((path) => cells.filter((cell) => cell.path === path));
  assert.deepEqual(
    saved!.map(({ epoch, alpha }) => [epoch, alpha]).slice(0, 4 * 3),
    [0, 1, 2, 3].flatMap((e) => Array.from({ length: 3 }, () => [e, e / 3])),
  );
  assert.deepEqual(
    saved!.map(({ error }) => error),
    direct!.map(({ error }) => error),
  );
  assertClose(
    saved!.map(({ cost }) => cost),
    direct!.map(({ cost }) => cost),
    { relative: 1e-4, absolute: 1e-9 },
    'cost',
  );
  assert.deepEqual([...new Set(modules.map(({ path }) => path))], ['direct', 'optimization']);
  const few = await analyse(subjectOf(made.data, [run!]));
  assert.deepEqual([...new Set(few.modules.map(({ path }) => path))], ['direct'], 'start and end alone are no path');
});

test('a module that training did not move has μ = 0 and no cells', async () => {
  const made = madeSubject({ architecture: 'fixup-resnet', widths: [4, 8] });
  const [run] = trained(made.runs);
  const [initial, final] = [await run!.checkpoint(0), await run!.checkpoint('final')];
  const frozen = replace(final, initial, (name) => name.startsWith('layer1.0'));
  const { cells, modules } = await analyse(
    subjectOf(made.data, [runOf({ role: 'P-T', seed: 1, initial, final: frozen, network: run!.network })]),
  );
  const [still] = modules.filter(({ module }) => module === 'layer1.0');
  assert.deepEqual([still!.mu, still!.low, still!.high, still!.distance, still!.reason], [0, 0, 0, 0, 'training did not move this module']);
  assert.ok(cells.length > 0 && !cells.some(({ module }) => module === 'layer1.0'));
});

/** Two places, two σ; how many of ten images each of two draws misses. */
function explored(wrong: readonly (readonly [number, number])[], { name = 'a', missed = 2 } = {}): Explored<Cell> {
  const cells = wrong.map((byDraw, k): Cell => ({
    point: { alpha: Math.floor(k / 2), epoch: null, squared: 4 * Math.floor(k / 2) },
    sigma: [0.125, 1][k % 2]!,
    byDraw: Uint32Array.from(byDraw),
    byImage: Uint16Array.from({ length: 10 }, (_, i) => byDraw.filter((misses) => i < misses).length),
  }));
  return {
    run: { name: 'P-T.1', role: 'P-T', seed: 1 },
    group: { name, depth: 0, parameters: [name], buffers: [], head: false },
    missed: Uint8Array.from({ length: 10 }, (_, i) => Number(i < missed)),
    draws: 2,
    surfaces: [{ path: 'direct', scale: 'absolute', rms: 0.5, grid: [0.125, 1], cells }],
  };
}
const rowsOf = (...all: Explored<Cell>[]) => criticalityRows(all, 0.05, { resamples: 100, key: ['criticality rows'] });

test('the least feasible cell, the edge, none, and the sum', () => {
  // ε = 0.25: of (α, σ) = (0, ⅛), (0, 1), (1, ⅛), (1, 1) only the third is feasible: μ = 4 / 0.125²
  const third = rowsOf(
    explored([
      [3, 3],
      [9, 9],
      [2, 3],
      [5, 5],
    ]),
  );
  const [row] = third.modules;
  assertClose([row!.mu!, row!.epsilon, row!.error!, row!.standardError!], [256, 0.25, 0.25, 0.05], { relative: 1e-12 });
  assert.deepEqual([row!.alpha, row!.sigma, row!.relativeSigma, row!.distance, row!.edge], [1, 0.125, 0.25, 2, true]);
  assert.equal(
    rowsOf(
      explored([
        [3, 3],
        [9, 9],
        [2, 2],
        [2, 2],
      ]),
    ).modules[0]!.mu,
    4,
    'more noise, less μ',
  );
  const start = rowsOf(
    explored([
      [2, 2],
      [9, 9],
      [2, 2],
      [2, 2],
    ]),
  ).modules[0]!;
  assert.deepEqual([start.mu, start.alpha, start.edge], [0, 0, false], 'the start itself');
  const none = rowsOf(
    explored([
      [9, 9],
      [9, 9],
      [9, 9],
      [9, 9],
    ]),
    explored(
      [
        [3, 3],
        [9, 9],
        [2, 3],
        [5, 5],
      ],
      { name: 'b' },
    ),
  );
  assert.deepEqual(
    none.modules.map(({ mu, high, reason }) => [mu, high, reason?.slice(0, 16)]),
    [
      [null, null, 'no feasible cell'],
      [256, null, undefined],
    ],
  );
  assert.deepEqual([none.networks[0]!.mu, none.networks[0]!.reason], [null, 'no feasible cell in a']);
  const both = rowsOf(
    explored([
      [3, 3],
      [9, 9],
      [2, 2],
      [2, 2],
    ]),
    explored(
      [
        [3, 3],
        [9, 9],
        [2, 3],
        [5, 5],
      ],
      { name: 'b' },
    ),
  );
  assert.equal(both.networks[0]!.mu, 260);
});

test('options that break a rule', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [4] });
  const refused = (options: object, message: RegExp) => assert.rejects(analyse(subject, options), message);
  await refused({ paths: [] }, /criticality: paths: must be a list like \[direct\] of different direct, optimization, got \[\]/);
  await refused(
    { scales: ['relativ'] },
    /criticality: scales: unknown value "relativ"; there are: relative, absolute; did you mean relative\?/,
  );
  await refused({ smallest: 0 }, /criticality: smallest: must lie between 0 and 1, got 0/);
  await refused({ draws: 1 }, /criticality: draws: must be a whole number ≥ 2, got 1/);
  await refused({ slack: 2 }, /criticality: slack: must be a number in \[0, 1\], got 2/);
  assert.deepEqual(await analyse(subjectOf(subject.data, [subject.runs[0]!])), { modules: [], networks: [], cells: [] });
});

test('networks are pieces: what other processes come to, in any order, are the same rows', async () => {
  const subject = madeSubject({ architecture: 'mlp', hidden: [6] });
  const alone = await analyse(subject);
  assert.equal(new Set(alone.networks.map(({ run }) => run)).size, 2);
  let asked = 0;
  const elsewhere: NonNullable<Subject['pieces']> = async (count, piece) => {
    asked = count;
    const found = new Map<number, Awaited<ReturnType<typeof piece>>>();
    for (let k = count - 1; k >= 0; k--) found.set(k, structuredClone(await piece(k, () => undefined)));
    return Array.from({ length: count }, (_, k) => found.get(k)!);
  };
  assert.deepEqual(await analyse({ ...subject, pieces: elsewhere }), alone);
  assert.equal(asked, 2);
});
