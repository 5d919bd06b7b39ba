import type { SplitName } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import { mix, replace, select } from '../tensor/params.js';
import type { AbsentRow } from './absent.js';
import { Absent, absentTable, needsTraining } from './absent.js';
import type { Analysis, End, Run, Subject, Tables } from './analysis.js';
import type { VerdictOptions } from './barrier.js';
import { grid, ONE_BASIN, oneBasinOption } from './barrier.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import { integerOption, oneOf } from '../tensor/options.js';
import { ENDS } from './analysis.js';
import type { Judged } from './outcomes.js';
import type { RunPair } from './pairs.js';
import { bodyPairs, sharesHead, trainedPairs } from './pairs.js';
import { pathRows } from './path-rows.js';
import { inPieces } from './pieces.js';
import { mustReproduce } from './recorded.js';
import type { BatchNormForm } from './reestimate.js';
import { canReestimate, missingStatistics, normalizes, openReestimator, REESTIMATION_IMAGES } from './reestimate.js';
import type { BarrierRow, PathRow } from './rows.js';
import { fixedImages, openSurface } from './surface.js';

export interface InterpolationOptions extends VerdictOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** Equidistant λ on [0, 1], both ends included. */
  readonly points: number;
  /** The path is continued to these λ with the same spacing; null: not at all. */
  readonly extrapolate: readonly [number, number] | null;
  readonly splits: readonly ('test' | 'train')[];
  /** Training images, drawn once by the subject's seed, the same at every λ of every pair; null: all. */
  readonly trainSamples: number | null;
  /** Training images over which BatchNorms' statistics are taken anew at every λ; nothing for networks without BatchNorm. */
  readonly batchNormImages: number;
  /** Resamples of the paired bootstrap over images. */
  readonly resamples: number;
  /** Pairs with P, too: only the body moves, the head stays that of the trained run, because P's has other classes. */
  readonly withP: boolean;
}

/**
 * Loss and accuracy along θ_λ = (1−λ)θ_A + λθ_B, on the same images at every λ and without augmentation, and the barrier on the way.
 * Loss is cross-entropy (binary where labels are independent). With BatchNorm everything is computed twice: with the running statistics
 * mixed as the weights are (raw), and with statistics that fit the mixed weights (re-estimated), which verdicts go by; without training
 * images there are raw ones only, and no verdict. Intervals: bootstrap over images, paired along the path; the
 * maximum is taken anew in every resample.
 */
export const interpolation: Analysis<InterpolationOptions> = {
  name: 'interpolation',
  version: 2,
  options: {
    at: 'final',
    points: 11,
    extrapolate: [-0.5, 1.5],
    splits: ['test', 'train'],
    trainSamples: 256,
    batchNormImages: REESTIMATION_IMAGES,
    oneBasin: ONE_BASIN,
    resamples: DEFAULT_RESAMPLES,
    withP: false,
  },
  check,
  async run(subject, options): Promise<Tables> {
    check(options);
    const pairs = options.withP ? bodyPairs(subject.runs).filter(({ b }) => b.role !== 'RI') : trainedPairs(subject.runs);
    const paths: PathRow[] = [];
    const barriers: BarrierRow[] = [];
    const lambdas = grid(options.points, options.extrapolate);
    if (pairs.length === 0) return { paths, barriers };
    const missing = missingOf(subject, pairs[0]!.a, options);
    const splits = options.splits.filter((split) => subject.data.splits[split].ids.length > 0);
    if (splits.length === 0) throw new Absent('interpolation', `it needs images of ${options.splits.join(' or ')}, got none`);
    const normalizers = await openNormalizers(subject, pairs[0]!.a, options);
    const walkers: Walker[] = [];
    try {
      for (const split of splits) walkers.push(await openWalker(subject, pairs[0]!.a, split, options, normalizers, walkers.length === 0));
      const found = await inPieces(subject, pairs.length, (k, progress) =>
        walkPair(subject, pairs[k]!, lambdas, walkers, options, progress),
      );
      // split by split, as a reader looks at them
      for (const i of splits.keys()) {
        for (const pair of found) {
          paths.push(...pair[i]!.paths);
          barriers.push(...pair[i]!.barriers);
        }
      }
    } finally {
      for (const walker of walkers) await walker.release();
      await normalizers.release();
    }
    return { paths, barriers, ...absentTable(subject, missing) };
  },
};

/** What a study without training images cannot have. */
function missingOf(subject: Subject, like: Run, { splits }: InterpolationOptions): Omit<AbsentRow, 'target'>[] {
  const images = subject.data.splits.train.ids.length;
  const onTrain = splits.includes('train') && images === 0;
  return [
    ...(onTrain ? [{ what: 'training loss and accuracy on the path', reason: needsTraining('they need', images) }] : []),
    ...missingStatistics(subject, like),
  ];
}

function check({ at, points, extrapolate, splits, trainSamples, batchNormImages, oneBasin, resamples, withP }: InterpolationOptions): void {
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
  integerOption('interpolation: batchNormImages', batchNormImages, 2);
  oneBasinOption('interpolation', oneBasin);
  integerOption('interpolation: resamples', resamples, 1);
  if (typeof withP !== 'boolean') throw new InputError(`interpolation: withP must be true or false, got ${JSON.stringify(withP)}`);
}

interface Walked {
  readonly paths: readonly PathRow[];
  readonly barriers: readonly BarrierRow[];
}

/** The rows of one pair, walker by walker. */
async function walkPair(
  { target, seed }: Subject,
  pair: RunPair,
  lambdas: readonly number[],
  walkers: readonly Walker[],
  { at, oneBasin, resamples }: InterpolationOptions,
  progress: (share: number) => void,
): Promise<Walked[]> {
  const names = { target, a: pair.a.name, b: pair.b.name, pair: pair.pair, at };
  const all = walkers.reduce((sum, { passed }) => sum + passed, 0);
  const walked: Walked[] = [];
  let before = 0;
  for (const walker of walkers) {
    let steps = 0;
    const tell = () => progress((before + (++steps / lambdas.length) * walker.passed) / all);
    const forms = [...(await walker.walk(pair, lambdas, tell))].map(([batchNorm, path]) => {
      const key = [seed, 'interpolation', walker.split];
      const { paths, barriers } = pathRows(lambdasOf(batchNorm, lambdas), path, walker.split, { oneBasin, resamples, key });
      return {
        paths: paths.map((row) => ({ ...names, batchNorm, ...row })),
        barriers: barriers.map((row) => ({ ...names, batchNorm, ...row, oneBasin: batchNorm === 'raw' ? null : row.oneBasin })),
      };
    });
    walked.push({ paths: forms.flatMap(({ paths }) => paths), barriers: forms.flatMap(({ barriers }) => barriers) });
    before += walker.passed;
  }
  return walked;
}

/** The sets of running statistics that a network is looked at with; what was taken anew at a λ of a pair serves every split. */
interface Normalizers {
  readonly forms: readonly BatchNormForm[];
  /** Training images that statistics are taken on, once for all splits. */
  readonly images: number;
  apply(form: BatchNormForm, params: Params, key: string): Promise<Params>;
  release(): Promise<void>;
}

/** Beyond the ends a mixed variance may be negative: raw statistics are looked at between them only. */
const lambdasOf = (form: BatchNormForm, lambdas: readonly number[]): readonly number[] =>
  form === 'raw' ? lambdas.filter((lambda) => lambda >= 0 && lambda <= 1) : lambdas;

async function openNormalizers(subject: Subject, like: Run, { batchNormImages }: InterpolationOptions): Promise<Normalizers> {
  const fresh = canReestimate(subject) ? await openReestimator(subject, like, { images: batchNormImages }) : null;
  const buffers = new Set(subject.network(like, { batch: 1 }).buffers);
  const known = new Map<string, Params>();
  return {
    images: fresh ? Math.min(batchNormImages, subject.data.splits.train.ids.length) : 0,
    forms: fresh ? ['raw', 're-estimated'] : [normalizes(subject, like) ? 'raw' : 'none'],
    async apply(form, params, key) {
      if (!fresh || form !== 're-estimated') return params;
      const statistics = known.get(key) ?? select(await fresh.reestimate(params), (name) => buffers.has(name));
      known.set(key, statistics);
      return new Map([...params, ...statistics]);
    },
    release: async () => fresh?.release(),
  };
}

interface Walker {
  readonly split: SplitName;
  /** Images that it passes forward at a λ, those for statistics included. */
  readonly passed: number;
  /** What the network comes to at every λ between a pair, by form. */
  walk(pair: RunPair, lambdas: readonly number[], step: () => void): Promise<ReadonlyMap<BatchNormForm, Judged[]>>;
  release(): Promise<void>;
}

/** One session and one set of prepared batches for all λ of all pairs; end points are evaluated once a run. */
async function openWalker(
  subject: Subject,
  like: Run,
  name: SplitName,
  { at, trainSamples }: InterpolationOptions,
  normalizers: Normalizers,
  takesStatistics: boolean,
): Promise<Walker> {
  const head = new Set(subject.network(like, { batch: 1 }).modules.at(-1)!.parameters);
  const bodyOf = (params: Params, other: Params) => replace(other, params, (parameter) => !head.has(parameter));
  const surface = await openSurface(subject, like, fixedImages(subject, 'interpolation', name, name === 'train' ? trainSamples : null));
  const ends = new Map<string, Judged>();
  return {
    split: name,
    passed: normalizers.forms.length * surface.images.ids.length + (takesStatistics ? normalizers.images : 0),
    async walk(pair, lambdas, step) {
      const { a, b } = pair;
      const start = await a.checkpoint(at);
      const end = sharesHead(pair) ? await b.checkpoint(at) : bodyOf(await b.checkpoint(at), start);
      const path = new Map<BatchNormForm, Judged[]>(normalizers.forms.map((form) => [form, []]));
      for (const lambda of lambdas) {
        const run = lambda === 0 ? a : lambda === 1 && sharesHead(pair) ? b : undefined;
        const who = run ? `${run.name}, ${at}` : `λ = ${lambda} between ${a.name} and ${b.name}`;
        const mixed = mix(start, end, lambda);
        for (const form of normalizers.forms) {
          if (lambdasOf(form, [lambda]).length === 0) continue;
          const known = run && ends.get(`${form}, ${who}`);
          const found = known ?? (await surface.at(await normalizers.apply(form, mixed, who), who));
          if (run && !known) {
            if (name === 'test' && form !== 're-estimated') mustReproduce('interpolation', run, at, found);
            ends.set(`${form}, ${who}`, found);
          }
          path.get(form)!.push(found);
        }
        step();
      }
      return path;
    },
    release: () => surface.release(),
  };
}
