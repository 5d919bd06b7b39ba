import type { End, Run, Subject } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap, withUnseen } from './bootstrap.js';
import type { FromEpoch } from './checkpoint-choice.js';
import { chanceOf, describedBootstrap, speedsOf } from './gaps.js';
import { averageOf, differenceOf } from './over-images.js';
import type { Predictor, Predictors } from './pretrained-features.js';
import { kendall, spearman, spearmanP } from '../tensor/rank-correlation.js';
import type { CheckpointRow, PredictorRow } from './rows.js';
import { mean, studentInterval, UNBOUNDED, wilsonInterval } from './statistics.js';

/** A row an epoch of pre-training. */
export function epochRows(
  subject: Subject,
  runs: readonly FromEpoch[],
  predictors: readonly Predictors[],
  at: End,
  resampling: Resampling,
): CheckpointRow[] {
  const levels = predictors.map(({ epoch }) => averageOf(ofEpoch(runs, epoch).map(({ outcome }) => outcome.accuracy)));
  const accuracies = levels.map((level) => level.of(null));
  const best = accuracies.indexOf(Math.max(...accuracies));
  const size = levels.length;
  // images are drawn jointly for all epochs: the distance to the best is paired
  const drawn = bootstrap(
    levels[0]!.n,
    2 * size,
    (counts, out) => {
      for (const [i, level] of levels.entries()) out[i] = level.of(counts);
      for (let i = 0; i < size; i++) out[size + i] = out[best]! - out[i]!;
    },
    resampling,
  );
  const distances = levels.map((level) => differenceOf(levels[best]!, level));
  const bounds = [...levels, ...distances].map(({ n, range }, k) => withUnseen(drawn[k]!, n, range));
  const source = subject.runs.find(({ role }) => role === 'P')!;
  const chance = chanceOf(subject);
  return predictors.map(({ epoch, logme, probe, neighbours }, i): CheckpointRow => {
    const own = ofEpoch(runs, epoch);
    const speeds = speedsOf(own.map(({ run }) => run));
    const spread = studentInterval(speeds);
    const behind = bounds[size + i]!;
    return {
      target: subject.target,
      epoch,
      at,
      ...sourceOf(source, epoch),
      chance,
      accuracy: accuracies[i]!,
      low: bounds[i]!.low!,
      high: bounds[i]!.high!,
      behind: accuracies[best]! - accuracies[i]!,
      behindLow: behind.low!,
      behindHigh: behind.high!,
      withinNoise: behind.low! <= 0,
      speed: speeds.length > 0 ? mean(speeds) : null,
      speedLow: spread.low,
      speedHigh: spread.high,
      ...barrierOf(own),
      logme,
      probe,
      neighbours,
      n: levels[i]!.n,
      runs: own.length,
      interval: `accuracy and barrier: ${describedBootstrap(resampling)}; speed: t-interval over runs; source accuracy: Wilson's`,
    };
  });
}

/** P's own accuracy after an epoch, as pre-training recorded it. */
function sourceOf(
  { epochs, metric, tested = 0 }: Run,
  epoch: number,
): Pick<CheckpointRow, 'sourceAccuracy' | 'sourceLow' | 'sourceHigh' | 'sourceN'> {
  // of independent labels an AUC is on record, which is none
  const accuracy = metric === 'AUC' ? null : (epochs.find((row) => row.epoch === epoch)?.testAccuracy ?? null);
  const { low, high } = accuracy === null || tested === 0 ? UNBOUNDED : wilsonInterval(accuracy, tested);
  return { sourceAccuracy: accuracy, sourceLow: low, sourceHigh: high, sourceN: accuracy === null || tested === 0 ? null : tested };
}

const ofEpoch = (runs: readonly FromEpoch[], epoch: number) => runs.filter((each) => each.epoch === epoch);

/** The largest barrier over the seeds; none for the last epoch, which the others are held against. */
function barrierOf(runs: readonly FromEpoch[]): Pick<CheckpointRow, 'barrier' | 'barrierLow' | 'barrierHigh' | 'oneBasin'> {
  const barriers = runs.flatMap(({ barrier }) => (barrier ? [barrier] : []));
  if (barriers.length === 0) return { barrier: null, barrierLow: null, barrierHigh: null, oneBasin: null };
  const highest = barriers.reduce((most, each) => (each.barrier > most.barrier ? each : most));
  return {
    barrier: highest.barrier,
    barrierLow: highest.low,
    barrierHigh: highest.high,
    oneBasin: barriers.every(({ oneBasin }) => oneBasin),
  };
}

const COLUMNS = [
  { predictor: 'source accuracy', column: 'sourceAccuracy' },
  { predictor: 'LogME', column: 'logme' },
  { predictor: 'linear probe', column: 'probe' },
  { predictor: 'nearest neighbours', column: 'neighbours' },
] as const;

/** Fewer points have too few orders for a rank correlation to say anything. */
const LEAST_EPOCHS = 4;

/** How well the order of the epochs by source accuracy and by each predictor asked for agrees with their order by fine-tuned accuracy. */
export function predictorRows(
  target: string,
  epochs: readonly CheckpointRow[],
  asked: readonly Predictor[],
  { resamples, key }: Resampling,
): PredictorRow[] {
  return COLUMNS.filter(({ column }) => column === 'sourceAccuracy' || asked.includes(column)).map(({ predictor, column }) => {
    const known = epochs.filter((row) => row[column] !== null);
    const [x, y] = [known.map((row) => row[column]!), known.map((row) => row.accuracy)];
    const [rho, tau] = [spearman(x, y), kendall(x, y)];
    const bounds = bootstrap(
      Math.max(1, known.length),
      2,
      (counts, out) => {
        const drawn = [...counts].flatMap((count, i) => Array<number>(count).fill(i));
        const [a, b] = [drawn.map((i) => x[i]!), drawn.map((i) => y[i]!)];
        [out[0], out[1]] = [spearman(a, b), kendall(a, b)];
      },
      { resamples, key: [...key, 'epochs'] },
    );
    const reason =
      known.length < LEAST_EPOCHS
        ? `needs ${LEAST_EPOCHS} epochs, got ${known.length}`
        : Number.isNaN(rho)
          ? 'one side is the same at every epoch'
          : null;
    const shared = {
      target,
      predictor,
      epochs: known.length,
      interval: `percentile bootstrap over epochs of pre-training, ${resamples} resamples`,
    };
    if (reason !== null) {
      return {
        ...shared,
        spearman: null,
        spearmanLow: null,
        spearmanHigh: null,
        p: null,
        kendall: null,
        kendallLow: null,
        kendallHigh: null,
        reason,
      };
    }
    return {
      ...shared,
      spearman: rho,
      spearmanLow: bounds[0]!.low,
      spearmanHigh: bounds[0]!.high,
      p: spearmanP(x, y, key),
      kendall: tau,
      kendallLow: bounds[1]!.low,
      kendallHigh: bounds[1]!.high,
      reason,
    };
  });
}
