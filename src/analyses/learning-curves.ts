import { SPLITS } from '../data/dataset.js';
import type { Analysis, End, Role, Run, Subject, Tables } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { Gap } from './gaps.js';
import { chanceOf, describedBootstrap, relativeGap, speedGap, speedOf, speedsOf } from './gaps.js';
import { integerOption } from '../tensor/options.js';
import { ENDS } from './analysis.js';
import { judge } from './outcomes.js';
import { averageOf, boundedOf, differenceOf } from './over-images.js';
import { absentTable } from './absent.js';
import type { Ended } from './label-rows.js';
import { labelGapRows, labelRows } from './label-rows.js';
import { ofRole, trained } from './pairs.js';
import { epochOf, predict } from './predict.js';
import type { EpochMetricRow, GapRow, RunRow } from './rows.js';
import { mean } from './statistics.js';

export interface LearningCurvesOptions {
  /** Resamples of the bootstrap over test images. */
  readonly resamples: number;
}

/**
 * How well and how fast each run learned. Accuracy (of independent labels: their AUC, in the mean and one by one) from predictions on the
 * test split, at the best and at the final checkpoint, with a percentile bootstrap over images; the gap P-T − RI-T is that of the means over
 * runs, images drawn jointly for all runs (the runs themselves are taken as given). Speed is the mean training accuracy over all epochs ≥ 1; its gap has Welch's t-interval over runs.
 * P is left out: its metrics are the source's.
 */
export const learningCurves: Analysis<LearningCurvesOptions> = {
  name: 'learning-curves',
  version: 3,
  options: { resamples: DEFAULT_RESAMPLES },
  check({ resamples }) {
    integerOption('learning-curves: resamples', resamples, 1);
  },
  async run(subject, options): Promise<Tables> {
    learningCurves.check!(options);
    const runs = trained(subject.runs);
    // of a network that was trained elsewhere only the end is known
    const foreign = runs.filter(({ epochs }) => epochs.length === 0);
    const wanted = ENDS.flatMap((at) => runs.flatMap((run) => (at === 'best' && foreign.includes(run) ? [] : [{ run, at }])));
    const predictions = await predict(subject, wanted, 'test', (share) => subject.progress(0.9 * share));
    const ends = wanted.map(({ run, at }, i): Ended => ({ run, at, outcome: judge(predictions[i]!, `${run.name}, ${at}`) }));
    const resampling = { resamples: options.resamples, key: [subject.seed, 'learning-curves'] };
    const tables = {
      epochs: runs.flatMap((run) => epochRows(subject.target, run)),
      runs: ends.map((end) => runRow(subject, end, resampling)),
      gaps: gapRows(subject, ends, resampling),
      ...(subject.data.multiLabel
        ? { labels: labelRows(subject, ends, resampling), labelGaps: ENDS.flatMap((at) => labelGapRows(subject, ends, at, resampling)) }
        : {}),
      ...absentTable(
        subject,
        foreign.length === 0
          ? []
          : [
              {
                what: `learning curves and speed of ${foreign.map(({ name }) => name).join(', ')}`,
                reason: 'these networks were trained elsewhere: their epochs are not known',
              },
            ],
      ),
    };
    subject.progress(1);
    return tables;
  },
};

function epochRows(target: string, { name, role, seed, epochs }: Run): EpochMetricRow[] {
  return epochs.flatMap((row) =>
    SPLITS.flatMap((split) => {
      const [loss, accuracy] = [row[`${split}Loss`], row[`${split}Accuracy`]];
      if (loss === null || accuracy === null) return [];
      return [{ target, run: name, role, seed, epoch: row.epoch, split, loss, accuracy, rate: row.rate }];
    }),
  );
}

function runRow(subject: Subject, { run, at, outcome }: Ended, options: Resampling): RunRow {
  const { accuracy, loss } = outcome;
  const [found] = boundedOf([accuracy], options);
  return {
    target: subject.target,
    run: run.name,
    role: run.role,
    seed: run.seed,
    at,
    epoch: epochOf(run, at),
    n: accuracy.n,
    accuracy: found!.value,
    low: found!.low,
    high: found!.high,
    chance: chanceOf(subject),
    loss: mean(loss),
    speed: speedOf(run.epochs),
    interval: describedBootstrap(options),
  };
}

function gapRows(subject: Subject, ends: readonly Ended[], options: Resampling): GapRow[] {
  const [pretrained, random] = [ofRole(subject.runs, 'P-T'), ofRole(subject.runs, 'RI-T')];
  if (pretrained.length === 0 || random.length === 0) return [];
  const shared = {
    target: subject.target,
    n: subject.data.splits.test.ids.length,
    runs: pretrained.length + random.length,
    chance: chanceOf(subject),
  };
  const speed = speedGap(speedsOf(pretrained), speedsOf(random), shared.chance);
  const known = ENDS.filter((at) => ends.filter((end) => end.at === at).length === ends.filter((end) => end.at === 'final').length);
  return [
    ...known.map((at) => ({ ...shared, ...accuracyGap(ends, at, shared.chance, options) })),
    ...(speed ? [{ ...shared, metric: 'speed', at: 'all epochs', ...speed }] : []),
  ];
}

function accuracyGap(
  ends: readonly Ended[],
  at: End,
  chance: number,
  options: Resampling,
): Gap & { readonly metric: string; readonly at: string } {
  const levelOf = (role: Role) =>
    averageOf(ends.filter((end) => end.at === at && end.run.role === role).map(({ outcome }) => outcome.accuracy));
  const [p, r] = [levelOf('P-T'), levelOf('RI-T')];
  const [alone, gap] = boundedOf([p, differenceOf(p, r)], options);
  const interval = `paired ${describedBootstrap(options)}, the same draws for all runs`;
  const [pretrained, random] = [alone!.value, r.of(null)];
  const bounds = { gap: gap!.value, low: gap!.low, high: gap!.high };
  return { metric: 'accuracy', at, pretrained, random, ...bounds, ...relativeGap(pretrained, random, alone!.low, chance), interval };
}
