import type { Recipe } from '../train/recipe.js';
import { mix } from '../tensor/params.js';
import { InputError } from '../tensor/input-error.js';
import type { Options } from '../tensor/options.js';
import { integerOption, oneOf, show, someOf } from '../tensor/options.js';
import { Absent } from './absent.js';
import type { Analysis, End, Ground, Subject, Sweep, SweepRun, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import type { VerdictOptions } from './barrier.js';
import { grid, ONE_BASIN, oneBasinOption } from './barrier.js';
import type { Resampling } from './bootstrap.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import { epochRows, predictorRows } from './checkpoint-choice-rows.js';
import type { Evaluator } from './evaluator.js';
import { openEvaluator } from './evaluator.js';
import type { Reestimator } from './reestimate.js';
import { openReestimator } from './reestimate.js';
import { pathRows } from './path-rows.js';
import type { Judged } from './outcomes.js';
import { judge } from './outcomes.js';
import type { Predictor, Predictors } from './pretrained-features.js';
import { PREDICTORS, predictorsOf } from './pretrained-features.js';
import type { BarrierRow } from './rows.js';
import { runName } from './run-name.js';
import { changesOption, seedsOption } from './sweep-options.js';

export interface CheckpointChoiceOptions extends VerdictOptions {
  /** Epochs of pre-training to fine-tune from; null: the paper's list, scaled (see `defaultEpochs`). */
  readonly epochs: readonly number[] | null;
  /** Seeds of the P-T runs from each epoch; null: those of the arm. */
  readonly seeds: readonly number[] | null;
  /** Laid over P-T's recipe, e.g. `{ epochs: 20 }`. */
  readonly recipe: Options;
  readonly at: End;
  /** Equidistant λ between the run from an epoch and the run from the last one, both ends included. */
  readonly points: number;
  /** What may foretell the outcome without fine-tuning (ours), beside source accuracy. */
  readonly predictors: readonly Predictor[];
  /** Images a split at most that the predictors see; null: all. */
  readonly samples: number | null;
  /** Neighbours that vote. */
  readonly neighbours: number;
  /** Resamples of the bootstraps. */
  readonly resamples: number;
}

/** A run from one epoch of pre-training, and what it makes of the test images. */
export interface FromEpoch {
  readonly run: SweepRun;
  readonly epoch: number;
  readonly outcome: Judged;
  /** Between it and the run of its seed from the last epoch; null for that one itself. */
  readonly barrier: Omit<BarrierRow, 'target' | 'a' | 'b' | 'pair' | 'at' | 'batchNorm'> | null;
}

/**
 * Which checkpoint of pre-training to fine-tune (Neyshabur et al. 2020, section 3.5): P-T from a number of epochs, and beside each what can be
 * known without fine-tuning: P's own accuracy, LogME, a linear probe and nearest neighbours on P's features.
 */
export const checkpointChoice: Analysis<CheckpointChoiceOptions> = {
  name: 'checkpoint-choice',
  version: 5,
  onRequest: true,
  options: {
    epochs: null,
    seeds: null,
    recipe: {},
    at: 'final',
    points: 11,
    predictors: PREDICTORS,
    samples: 2000,
    neighbours: 5,
    oneBasin: ONE_BASIN,
    resamples: DEFAULT_RESAMPLES,
  },
  check({ epochs, seeds, recipe, at, points, predictors, samples, neighbours, oneBasin, resamples }) {
    if (epochs !== null) epochsOption(epochs);
    seedsOption('checkpoint-choice: seeds', seeds);
    changesOption('checkpoint-choice: recipe', recipe);
    oneOf('checkpoint-choice: at', at, ENDS);
    integerOption('checkpoint-choice: points', points, 3);
    someOf('checkpoint-choice: predictors', predictors, PREDICTORS);
    if (samples !== null) integerOption('checkpoint-choice: samples', samples, 2);
    integerOption('checkpoint-choice: neighbours', neighbours, 1);
    oneBasinOption('checkpoint-choice', oneBasin);
    integerOption('checkpoint-choice: resamples', resamples, 1);
  },
  sweep,
  async run(subject, options): Promise<Tables> {
    checkpointChoice.check!(options);
    const sweep = subject.sweep ?? [];
    if (sweep.length === 0)
      throw new Absent('checkpoint-choice', 'it fine-tunes from epochs of pre-training, and P or P-T was trained elsewhere');
    const resampling = { resamples: options.resamples, key: [subject.seed, 'checkpoint-choice'] };
    const runs = await fineTuned(subject, sweep, options, resampling);
    const epochs = [...new Set(runs.map(({ epoch }) => epoch))];
    const predictors = await predictorsOf(subject, epochs, options, (share) => subject.progress(0.6 + 0.4 * share));
    return tablesOf(subject, runs, predictors, options, resampling);
  },
};

function tablesOf(
  subject: Subject,
  runs: readonly FromEpoch[],
  predictors: readonly Predictors[],
  { at, predictors: asked }: CheckpointChoiceOptions,
  resampling: Resampling,
): Tables {
  const epochs = epochRows(subject, runs, predictors, at, resampling);
  return { epochs, predictors: predictorRows(subject.target, epochs, asked, resampling) };
}

function epochsOption(epochs: unknown): void {
  if (!Array.isArray(epochs) || epochs.length < 2 || new Set(epochs).size < epochs.length) {
    throw new InputError(`checkpoint-choice: epochs must be null or a list of two epochs or more, each once, got ${show(epochs)}`);
  }
  for (const epoch of epochs as readonly unknown[]) integerOption('checkpoint-choice: epochs', epoch, 0);
}

/** Where the paper looked, of 90 epochs, besides the drops of the rate. */
const PAPER = { epochs: 90, looked: [0, 1, 2, 5, 10, 89, 90], drops: [30, 60] };

/**
 * 0 1 2 5 10 29 30 31 59 60 61 89 90 of 90 epochs, scaled to the run: the first and last ones in proportion, and one before, at and after each drop of
 * the rate (where the schedule has none: at the paper's thirds).
 */
export function defaultEpochs({ epochs, schedule }: Pick<Recipe, 'epochs' | 'schedule'>): number[] {
  const scaled = (epoch: number) => Math.round((epoch / PAPER.epochs) * epochs);
  const drops = schedule.name === 'multi-step' ? schedule.drops : PAPER.drops.map(scaled);
  const all = [...PAPER.looked.map(scaled), epochs - 1, ...drops.flatMap((drop) => [drop - 1, drop, drop + 1])];
  return [...new Set(all)].filter((epoch) => epoch >= 0 && epoch <= epochs).sort((a, b) => a - b);
}

function sweep({ pretrain, arms, target, foreign }: Ground, { epochs, seeds, recipe }: CheckpointChoiceOptions): Sweep {
  const arm = arms.find(({ role }) => role === 'P-T');
  if ((!pretrain || !arm) && foreign) return { trainings: [] };
  if (!pretrain || !arm) {
    throw new InputError(
      `checkpoint-choice: the study must have a pretrain section and the arm P-T for ${target}, got ${pretrain ? 'no P-T' : 'no pretrain'}`,
    );
  }
  const last = pretrain.recipe.epochs;
  const chosen = [...(epochs ?? defaultEpochs(pretrain.recipe))].sort((a, b) => a - b);
  if (chosen.at(-1)! > last)
    throw new InputError(`checkpoint-choice: epochs must be at most pre-training's ${last}, got ${chosen.at(-1)!}`);
  const own = seeds?.map((seed) => ({ init: seed, order: seed })) ?? arm.seeds;
  const trainings = chosen.flatMap((epoch) =>
    own.map((each) => ({
      name: `${runName('P-T', each)}, from epoch ${epoch}`,
      role: 'P-T' as const,
      seeds: each,
      recipe,
      from: epoch,
      variant: { epoch },
    })),
  );
  return { trainings, checkpoints: chosen };
}

/** Test images through every run and along every line to the run of the same seed from the last epoch, by one session. */
async function fineTuned(
  subject: Subject,
  sweep: readonly SweepRun[],
  { at, points, oneBasin }: CheckpointChoiceOptions,
  resampling: Resampling,
): Promise<FromEpoch[]> {
  const evaluator = await openEvaluator(subject, sweep[0]!, subject.data.splits.test);
  const fresh = await openReestimator(subject, sweep[0]!);
  try {
    const epochOf = (run: SweepRun) => Number(run.variant['epoch']);
    const last = Math.max(...sweep.map(epochOf));
    const ends: { run: SweepRun; outcome: Judged }[] = [];
    for (const run of sweep) {
      ends.push({ run, outcome: await evaluate(subject, evaluator, await run.checkpoint(at), `${run.name}, ${at}`) });
      subject.progress((0.1 * ends.length) / sweep.length);
    }
    const found: FromEpoch[] = [];
    for (const [i, { run, outcome }] of ends.entries()) {
      // runs stand epoch by epoch, each time in the order of the seeds
      const rank = ends.slice(0, i).filter((each) => epochOf(each.run) === epochOf(run)).length;
      const to = ends.filter((each) => epochOf(each.run) === last)[rank]!;
      const barrier =
        to.run === run ? null : await barrierBetween(subject, evaluator, [ends[i]!, to], { at, points, oneBasin, resampling, fresh });
      found.push({ run, epoch: epochOf(run), outcome, barrier });
      subject.progress(0.1 + (0.5 * found.length) / ends.length);
    }
    return found;
  } finally {
    await evaluator.release();
    await fresh?.release();
  }
}

interface Line extends VerdictOptions {
  /** With BatchNorm: statistics that fit mixed weights, taken anew at the ends too. */
  readonly fresh: Reestimator | null;
  readonly at: End;
  readonly points: number;
  readonly resampling: Resampling;
}

/** The barrier of test accuracy over the straight line between two runs. */
async function barrierBetween(
  subject: Subject,
  evaluator: Evaluator,
  [a, b]: readonly [{ run: SweepRun; outcome: Judged }, { run: SweepRun; outcome: Judged }],
  { at, points, oneBasin, resampling, fresh }: Line,
): Promise<FromEpoch['barrier']> {
  const [start, end] = [await a.run.checkpoint(at), await b.run.checkpoint(at)];
  const lambdas = grid(points, null);
  const path: Judged[] = [];
  for (const lambda of lambdas) {
    const known = fresh ? undefined : lambda === 0 ? a.outcome : lambda === 1 ? b.outcome : undefined;
    const mixed = () => mix(start, end, lambda);
    const params = async () => (fresh ? fresh.reestimate(mixed()) : mixed());
    path.push(known ?? (await evaluate(subject, evaluator, await params(), `λ = ${lambda} between ${a.run.name} and ${b.run.name}`)));
  }
  const { barriers } = pathRows(lambdas, path, 'test', { oneBasin, ...resampling });
  return barriers.find(({ metric, definition }) => metric === 'accuracy' && definition === 'line')!;
}

async function evaluate({ data }: Subject, evaluator: Evaluator, params: Parameters<Evaluator['logits']>[0], who: string): Promise<Judged> {
  return judge({ ...data.splits.test, logits: await evaluator.logits(params), classes: evaluator.classes }, who);
}
