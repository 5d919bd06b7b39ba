import type { SplitName } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import { mix } from '../tensor/params.js';
import type { Analysis, End, Run, Subject, Tables } from './analysis.js';
import { DEFINITIONS, barrierOf, grid } from './barrier.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap, DEFAULT_RESAMPLES, weightedMean } from './bootstrap.js';
import { integerOption, oneOf } from '../tensor/options.js';
import { ENDS } from './analysis.js';
import type { Outcomes } from './outcomes.js';
import type { RunPair } from './pairs.js';
import { pairsOf, TRAINED_PAIRS } from './pairs.js';
import { mustReproduce } from './recorded.js';
import type { BarrierRow, PathRow } from './rows.js';
import { mean } from './statistics.js';
import { fixedImages, openSurface } from './surface.js';

export interface InterpolationOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** Equidistant λ on [0, 1], both ends included. */
  readonly points: number;
  /** The path is continued to these λ with the same spacing; null: not at all. */
  readonly extrapolate: readonly [number, number] | null;
  readonly splits: readonly ('test' | 'train')[];
  /** Training images, drawn once by the subject's seed, the same at every λ of every pair; null: all. */
  readonly trainSamples: number | null;
  /** Resamples of the paired bootstrap over images. */
  readonly resamples: number;
}

/** A pair shares a basin when the upper bound of its accuracy barrier stays under this (ours). */
const BASIN = 0.02;

/**
 * Loss and accuracy along θ_λ = (1−λ)θ_A + λθ_B, on the same images at every λ and without augmentation, and the barrier on the way.
 * Loss is cross-entropy. Intervals: bootstrap over images, paired along the path; the maximum is taken anew in every resample.
 */
export const interpolation: Analysis<InterpolationOptions> = {
  name: 'interpolation',
  version: 1,
  options: {
    at: 'final',
    points: 11,
    extrapolate: [-0.5, 1.5],
    splits: ['test', 'train'],
    trainSamples: 256,
    resamples: DEFAULT_RESAMPLES,
  },
  check,
  async run(subject, options): Promise<Tables> {
    check(options);
    const pairs = pairsOf(subject.runs, TRAINED_PAIRS);
    const paths: PathRow[] = [];
    const barriers: BarrierRow[] = [];
    const lambdas = grid(options.points, options.extrapolate);
    let done = 0;
    for (const split of options.splits) {
      if (pairs.length === 0) break;
      const walker = await openWalker(subject, pairs[0]!.a, split, options);
      try {
        for (const pair of pairs) {
          const names = { target: subject.target, a: pair.a.name, b: pair.b.name, pair: pair.pair, at: options.at };
          const path = await walker.walk(pair, lambdas, () =>
            subject.progress(++done / (lambdas.length * pairs.length * options.splits.length)),
          );
          const rows = pathRows(lambdas, path, split, { resamples: options.resamples, key: [subject.seed, 'interpolation', split] });
          paths.push(...rows.paths.map((row) => ({ ...names, ...row })));
          barriers.push(...rows.barriers.map((row) => ({ ...names, ...row })));
        }
      } finally {
        await walker.release();
      }
    }
    return { paths, barriers };
  },
};

function check({ at, points, extrapolate, splits, trainSamples, resamples }: InterpolationOptions): void {
  oneOf('interpolation: at', at, ENDS);
  integerOption('interpolation: points', points, 2);
  const bounds = extrapolate as unknown;
  const valid = Array.isArray(bounds) && bounds.length === 2 && bounds.every(Number.isFinite) && bounds[0] <= 0 && bounds[1] >= 1;
  if (bounds !== null && !valid) {
    throw new InputError(`interpolation: extrapolate must be null or [low ≤ 0, high ≥ 1], got ${JSON.stringify(bounds)}`);
  }
  if (!Array.isArray(splits) || splits.length === 0 || new Set(splits).size < splits.length) {
    throw new InputError(`interpolation: splits must list test, train or both once, got ${JSON.stringify(splits)}`);
  }
  for (const split of splits as readonly unknown[]) oneOf('interpolation: splits', split, ['test', 'train']);
  if (trainSamples !== null) integerOption('interpolation: trainSamples', trainSamples, 1);
  integerOption('interpolation: resamples', resamples, 1);
}

interface Walker {
  /** What the network comes to at every λ between a pair. */
  walk(pair: RunPair, lambdas: readonly number[], step: () => void): Promise<Outcomes[]>;
  release(): Promise<void>;
}

/** One session and one set of prepared batches for all λ of all pairs; end points are evaluated once a run. */
async function openWalker(subject: Subject, like: Run, name: SplitName, { at, trainSamples }: InterpolationOptions): Promise<Walker> {
  const surface = await openSurface(subject, like, fixedImages(subject, 'interpolation', name, name === 'train' ? trainSamples : null));
  const ends = new Map<Run, Outcomes>();
  return {
    async walk({ a, b }, lambdas, step) {
      const [start, end] = [await a.checkpoint(at), await b.checkpoint(at)];
      const path: Outcomes[] = [];
      for (const lambda of lambdas) {
        const run = lambda === 0 ? a : lambda === 1 ? b : undefined;
        const who = run ? `${run.name}, ${at}` : `λ = ${lambda} between ${a.name} and ${b.name}`;
        const known = run && ends.get(run);
        const found = known ?? (await surface.at(mix(start, end, lambda), who));
        if (run && !known) {
          if (name === 'test') mustReproduce('interpolation', run, at, found);
          ends.set(run, found);
        }
        path.push(found);
        step();
      }
      return path;
    },
    release: () => surface.release(),
  };
}

type Unnamed<T> = Omit<T, 'target' | 'a' | 'b' | 'pair' | 'at'>;

/** Rows of one path with everything resampled jointly. */
export function pathRows(
  lambdas: readonly number[],
  path: readonly Pick<Outcomes, 'loss' | 'right'>[],
  split: string,
  options: Resampling,
): { paths: Unnamed<PathRow>[]; barriers: Unnamed<BarrierRow>[] } {
  const [steps, n] = [lambdas.length, path[0]!.right.length];
  const metrics = [
    { metric: 'loss', values: path.map(({ loss }) => loss), cost: (x: number) => x },
    { metric: 'accuracy', values: path.map(({ right }) => right), cost: (x: number) => 1 - x },
  ];
  const wanted = metrics.flatMap((each, m) => DEFINITIONS.map((definition) => ({ ...each, m, definition })));
  const costs = new Float64Array(steps);
  const barrierAt = (means: Float64Array, m: number, { cost, definition }: (typeof wanted)[number]) => {
    for (let k = 0; k < steps; k++) costs[k] = cost(means[m * steps + k]!);
    return barrierOf(lambdas, costs, definition);
  };
  const intervals = bootstrap(
    n,
    2 * steps + wanted.length,
    (counts, out) => {
      for (const [m, { values }] of metrics.entries())
        for (let k = 0; k < steps; k++) out[m * steps + k] = weightedMean(counts, values[k]!);
      for (const [k, each] of wanted.entries()) out[2 * steps + k] = barrierAt(out, each.m, each).barrier;
    },
    options,
  );
  const means = Float64Array.from(metrics.flatMap(({ values }) => values.map((each: ArrayLike<number>) => mean(each))));
  return {
    paths: lambdas.map((lambda, k) => ({
      lambda,
      split,
      loss: means[k]!,
      lossLow: intervals[k]!.low!,
      lossHigh: intervals[k]!.high!,
      accuracy: means[steps + k]!,
      accuracyLow: intervals[steps + k]!.low!,
      accuracyHigh: intervals[steps + k]!.high!,
      n,
    })),
    barriers: wanted.map((each, k) => {
      const { low, high } = intervals[2 * steps + k]!;
      const verdict = each.metric === 'accuracy' && each.definition === 'line' && split === 'test';
      return {
        split,
        metric: each.metric,
        definition: each.definition,
        ...barrierAt(means, each.m, each),
        low: low!,
        high: high!,
        n,
        oneBasin: verdict ? high! < BASIN : null,
      };
    }),
  };
}
