import type { Estimate } from '../format.js';
import { count, decimal, estimate, flipped, percent, points } from '../format.js';
import { allAtChance, chanceClause } from '../learned.js';
import type { Answer, Evidence, Question } from './question.js';
import { trainedElsewhere, withoutAnalyses, withoutNetworks } from './missing.js';
import { but, confidenceOf, MARGIN, oneRun, overImages } from './question.js';

/** Of the table `epochs`, what the answer needs: `behind` is how much less accurate P-T from this epoch is than P-T from the best one. */
interface Row {
  readonly epoch: number;
  readonly accuracy: number;
  readonly low: number;
  readonly high: number;
  readonly behind: number;
  readonly behindLow: number;
  readonly behindHigh: number;
  readonly withinNoise: boolean;
  readonly chance: number;
  readonly n: number;
  /** Fine-tuned from this epoch. */
  readonly runs: number;
}

type Behind = Pick<Row, 'behind' | 'behindLow' | 'behindHigh'>;

const behind = (row: Behind) => estimate(row.behind, row.behindLow, row.behindHigh);

/** What an epoch gains: over the best tried; the best of several noisy ones is no yardstick for itself, it is held against the last. */
export const gainFrom = (row: Behind, last: Behind): Estimate => (row.behind === 0 ? behind(last) : flipped(behind(row)));

/** An earlier epoch will do where what it loses is surely under the margin. */
export const isEnough = ({ low }: Estimate): boolean => low !== null && low > -MARGIN;
const reached = (row: Row) => percent(estimate(row.accuracy, row.low, row.high));
const most = `${decimal(100 * MARGIN, 0)} points`;

function missing(evidence: Evidence): Answer {
  const takes = 'it takes fine-tuning from several epochs of P';
  return (
    trainedElsewhere(evidence, ['P', 'P-T'], takes) ??
    withoutNetworks(evidence, ['P', 'P-T']) ??
    withoutAnalyses(evidence, ['checkpoint-choice'], 'which fine-tunes from several epochs of P')
  );
}

/** Accuracies of another recipe than the arms' stand beside those of the arms in the advice. */
function answer(evidence: Evidence): Answer {
  const found = decided(evidence);
  const retrained = evidence.retrained('checkpoint-choice');
  if (retrained === undefined || found.verdict === 'not measured') return found;
  return { ...found, text: `${found.text} P-T was trained anew for this with ${retrained}: not comparable with the arms’ accuracies.` };
}

function decided(evidence: Evidence): Answer {
  const epochs = (evidence.rows<Row>('checkpoint-choice', 'epochs') ?? []).toSorted((x, y) => x.epoch - y.epoch);
  const last = epochs.at(-1);
  const first = epochs.find(({ withinNoise }) => withinNoise);
  if (!last || !first || epochs.length < 2) return missing(evidence);
  const looked = `of ${count(epochs.length, 'epoch')} tried`;
  const analyses = ['checkpoint-choice'];
  const fewest = Math.min(...epochs.map(({ runs }) => runs));
  const scope = overImages(last.n, 'seeds of fine-tuning or pre-training');
  const known = (of: Estimate, threshold: number, name: string) =>
    oneRun(confidenceOf(of, threshold, name), fewest, 'there is one run an epoch', scope);
  const best = epochs.find((row) => row.behind === 0)!;
  const levels = epochs.map((row) => ({ role: 'P-T', ...row }));
  if (allAtChance(levels, ['P-T'])) {
    const text = `Cannot be told: from no epoch ${looked} ${chanceClause(levels, ['P-T'], evidence.target)}, from epoch ${best.epoch}. Train it for longer, or otherwise, first.`;
    return { verdict: 'undecided', text, confidence: 'none', because: 'where nothing was learned no checkpoint is better', analyses };
  }
  if (!last.withinNoise) {
    const text = `Epoch ${last.epoch}, the last, is behind the best ${looked} by ${points(behind(last))}; epoch ${first.epoch} is not, with ${reached(first)}.`;
    return { verdict: 'no', text, ...known(behind(last), 0, 'zero'), analyses };
  }
  if (first === last) {
    const before = epochs.at(-2)!;
    const text = `Every earlier epoch ${looked} is behind epoch ${last.epoch} (${reached(last)}); the one before, ${before.epoch}, by ${points(behind(before))}.`;
    return { verdict: 'yes', text, ...known(behind(before), 0, 'zero'), analyses };
  }
  const enough = epochs.find((row) => row !== last && isEnough(gainFrom(row, last)));
  if (enough) {
    const against =
      enough.behind === 0
        ? `the best tried; the last, ${last.epoch}, is behind it by ${points(behind(last))}`
        : `behind the best by ${points(behind(enough))}; the last, ${last.epoch}, reaches ${reached(last)}`;
    return {
      verdict: 'no',
      text: `Epoch ${enough.epoch} (${looked}) is enough: ${reached(enough)}, ${against}.`,
      ...known(gainFrom(enough, last), -MARGIN, `a loss of ${most}`),
      analyses,
    };
  }
  const risk =
    first.behind === 0
      ? `the best, but not surely within ${most} of the last, ${last.epoch}, which is behind it by ${points(behind(last))}`
      : `within noise of the best, but may be behind it by more than ${most}: ${points(behind(first))}`;
  const text = `Epoch ${first.epoch} (${looked}) is ${risk}.`;
  const unsure = { confidence: 'none' as const, because: `the 95 % interval holds zero and ${most}` };
  return { verdict: 'undecided', text, ...but(unsure, scope), analyses };
}

export const toTheEnd: Question = { title: 'Pre-train to the last epoch?', roles: [], answer };
