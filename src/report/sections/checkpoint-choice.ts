import type { CheckpointRow, PredictorRow } from '../../analyses/rows.js';
import { count, estimate, list, percent, plain, points, pValue, share, sign } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { retrainedCaution } from '../retrained.js';
import { basinWords, bootstrapOf, byVerdict, rowsOf, whenOf } from '../section-text.js';

const epochs = ({ tables }: Findings) => rowsOf<CheckpointRow>(tables, 'epochs');
const predictors = ({ tables }: Findings) => rowsOf<PredictorRow>(tables, 'predictors');

const bestOf = (rows: readonly CheckpointRow[]) => rows.reduce((best, row) => (row.accuracy > best.accuracy ? row : best));
/** Rows ascend by epoch. */
const earliest = (rows: readonly CheckpointRow[]) => rows.find((row) => row.withinNoise)!;
const accuracyOf = (row: CheckpointRow) => percent(estimate(row.accuracy, row.low, row.high));

/** Even the best may be no better than naming the largest class: then there is nothing that a checkpoint could help. */
const atChance = (rows: readonly CheckpointRow[]) => bestOf(rows).low <= bestOf(rows).chance;

function sufficient(rows: readonly CheckpointRow[]): string {
  const [first, best, last] = [earliest(rows), bestOf(rows), rows.at(-1)!];
  if (rows.every((row) => row.withinNoise)) {
    return `fine-tuning from any of the ${count(rows.length, 'epoch')} tried, ${rows[0]!.epoch} among them, comes within noise of the best (epoch ${best.epoch}, ${accuracyOf(best)}): which checkpoint is taken does not show`;
  }
  const behind = points(estimate(first.behind, first.behindLow, first.behindHigh));
  const against = first === best ? '' : `, behind the best (epoch ${best.epoch}) by ${behind}`;
  const late = last.withinNoise
    ? ''
    : `; the last epoch, ${last.epoch}, falls behind the best by ${points(estimate(last.behind, last.behindLow, last.behindHigh))}`;
  return `the earliest epoch within noise of the best is ${first.epoch} of ${last.epoch}: ${accuracyOf(first)}${against}${late}`;
}

function basins(rows: readonly CheckpointRow[]): string | null {
  const compared = rows.filter((row) => row.oneBasin !== null);
  if (compared.length === 0) return null;
  const last = rows.at(-1)!.epoch;
  const [inside, outside] = [compared.filter((row) => row.oneBasin), compared.filter((row) => !row.oneBasin)];
  if (inside.length === 0) {
    const nearest = compared.at(-1)!;
    return `no run from an earlier epoch is shown to share the basin of those from epoch ${last}: from epoch ${nearest.epoch} the barrier is ${barrierOf(nearest)}`;
  }
  // from here on every epoch is in the basin of the last
  const tail = compared.slice(compared.findLastIndex((row) => !row.oneBasin) + 1);
  const before = inside.filter((row) => !tail.includes(row));
  const joined = tail.length > 0 ? `runs from epoch ${tail[0]!.epoch} on` : `runs from ${epochsIn(before)}`;
  const shared = `${joined} share the basin of those from epoch ${last}`;
  if (before.length === 0) return shared;
  const apart = outside.filter((row) => row.epoch > before[0]!.epoch);
  const highest = apart.reduce((most, row) => (row.barrier! > most.barrier! ? row : most));
  const walls = `${apart.length === 1 ? 'a barrier of' : 'barriers of up to'} ${barrierOf(highest)}`;
  const others = `those from ${epochsIn(apart)} are not shown to, with ${walls}`;
  return tail.length > 0
    ? `${shared}, and so do those from ${epochsIn(before)}, but in between ${others}: the epochs of one basin are no unbroken row`
    : `${shared}, but ${others}: the epochs of one basin are no unbroken row`;
}

const barrierOf = (row: CheckpointRow) => points(estimate(row.barrier!, row.barrierLow, row.barrierHigh));
/** 'epoch 4', 'epochs 0 and 1'. */
const epochsIn = (rows: readonly CheckpointRow[]) =>
  `${rows.length === 1 ? 'epoch' : 'epochs'} ${list(rows.map(({ epoch }) => String(epoch)))}`;

function predicted(rows: readonly PredictorRow[]): string | null {
  const known = rows.filter((row) => row.spearman !== null);
  if (known.length === 0) return null;
  const telling = known.filter(foretells);
  const all = count(known.length, 'predictor');
  const found =
    known.length === 1
      ? `the order of the checkpoints is ${telling.length === 1 ? '' : 'not shown to be '}foretold without fine-tuning by ${highest(known)}`
      : telling.length === 0
        ? `none of ${all} is shown to foretell the order of the checkpoints, not even the highest, ${highest(known)}`
        : `the order of the checkpoints is foretold without fine-tuning by ${telling.length} of ${all}, the highest ${highest(telling)}`;
  return `${found} (Spearman’s ρ with fine-tuned accuracy over ${count(known[0]!.epochs, 'epoch')})`;
}

/** 'LogME 0.92 (0.67 to 1.00), p < 0.001': of several, one speaks for them; the table has the rest. */
function highest(rows: readonly PredictorRow[]): string {
  const row = rows.reduce((most, each) => (each.spearman! > most.spearman! ? each : most));
  return `${row.predictor} ${plain(estimateOf(row))}${typeof row.p === 'number' ? `, ${pValue(row.p)}` : ''}`;
}

/** By the interval over epochs, and by the permutation test: of 4 epochs even the best order has p = 2/24. */
const foretells = (row: PredictorRow) => sign(estimateOf(row)) === 'above' && typeof row.p === 'number' && row.p < 0.05;

const estimateOf = ({ spearman, spearmanLow, spearmanHigh }: PredictorRow) => estimate(spearman!, spearmanLow, spearmanHigh);

/** What was looked at in place of fine-tuning; nothing where no predictor has a value. */
function predictorWords(rows: readonly CheckpointRow[], options: Readonly<Record<string, unknown>>, independent: boolean): string[] {
  const { samples, neighbours } = options as { samples?: number | null; neighbours?: number };
  const words = {
    logme: `LogME (You et al. 2021${independent ? ', mean over labels' : ''})`,
    probe: 'test accuracy of a linear probe (ridge regression, penalty by generalized cross-validation)',
    neighbours: `test accuracy of ${neighbours ?? 'the'} nearest neighbours (cosine${independent ? '; the score of a label is the share of them that have it' : ''})`,
  };
  const told = (['logme', 'probe', 'neighbours'] as const).filter((predictor) => rows.some((row) => row[predictor] !== null));
  const images = samples ? `up to ${samples} images a split` : 'all images';
  const from = `Without fine-tuning, from P’s features (what enters its head, each channel’s mean) on ${images}`;
  return told.length === 0 ? [] : [`${from}: ${list(told.map((predictor) => words[predictor]))}.`];
}

export const checkpointChoice: SectionText = {
  analysis: 'checkpoint-choice',
  title: 'Which checkpoint',
  question: 'How long does pre-training have to go on, and can one tell which of its checkpoints to fine-tune without trying them all?',
  answer(findings) {
    const rows = epochs(findings);
    if (rows.length === 0) return `No checkpoint of pre-training was fine-tuned on ${findings.target}.`;
    if (atChance(rows))
      return `On ${findings.target}, fine-tuning from none of the ${count(rows.length, 'epoch')} tried leaves chance (${share(rows[0]!.chance)}), not even from the best (epoch ${bestOf(rows).epoch}, ${accuracyOf(bestOf(rows))}): nothing tells checkpoints apart.`;
    const parts = [sufficient(rows), basins(rows), predicted(predictors(findings))].filter((part) => part !== null);
    return `On ${findings.target}, ${parts.join('; ')}.`;
  },
  cautions(findings) {
    const [rows, all] = [epochs(findings), predictors(findings)];
    const cautions = all.flatMap((row) =>
      row.reason === null ? [] : [`There is no rank correlation for ${row.predictor}: ${row.reason}.`],
    );
    if (rows.length === 0) return cautions;
    cautions.push(...retrainedCaution('P-T was', findings.retrained));
    const { runs } = rows[0]!;
    if (runs < 3)
      cautions.push(`There ${runs === 1 ? 'is one run' : `are only ${runs} runs`} an epoch: how much seeds differ is known poorly.`);
    cautions.push(
      '“Within noise” is the noise of the test images: with few of them many checkpoints are within it. It is no proof that they are equally good.',
    );
    if (rows.length < 8) cautions.push(`A rank correlation over ${count(rows.length, 'epoch')} is coarse.`);
    return cautions;
  },
  method(findings, options) {
    const rows = epochs(findings);
    const sourceN = rows[0]?.sourceN;
    const independent = findings.metric === 'AUC';
    return [
      `P-T is trained from P after ${list(rows.map((row) => String(row.epoch)))} epochs of pre-training, ${count(rows[0]?.runs ?? 0, 'run')} each, with the recipe of P-T${findings.retrained === undefined ? '' : `, but ${findings.retrained}`}; ${count(rows[0]?.n ?? 0, 'test image')}; ${whenOf(rows[0]?.at ?? 'final')}. An epoch is within noise of the best when the interval of the best accuracy minus its own, images drawn jointly, reaches zero.`,
      `The barrier is that of test accuracy on the straight line to the run of the same seed from the last epoch (largest drop below the line between the ends; one basin: its upper bound is under ${basinWords(options)}), the largest over the seeds.`,
      ...predictorWords(rows, options, independent),
      `Source accuracy is P’s own, as pre-training recorded it${sourceN ? `, on ${count(sourceN, 'test image')} (Wilson’s interval)` : ''}.`,
      `Intervals: accuracies and barriers ${bootstrapOf(options)}; speeds t-intervals over runs; rank correlations percentile bootstrap over the epochs. A predictor is said to foretell the order where the interval of ρ is above zero and its two-sided permutation p under 0.05 (all orders up to 8 epochs, else 9,999 drawn ones), which no 4 epochs can reach.`,
    ].join(' ');
  },
  bySize: true,
  summary: [
    (all) =>
      byVerdict(all, (findings) => {
        const rows = epochs(findings);
        if (rows.length === 0) return null;
        const [first, last] = [earliest(rows), rows.at(-1)!];
        if (atChance(rows))
          return {
            phrase: 'fine-tuning leaves chance from no checkpoint of pre-training',
            numbers: `best ${share(bestOf(rows).accuracy)}`,
          };
        if (rows.every((row) => row.withinNoise))
          return {
            phrase: 'which checkpoint of pre-training is fine-tuned does not show',
            numbers: `best ${share(bestOf(rows).accuracy)}`,
          };
        return first.epoch < last.epoch
          ? {
              phrase: 'an earlier checkpoint of pre-training comes within noise of the best',
              numbers: `epoch ${first.epoch} of ${last.epoch}`,
            }
          : { phrase: 'only the end of pre-training comes within noise of the best', numbers: `epoch ${first.epoch}` };
      }),
  ],
};
