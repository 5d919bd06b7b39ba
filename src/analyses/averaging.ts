import { integerOption, oneOf } from '../tensor/options.js';
import type { Params } from '../tensor/params.js';
import { combine } from '../tensor/params.js';
import type { Analysis, End, Predictions, Role, Run, Subject, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { Evaluator } from './evaluator.js';
import { openEvaluator } from './evaluator.js';
import type { Judged } from './outcomes.js';
import { judge } from './outcomes.js';
import { averageOf, boundedOf, differenceOf } from './over-images.js';
import { ofRole, trainedRoles } from './pairs.js';
import { epochOf, predict } from './predict.js';
import type { BatchNormForm } from './reestimate.js';
import { openReestimator } from './reestimate.js';
import type { AverageRow } from './rows.js';
import { mean } from './statistics.js';

export interface AveragingOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** Resamples of the paired bootstrap over test images. */
  readonly resamples: number;
}

/**
 * Test accuracy of averaged weights, role by role (a uniform "model soup", Wortsman et al. 2022, 2203.05482): the midpoint of every pair of
 * runs and the mean of all, against the mean of the single networks and against the best of them, chosen on validation images. Beside
 * them the ensemble, which averages probabilities and must run every network. With BatchNorm everything is computed twice, the single
 * networks too: with the running statistics of the trained networks, averaged as the weights are (raw), and with statistics taken anew for
 * every network (re-estimated), so that an average does not gain by statistics alone. Intervals: bootstrap over images, the same resamples
 * for everything.
 */
export const averaging: Analysis<AveragingOptions> = {
  name: 'averaging',
  version: 3,
  options: { at: 'final', resamples: DEFAULT_RESAMPLES },
  check({ at, resamples }) {
    oneOf('averaging: at', at, ENDS);
    integerOption('averaging: resamples', resamples, 1);
  },
  async run(subject, options): Promise<Tables> {
    averaging.check!(options);
    const roles = trainedRoles(subject.runs).filter((role) => ofRole(subject.runs, role).length > 1);
    const averages: AverageRow[] = [];
    for (const [i, role] of roles.entries()) {
      averages.push(...(await averagesOf(subject, role, options)));
      subject.progress((i + 1) / roles.length);
    }
    return { averages };
  },
};

/** One line of the table before it is resampled. */
interface Candidate extends Pick<AverageRow, 'what' | 'runs' | 'members'> {
  readonly found: Pick<Judged, 'accuracy' | 'loss'>;
  /** The single networks that it is measured against. */
  readonly singles: readonly Single[];
}

interface Single {
  readonly run: Run;
  readonly predictions: Predictions;
  readonly outcome: Judged;
}

async function averagesOf(subject: Subject, role: Role, { at, resamples }: AveragingOptions): Promise<AverageRow[]> {
  const runs = ofRole(subject.runs, role);
  const predictions = await predict(
    subject,
    runs.map((run) => ({ run, at })),
    'test',
  );
  const trained = runs.map((run, i) => singleOf(run, predictions[i]!, at));
  const fresh = await openReestimator(subject, runs[0]!);
  const evaluator = await openEvaluator(subject, runs[0]!, subject.data.splits.test);
  const asTheyAre: Setting = { at, evaluator, fit: (params) => Promise.resolve(params) };
  const rowsOf = async (batchNorm: BatchNormForm, singles: readonly Single[], setting: Setting) => {
    const rows = resampled(await candidatesOf(singles, setting), at, { resamples, key: [subject.seed, 'averaging'] });
    return rows.map((row): AverageRow => ({ target: subject.target, at, role, batchNorm, ...row }));
  };
  try {
    if (!fresh) return await rowsOf('none', trained, asTheyAre);
    const setting: Setting = { at, evaluator, fit: (params) => fresh.reestimate(params) };
    const refitted: Single[] = [];
    for (const { run, predictions: own } of trained) {
      const logits = await evaluator.logits(await fresh.reestimate(await run.checkpoint(at)));
      refitted.push(singleOf(run, { ...own, logits }, at));
    }
    return [...(await rowsOf('raw', trained, asTheyAre)), ...(await rowsOf('re-estimated', refitted, setting))];
  } finally {
    await fresh?.release();
    await evaluator.release();
  }
}

const singleOf = (run: Run, predictions: Predictions, at: End): Single => ({
  run,
  predictions,
  outcome: judge(predictions, `${run.name}, ${at}`),
});

const named = (singles: readonly Single[]) => ({ runs: singles.map(({ run }) => run.name).join(' + '), members: singles.length });

interface Setting {
  readonly at: End;
  readonly evaluator: Evaluator;
  /** Averaged parameters with running statistics to go with them. */
  fit(params: Params): Promise<Params>;
}

async function candidatesOf(singles: readonly Single[], setting: Setting): Promise<Candidate[]> {
  return [
    ...singles.map((single): Candidate => ({ what: 'single', ...named([single]), found: single.outcome, singles: [single] })),
    ...(await weightAverages(singles, setting)),
    { what: 'ensemble', ...named(singles), found: ensemble(singles), singles },
  ];
}

/** The midpoint of each pair, and of more than two runs the mean of all of them. */
async function weightAverages(singles: readonly Single[], { at, evaluator, fit }: Setting): Promise<Candidate[]> {
  const pairs = singles.flatMap((a, i) => singles.slice(i + 1).map((b) => [a, b]));
  const measured = async (members: readonly Single[], what: AverageRow['what']): Promise<Candidate> => {
    const parts = await Promise.all(members.map(({ run }) => run.checkpoint(at)));
    const mixed = combine(
      parts,
      parts.map(() => 1 / parts.length),
    );
    const logits = await evaluator.logits(await fit(mixed));
    const found = judge({ ...singles[0]!.predictions, logits }, `average of ${named(members).runs}`);
    return { what, ...named(members), found, singles: members };
  };
  const found: Candidate[] = [];
  for (const pair of pairs) found.push(await measured(pair, 'midpoint'));
  // of two runs the midpoint is the average of all
  found.push(singles.length === 2 ? { ...found[0]!, what: 'average of all' } : await measured(singles, 'average of all'));
  return found;
}

/** Mean of the networks' probabilities, in float64: of classes, or of each label. */
function ensemble(singles: readonly Single[]): Judged {
  const { predictions: like } = singles[0]!;
  const { classes } = like;
  const sums = new Float64Array(like.logits.length);
  if (like.marks) {
    for (const { predictions } of singles)
      for (const [at, z] of predictions.logits.entries()) sums[at]! += 1 / (1 + Math.exp(-z)) / singles.length;
    const kept = sums.map((p) => Math.min(1 - 1e-12, Math.max(1e-12, p)));
    return judge({ ...like, logits: Float32Array.from(kept, (p) => Math.log(p / (1 - p))) }, 'ensemble');
  }
  for (const { predictions } of singles) {
    for (let from = 0; from < sums.length; from += classes) {
      const row = predictions.logits.subarray(from, from + classes);
      const top = row.reduce((most, z) => Math.max(most, z), -Infinity);
      const total = row.reduce((sum, z) => sum + Math.exp(z - top), 0);
      for (let c = 0; c < classes; c++) sums[from + c]! += Math.exp(row[c]! - top) / total / singles.length;
    }
  }
  // log p as logits: their softmax is p
  return judge({ ...like, logits: Float32Array.from(sums, (p) => Math.log(Math.max(p, 1e-30))) }, 'ensemble');
}

/** The member with the highest validation accuracy at its checkpoint, the first of equals; null without validation images. */
function bestOnValidation(singles: readonly Single[], at: End): Single | null {
  const accuracy = ({ run }: Single) => run.epochs.find(({ epoch }) => epoch === epochOf(run, at))?.valAccuracy ?? null;
  if (singles.some((single) => accuracy(single) === null)) return null;
  return singles.reduce((best, each) => (accuracy(each)! > accuracy(best)! ? each : best));
}

const unchosen = (singles: readonly Single[]): string =>
  singles.some(({ run }) => run.epochs.length === 0)
    ? 'no best single: accuracy on validation images is not on record for networks that were trained elsewhere'
    : 'no best single: there are no validation images to choose it on';

function resampled(
  candidates: readonly Candidate[],
  at: End,
  options: Resampling,
): Omit<AverageRow, 'target' | 'at' | 'role' | 'batchNorm'>[] {
  const compared = candidates.map(({ found: { accuracy }, singles }) => {
    const best = bestOnValidation(singles, at);
    const members = averageOf(singles.map(({ outcome }) => outcome.accuracy));
    return { best, values: [accuracy, differenceOf(accuracy, members), ...(best ? [differenceOf(accuracy, best.outcome.accuracy)] : [])] };
  });
  const bounds = boundedOf(compared.flatMap(({ values }) => values), options); // prettier-ignore
  return candidates.map(({ what, runs, members, found, singles }, k) => {
    const { best, values } = compared[k]!;
    const [accuracy, overMean, overBest] = bounds.splice(0, values.length);
    return {
      what,
      runs,
      members,
      n: found.accuracy.n,
      accuracy: accuracy!.value,
      low: accuracy!.low,
      high: accuracy!.high,
      loss: mean(found.loss),
      overMean: overMean!.value,
      overMeanLow: overMean!.low,
      overMeanHigh: overMean!.high,
      best: best?.run.name ?? null,
      overBest: overBest?.value ?? null,
      overBestLow: overBest?.low ?? null,
      overBestHigh: overBest?.high ?? null,
      reason: best ? null : unchosen(singles),
    };
  });
}
