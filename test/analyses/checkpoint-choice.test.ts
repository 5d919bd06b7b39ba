import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import type { Ground, Run, SweepRun } from '../../src/analyses/analysis.js';
import { barrierOf, grid } from '../../src/analyses/barrier.js';
import type { CheckpointChoiceOptions } from '../../src/analyses/checkpoint-choice.js';
import { checkpointChoice, defaultEpochs } from '../../src/analyses/checkpoint-choice.js';
import { linearProbe } from '../../src/analyses/linear-probe.js';
import { logme } from '../../src/analyses/logme.js';
import { nearestNeighbours } from '../../src/analyses/nearest-neighbours.js';
import { kendall, spearman, spearmanP } from '../../src/tensor/rank-correlation.js';
import type { CheckpointRow, TablesOf } from '../../src/analyses/rows.js';
import { checkpointChoice as section } from '../../src/report/sections/checkpoint-choice.js';
import { mix } from '../../src/tensor/params.js';
import type { Params } from '../../src/tensor/params.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { figures } from '../../src/web/charts/checkpoint-choice.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { assertTidy } from '../support/tidy.js';
import { madeSubject, nudged, patternData, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const OPTIONS: CheckpointChoiceOptions = { ...checkpointChoice.options, resamples: 200, points: 5 };
const EPOCHS = [0, 1, 3, 4, 6];

/** P after each of six epochs is its end plus noise, less and less of it; so are the two runs fine-tuned from each. */
function swept() {
  const data = patternData();
  const made = madeSubject(NETWORK, data);
  const [p, first, second] = made.runs as [Run, Run, Run];
  const noisy = async (run: Run, epoch: number): Promise<Params> =>
    nudged(await run.checkpoint('final'), 0.4 * (1 - epoch / 6), `epoch ${epoch}`);
  const pretrained: Run = {
    ...runOf({ role: 'P', seed: 1, initial: new Map(), final: new Map(), network: NETWORK, trainAccuracies: EPOCHS.map(() => 0.5) }),
    epochs: Array.from({ length: 7 }, (_, epoch) => ({
      ...{ trainLoss: 1, trainAccuracy: 0.5, valLoss: null, valAccuracy: null, testLoss: 1, rate: 0.1 },
      epoch,
      testAccuracy: 0.2 + 0.1 * epoch,
    })),
    tested: 400,
    checkpoint: (at) => (typeof at === 'number' ? noisy(p, at) : p.checkpoint(at)),
  };
  const sweep = EPOCHS.flatMap((epoch) =>
    [first, second].map((run, i): SweepRun => ({
      ...runOf({
        role: 'P-T',
        seed: run.seed,
        initial: new Map(),
        final: new Map(),
        network: NETWORK,
        trainAccuracies: [0, 0.1 * epoch, 0.1 * epoch + 0.1 * i],
      }),
      name: `${run.name}, from epoch ${epoch}`,
      checkpoint: () => noisy(run, epoch),
      variant: { epoch },
      data: () => Promise.resolve(data),
    })),
  );
  return subjectOf(data, [pretrained, first, second], { sweep });
}

const subject = swept();
const analyse = async (options = OPTIONS) => (await checkpointChoice.run(subject, options)) as unknown as TablesOf['checkpoint-choice'];
const tables = await analyse();
const runsFrom = (epoch: number) => subject.sweep!.filter((run) => run.variant['epoch'] === epoch);
const naive = (params: Params) =>
  naiveOutcome(naiveMlp(params, subject.data, subject.data.splits.test).get('logits')!, subject.data.splits.test.labels).accuracy;

test('accuracy from every epoch is the mean over runs, recomputed; the distance to the best is paired', async () => {
  assert.deepEqual(
    tables.epochs.map(({ epoch, runs, n }) => [epoch, runs, n]),
    EPOCHS.map((epoch) => [epoch, 2, 70]),
  );
  for (const row of tables.epochs) {
    const [a, b] = await Promise.all(runsFrom(row.epoch).map(async (run) => naive(await run.checkpoint('final'))));
    assertClose(row.accuracy, (a! + b!) / 2, { absolute: 1e-12 }, `epoch ${row.epoch}`);
    assert.ok(row.low < row.accuracy && row.accuracy < row.high);
    assertClose(row.sourceAccuracy!, 0.2 + 0.1 * row.epoch, { absolute: 1e-12 });
    // Wilson's bounds solve |p − θ| = z·√(θ(1 − θ)/n) for θ
    assert.equal(row.sourceN, 400);
    for (const bound of [row.sourceLow!, row.sourceHigh!])
      assertClose(Math.abs(row.sourceAccuracy! - bound), 1.959963984540054 * Math.sqrt((bound * (1 - bound)) / 400), { absolute: 1e-12 });
    // runs of speeds 0.1·e and 0.1·e + 0.05
    assertClose(row.speed!, 0.1 * row.epoch + 0.025, { absolute: 1e-12 });
    assert.equal(row.withinNoise, row.behindLow <= 0);
  }
  const best = tables.epochs.find((row) => row.behind === 0)!;
  assert.deepEqual([best.behindLow, best.behindHigh, best.withinNoise], [0, 0, true]);
  assert.ok(
    tables.epochs.some(({ withinNoise }) => !withinNoise),
    'the noisiest start is behind',
  );
});

test('of P whose labels were independent an AUC is on record: there is no source accuracy', async () => {
  const [p, ...others] = subject.runs;
  const judged = subjectOf(subject.data, [{ ...p!, metric: 'AUC' }, ...others], { sweep: subject.sweep! });
  const { epochs, predictors } = (await checkpointChoice.run(judged, OPTIONS)) as unknown as TablesOf['checkpoint-choice'];
  for (const row of epochs) assert.deepEqual([row.sourceAccuracy, row.sourceLow, row.sourceN], [null, null, null]);
  assert.match(predictors.find(({ predictor }) => predictor === 'source accuracy')!.reason!, /needs 4 epochs, got 0/);
  assert.deepEqual(epochs.map(({ accuracy }) => accuracy), tables.epochs.map(({ accuracy }) => accuracy)); // prettier-ignore
});

test('the barrier to the last epoch is the largest over seeds, recomputed along the line', async () => {
  for (const row of tables.epochs.slice(0, -1)) {
    const barriers = await Promise.all(
      runsFrom(row.epoch).map(async (run, i) => {
        const [a, b] = [await run.checkpoint('final'), await runsFrom(6)[i]!.checkpoint('final')];
        const lambdas = grid(5, null);
        return barrierOf(
          lambdas,
          lambdas.map((lambda) => 1 - naive(mix(a, b, lambda))),
          'line',
        ).barrier;
      }),
    );
    assertClose(row.barrier!, Math.max(...barriers), { absolute: 1e-12 }, `epoch ${row.epoch}`);
    assert.ok(row.barrierLow! <= row.barrierHigh!);
  }
  assert.deepEqual([tables.epochs.at(-1)!.barrier, tables.epochs.at(-1)!.oneBasin], [null, null]);
});

test('the bound of one basin and the predictors are options', async () => {
  const [wide, narrow] = [await analyse({ ...OPTIONS, oneBasin: 1, predictors: ['probe'] }), await analyse({ ...OPTIONS, oneBasin: 1e-9 })];
  const judged = ({ epochs }: typeof wide) => epochs.slice(0, -1).map(({ oneBasin }) => oneBasin);
  assert.deepEqual([judged(wide), judged(narrow)], [EPOCHS.slice(1).map(() => true), EPOCHS.slice(1).map(() => false)]);
  assert.deepEqual(wide.epochs.map(({ logme, probe, neighbours }) => [logme, probe, neighbours]), tables.epochs.map(({ probe }) => [null, probe, null])); // prettier-ignore
  assert.deepEqual(wide.predictors, tables.predictors.filter(({ predictor }) => ['source accuracy', 'linear probe'].includes(predictor))); // prettier-ignore
});

test("predictors are those of P's features on the target's images", async () => {
  const { data, runs } = subject;
  for (const row of tables.epochs) {
    const params = await runs[0]!.checkpoint(row.epoch);
    const features = (split: 'train' | 'test') => Float32Array.from(naiveMlp(params, data, data.splits[split]).get('fc1')!);
    const known = { features: features('train'), size: 12, labels: data.splits.train.labels, classes: 3 };
    const share = (predicted: Int32Array) => predicted.filter((label, i) => label === data.splits.test.labels[i]).length / predicted.length;
    assertClose(row.logme!, logme(known)!, { relative: 1e-4 });
    assertClose(
      [row.probe!, row.neighbours!],
      [share(linearProbe(known).predict(features('test'))), share(nearestNeighbours(known, features('test'), 5))],
      {
        absolute: 1e-12,
      },
    );
  }
});

test('rank correlations over the epochs, with the reason where there is none', async () => {
  const accuracies = tables.epochs.map(({ accuracy }) => accuracy);
  const [source] = tables.predictors;
  assert.deepEqual(
    tables.predictors.map(({ predictor, epochs }) => [predictor, epochs]),
    ['source accuracy', 'LogME', 'linear probe', 'nearest neighbours'].map((name) => [name, 5]),
  );
  assert.equal(source!.spearman, spearman(EPOCHS, accuracies));
  assert.equal(source!.kendall, kendall(EPOCHS, accuracies));
  assert.equal(source!.p, spearmanP(EPOCHS, accuracies, []));
  assert.ok(source!.spearmanLow! <= source!.spearman! && source!.spearman! <= source!.spearmanHigh!);
  const few = subjectOf(subject.data, subject.runs, { sweep: subject.sweep!.slice(0, 6) });
  const { predictors } = (await checkpointChoice.run(few, OPTIONS)) as unknown as TablesOf['checkpoint-choice'];
  assert.deepEqual([predictors[0]!.spearman, predictors[0]!.reason], [null, 'needs 4 epochs, got 3']);
});

test('same question, same rows; without a sweep none', async () => {
  assertTidy('checkpoint-choice', tables as never, 'patterns');
  assert.equal(Math.max(...subject.told), 1);
  assert.deepEqual(await analyse(), tables);
  await assert.rejects(
    async () => checkpointChoice.run(subjectOf(subject.data, subject.runs), OPTIONS),
    /checkpoint-choice: it fine-tunes from epochs of pre-training, and P or P-T was trained elsewhere/,
  );
});

test("the paper's epochs, scaled, and around the drops of the rate", () => {
  const drops = { name: 'multi-step', warmup: 0, drops: [30, 60], factor: 0.1 } as const;
  assert.deepEqual(defaultEpochs({ epochs: 90, schedule: drops }), [0, 1, 2, 5, 10, 29, 30, 31, 59, 60, 61, 89, 90]);
  assert.deepEqual(defaultEpochs({ epochs: 22, schedule: DEFAULT_RECIPE.schedule }), [0, 1, 2, 6, 7, 8, 14, 15, 16, 21, 22]);
  assert.deepEqual(defaultEpochs({ epochs: 2, schedule: { ...drops, drops: [2] } }), [0, 1, 2]);
});

const GROUND: Ground = {
  target: 'photos',
  targets: ['photos'],
  side: 32,
  pretrain: { recipe: { ...DEFAULT_RECIPE, epochs: 9 } },
  arms: [{ role: 'P-T', seeds: [{ init: 1, order: 2 }], recipe: DEFAULT_RECIPE }],
};

test('the sweep: P-T from each epoch, whose checkpoints P must keep', () => {
  const { trainings, checkpoints } = checkpointChoice.sweep!(GROUND, { ...OPTIONS, epochs: [9, 4], recipe: { epochs: 2 } });
  assert.deepEqual(checkpoints, [4, 9]);
  assert.deepEqual(trainings[0], {
    name: 'P-T.1-2, from epoch 4',
    role: 'P-T',
    seeds: { init: 1, order: 2 },
    recipe: { epochs: 2 },
    from: 4,
    variant: { epoch: 4 },
  });
  assert.equal(trainings.length, 2);
  const refused = (ground: Partial<Ground>, options: object, message: RegExp) =>
    assert.throws(() => checkpointChoice.sweep!({ ...GROUND, ...ground }, { ...OPTIONS, ...options }), message);
  refused({ pretrain: null }, {}, /must have a pretrain section and the arm P-T for photos, got no pretrain/);
  refused({ arms: [] }, {}, /got no P-T/);
  refused({}, { epochs: [1, 10] }, /epochs must be at most pre-training's 9, got 10/);
  assert.throws(() => checkpointChoice.check!({ ...OPTIONS, epochs: [3] }), /epochs must be null or a list of two epochs or more/);
});

const saying = (...rows: Partial<CheckpointRow>[]) => ({
  target: 'a',
  tables: { epochs: rows.map((row) => ({ ...tables.epochs[0]!, ...row })), predictors: [] },
});

test('a predictor foretells by interval and permutation p; of 4 epochs none can', () => {
  const predictor = { ...tables.predictors[0]!, spearman: 0.95, spearmanLow: 0.82, spearmanHigh: 1 };
  const rows = [0, 3, 9].map((epoch) => ({ epoch, chance: 0.1, low: 0.4, withinNoise: epoch > 0, oneBasin: null }));
  const said = (row: object) => {
    const findings = saying(...rows);
    return section.answer({ ...findings, tables: { ...findings.tables, predictors: [{ ...predictor, ...row }] } as never });
  };
  assert.match(
    said({ p: 2 / 24, epochs: 4 }),
    /the order of the checkpoints is not shown to be foretold without fine-tuning by source accuracy 0\.95 \(0\.82 to 1\.00\), p = 0\.083 \(Spearman.* over 4 epochs\)/,
  );
  assert.match(said({ p: 2 / 120, epochs: 5 }), /is foretold without fine-tuning by source accuracy 0\.95 \(0\.82 to 1\.00\), p = 0\.017/);
  assert.match(said({ p: 2 / 120, epochs: 5, spearmanLow: -0.1 }), /is not shown to be foretold/);
  const several = (...own: object[]) => {
    const findings = saying(...rows);
    return section.answer({ ...findings, tables: { ...findings.tables, predictors: own.map((row) => ({ ...predictor, p: 2 / 24, epochs: 4, ...row })) } as never }); // prettier-ignore
  };
  const logme = { predictor: 'LogME', spearman: 0.98, spearmanLow: 0.9 };
  assert.match(
    several({}, logme, { predictor: 'linear probe', spearman: -0.1, spearmanLow: -1 }),
    /; none of 3 predictors is shown to foretell the order of the checkpoints, not even the highest, LogME 0\.98 \(0\.90 to 1\.00\), p = 0\.083 \(/,
  );
  assert.match(
    several({ p: 0.004 }, { ...logme, p: 0.0002 }, { predictor: 'linear probe', spearman: 0.99 }),
    /; the order of the checkpoints is foretold without fine-tuning by 2 of 3 predictors, the highest LogME 0\.98 \(0\.90 to 1\.00\), p < 0\.001 \(/,
  );
  assert.match(said({ p: undefined }), /is not shown to be foretold/, 'rows of an earlier version');
});

test('another recipe than P-T’s own is told in method and caution', () => {
  const anew = { ...saying({}), retrained: 'epochs 4 instead of 5' };
  assert.match(section.method(anew, { ...OPTIONS }), /with the recipe of P-T, but epochs 4 instead of 5; /);
  assert.ok(section.cautions(anew).includes('Here P-T was trained anew with epochs 4 instead of 5: not comparable with the arms’ own runs, which Accuracy and speed tells of.')); // prettier-ignore
  assert.match(section.method(saying({}), { ...OPTIONS }), /with the recipe of P-T; /);
  assert.ok(!section.cautions(saying({})).some((caution) => caution.includes('anew')));
});

test('the method tells the predictors that have values, and the bound of one basin', () => {
  assert.match(
    section.method(saying({}), { ...OPTIONS }),
    /under 2 points\).* LogME \(.*, test accuracy of a linear probe .* and test accuracy of 5 nearest/,
  );
  const alone = section.method(saying({ logme: null, neighbours: null }), { ...OPTIONS, oneBasin: 0.05 });
  assert.match(alone, /under 5 points\).*: test accuracy of a linear probe \(.*\)\. Source/);
  assert.doesNotMatch(section.method(saying({ logme: null, probe: null, neighbours: null }), { ...OPTIONS }), /Without fine-tuning/);
});

test('the sentence: an early epoch, no difference, no basin', () => {
  const early = {
    epoch: 3,
    accuracy: 0.5,
    low: 0.4,
    high: 0.6,
    chance: 0.1,
    behind: 0.01,
    behindLow: -0.02,
    behindHigh: 0.04,
    withinNoise: true,
    oneBasin: true,
    barrier: 0.01,
    barrierLow: 0,
    barrierHigh: 0.015,
  };
  const start = { ...early, epoch: 0, accuracy: 0.2, behind: 0.31, behindLow: 0.2, withinNoise: false, oneBasin: false };
  const last = { ...early, epoch: 9, accuracy: 0.51, behind: 0, behindLow: 0, behindHigh: 0, oneBasin: null, barrier: null };
  assert.equal(
    section.answer(saying(start, early, last)),
    'On a, the earliest epoch within noise of the best is 3 of 9: 50.0 % (40.0 to 60.0), behind the best (epoch 9) by 1.0 point (−2.0 to 4.0); runs from epoch 3 on share the basin of those from epoch 9.',
  );
  assert.match(
    section.answer(saying(early, last)),
    /any of the 2 epochs tried, 3 among them, comes within noise of the best .*: which checkpoint is taken does not show/,
  );
  assert.match(
    section.answer(saying(start, { ...early, oneBasin: false }, last)),
    /no run from an earlier epoch is shown to share the basin of those from epoch 9/,
  );
  const [joined, apart] = [
    { ...early, oneBasin: true },
    { ...early, oneBasin: false, barrier: 0.008, barrierLow: 0, barrierHigh: 0.021 },
  ];
  assert.match(
    section.answer(saying({ ...joined, epoch: 0 }, { ...joined, epoch: 1 }, { ...apart, epoch: 4 }, last)),
    /runs from epochs 0 and 1 share the basin of those from epoch 9, but those from epoch 4 are not shown to, with a barrier of 0\.8 points \(0\.0 to 2\.1\): the epochs of one basin are no unbroken row\.$/,
  );
  assert.match(
    section.answer(
      saying({ ...apart, barrier: 0.1, epoch: 0 }, { ...joined, epoch: 1 }, { ...apart, epoch: 4 }, { ...joined, epoch: 6 }, last),
    ),
    /; runs from epoch 6 on share the basin of those from epoch 9, and so do those from epoch 1, but in between those from epoch 4 are not shown to, with a barrier of 0\.8 points/,
  );
  assert.match(section.answer(saying(start, last)), /within noise of the best is 9 of 9: 51\.0 %/);
  assert.match(section.answer(saying(early, { ...start, epoch: 9 })), /; the last epoch, 9, falls behind the best by 31\.0 points/);
  const blind = [start, early, last].map((row) => ({ ...row, chance: 0.45 }));
  assert.equal(
    section.answer(saying(...blind)),
    'On a, fine-tuning from none of the 3 epochs tried leaves chance (45.0 %), not even from the best (epoch 9, 51.0 % (40.0 to 60.0)): nothing tells checkpoints apart.',
  );
  assert.match(section.summary[0]!([saying(...blind)])!, /^Fine-tuning leaves chance from no checkpoint of pre-training on a/);
  assert.equal(section.answer({ target: 'a', tables: {} }), 'No checkpoint of pre-training was fine-tuned on a.');
  assert.equal(
    section.summary[0]!([saying(start, early, last)]),
    'An earlier checkpoint of pre-training comes within noise of the best on a (epoch 3 of 9).',
  );
});

test('every figure draws, and says in words what it shows', () => {
  const { document } = parseHTML('<html><body></body></html>');
  for (const figure of figures) {
    assert.ok(figure.draw(tables as never, { document, width: 540 }), figure.name);
    assert.doesNotMatch(figure.alt(tables as never), /NaN|undefined|null/);
    assert.equal(figure.draw({}, { document, width: 540 }), null);
  }
  const learned = { ...tables, epochs: tables.epochs.map((row) => ({ ...row, chance: 0 })) };
  assert.match(section.answer({ target: 'patterns', tables: learned as never }), /Spearman’s ρ with fine-tuned accuracy/);
});
