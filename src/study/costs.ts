import { EVALUATION_BATCH } from '../analyses/images.js';
import { REESTIMATION_IMAGES } from '../analyses/reestimate.js';
import type { Recipe } from '../train/recipe.js';
import type { Calibration } from './calibrate.js';
import type { DataSummary } from './execute-data.js';

type Count = DataSummary['count'];

/** To start a process and read its data. */
export const START_SECONDS = 0.6;

/** Seconds of a training, of which `done` epochs are behind it (null: not even epoch 0). */
export function trainingSeconds(
  { epochs, batch }: Recipe,
  count: Count,
  { compileMs, stepMs, forwardMs }: Calibration,
  done: number | null,
): number {
  const passes = (images: number) => Math.ceil(images / batch) * forwardMs;
  const scores = passes(count.val) + passes(count.test);
  const epochMs = Math.floor(count.train / batch) * stepMs + scores;
  const zeroMs = done === null ? passes(count.train) + scores : 0;
  return START_SECONDS + (compileMs + zeroMs + (epochs - (done ?? 0)) * epochMs) / 1000;
}

/** Bytes a second at which a checkpoint is read, matched, written twice, hashed and flushed. */
const LOAD_SPEED = 50e6;

/** Seconds to load a network from files of so many bytes. */
export const loadingSeconds = (bytes: number): number => START_SECONDS + bytes / LOAD_SPEED;

export interface Analysed {
  /** With all options. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Runs on the target, and P if there is one. */
  readonly runs: number;
  /** Of these, those on the target: without P. */
  readonly trained: number;
  /** Pairs of runs of one role. */
  readonly pairs?: number;
  /** Pairs of a run on the target and a training of its own of the same role. */
  readonly across?: number;
  /** Modules of the network. */
  readonly modules: number;
  /** Trainings of its own. */
  readonly sweep: number;
  readonly count: Count;
  /** Whether the networks have BatchNorms, whose statistics are taken anew on paths. */
  readonly normalizes?: boolean;
  /** Operations to compare the units of two networks once, every group with every one of its own (`comparisonFlops`). */
  readonly comparison?: number;
}

/** Share of a forward pass that follows a module, on average over modules. */
const SUFFIX = 0.55;
/** `saved` is not known before the runs are there: few keep more. */
const SAVED_EPOCHS = 5;

/** Training images that a network with BatchNorm passes for statistics that fit its mixed weights. */
const anew = ({ count, normalizes = false }: Analysed): number => (normalizes ? Math.min(count.train, REESTIMATION_IMAGES) : 0);

/** Images that one place of the loss landscape costs. */
function looked(subject: Analysed): number {
  const { split, samples } = subject.options as { split: 'test' | 'train'; samples: number | null };
  return Math.min(subject.count[split], samples ?? Infinity) + anew(subject);
}

/** Half of the runs a role where nobody says. */
const pairsWithin = ({ trained, pairs }: Pick<Analysed, 'trained' | 'pairs'>): number =>
  pairs ?? Math.floor(trained / 2) * Math.max(0, Math.floor(trained / 2) - 1);

/** Pieces of an analysis that processes share out (`inPieces`): its pairs of runs, its planes, its networks. What is not here is done by one process. */
export const PIECES: Readonly<Record<string, (subject: Pick<Analysed, 'options' | 'trained' | 'sweep' | 'pairs' | 'across'>) => number>> = {
  interpolation: ({ trained }) => (trained * (trained - 1)) / 2,
  // by default a plane for each role with two runs
  plane: (subject) => (subject.options['through'] as readonly unknown[] | null)?.length ?? Math.min(2, pairsWithin(subject)),
  alignment: (subject) => pairsWithin(subject),
  // a pair a role
  basin: (subject) => Math.min(2, pairsWithin(subject)),
  // every run with all of its role on other targets, which are its sweep: half of them where nobody says
  'cross-domain': ({ trained, sweep, across }) => across ?? (trained * sweep) / 2,
  criticality: ({ trained, options }) => Math.min(trained, 2 * ((options['perRole'] as number | null) ?? Infinity)),
};

/** Images that an analysis passes forward; one that is not listed: every run's test images once. */
const FORWARD: Readonly<Record<string, (subject: Analysed) => number>> = {
  // best and final
  'learning-curves': ({ runs, count }) => 2 * runs * count.test,
  mistakes: ({ runs, count }) => runs * count.test,
  cka: ({ runs, count, options }) => runs * Math.min(count.test, (options['samples'] as number | null) ?? Infinity),
  distance: () => 0,
  'domain-distance': ({ count, options }) => 3 * Math.min(count.test, options['samples'] as number),
  // what it chooses from is in tables; at most every run, where frozen ones were trained
  freezing: ({ runs, count, options }) => (options['verify'] ? runs * count.test : 0),
  // singles, midpoints and the average of all, of two roles; with BatchNorm in two forms
  averaging(subject) {
    const { trained, count, normalizes = false } = subject;
    const networks = trained + pairsWithin(subject) + 2;
    return networks * (normalizes ? 2 * count.test + anew(subject) : count.test);
  },
  'checkpoint-choice'({ sweep, count, options }) {
    const { points, samples } = options as { points: number; samples: number | null };
    const seen = Math.min(count.train, samples ?? Infinity) + Math.min(count.test, samples ?? Infinity);
    return sweep * (points - 1) * count.test + sweep * seen;
  },
  'block-shuffle': ({ sweep, count }) => sweep * count.test,
  interpolation(subject) {
    const { count, options, normalizes = false } = subject;
    const { points, extrapolate, splits, trainSamples, batchNormImages } = options as {
      batchNormImages: number;
      points: number;
      extrapolate: readonly [number, number] | null;
      splits: readonly string[];
      trainSamples: number | null;
    };
    const [low, high] = extrapolate ?? [0, 1];
    const images = splits.map((split) => (split === 'train' ? Math.min(count.train, trainSamples ?? Infinity) : count.test));
    const looked = images.reduce((sum, n) => sum + n, 0);
    // statistics once for all splits; raw ones between the ends only
    const anew = normalizes ? (high - low) * Math.min(count.train, batchNormImages) + looked : 0;
    return PIECES['interpolation']!(subject) * (points - 1) * ((high - low) * looked + anew);
  },
  // about 16 places of the line, the draws on it, and both ends for each draw at some 6 δ of each condition
  basin(subject) {
    const { draws } = subject.options as { draws: number };
    return PIECES['basin']!(subject) * (16 + 25 * draws) * looked(subject);
  },
  'cross-domain'(subject) {
    const { points } = subject.options as { points: number };
    return PIECES['cross-domain']!(subject) * points * looked(subject);
  },
  alignment(subject) {
    const { points } = subject.options as { points: number };
    // both paths of a pair begin at the same network
    return PIECES['alignment']!(subject) * (2 * points - 1) * looked(subject);
  },
  plane(subject) {
    const { points } = subject.options as { points: number };
    return PIECES['plane']!(subject) * (points ** 2 + 3) * looked(subject);
  },
  rewind({ runs, modules, count, options, normalizes = false }) {
    const { to, split, samples, batchNormImages } = options as {
      to: readonly number[] | 'saved';
      split: 'test' | 'train';
      samples: number | null;
      batchNormImages: number;
    };
    const epochs = to === 'saved' ? SAVED_EPOCHS : to.length;
    const looked = Math.min(count[split], samples ?? Infinity);
    const anew = normalizes ? looked + Math.min(count.train, batchNormImages) : 0;
    return runs * (looked + anew) * (1 + SUFFIX * modules * epochs);
  },
  criticality({ runs, modules, count, options, normalizes = false }) {
    const { paths, scales, alphas, sigmas, draws, samples, perRole, batchNorm, batchNormImages } = options as {
      batchNorm: 'point' | 'draw';
      batchNormImages: number;
      paths: readonly string[];
      scales: readonly string[];
      alphas: number;
      sigmas: number;
      draws: number;
      samples: number | null;
      perRole: number | null;
    };
    const places = paths.reduce((sum, path) => sum + (path === 'direct' ? alphas : Math.min(alphas, SAVED_EPOCHS)), 0);
    const variants = scales.length * places * sigmas * draws;
    // a batch is computed whole, however few of its images are asked for
    const images = EVALUATION_BATCH * Math.ceil(Math.min(count.train, samples ?? Infinity) / EVALUATION_BATCH);
    const looked = (normalizes ? 2 : 1) * images * (1 + SUFFIX * modules * variants);
    const points = batchNorm === 'draw' ? variants : places;
    const anew = normalizes ? Math.min(count.train, batchNormImages) * (1 + SUFFIX * modules * points) : 0;
    return Math.min(runs, 2 * (perRole ?? Infinity)) * (looked + anew);
  },
};

/** Of networks with BatchNorm these need statistics that fit mixed weights, and are absent without training images to take them on. */
const MIXING = ['averaging', 'plane', 'basin', 'alignment', 'cross-domain'];

/** Times that weight matching compares every group, both starts together; some 5 to 7 were seen. */
const COMPARISONS = 6;
/** Operations of them a second, the copies and assignments that go with them included: on two cores. */
const COMPARISON_SPEED = 25e9;

/** Seconds of work that is no forward pass: matching units before `alignment`. */
const besides = (name: string, subject: Analysed): number =>
  name === 'alignment' ? (pairsWithin(subject) * COMPARISONS * (subject.comparison ?? 0)) / COMPARISON_SPEED : 0;

/** Seconds of an analysis: its forward passes, at the cost an image of the training's evaluation; and what of other work is long; bootstraps and the like are not counted. */
export function analysisSeconds(name: string, subject: Analysed, { forwardMs, compileMs }: Calibration, batch: number): number {
  const absent = MIXING.includes(name) && (subject.normalizes ?? false) && subject.count.train < 2;
  const images = absent ? 0 : (FORWARD[name] ?? FORWARD['mistakes']!)(subject);
  const passes = images > 0 ? compileMs / 2 + (images / batch) * forwardMs : 0;
  return START_SECONDS + passes / 1000 + (absent ? 0 : besides(name, subject));
}
