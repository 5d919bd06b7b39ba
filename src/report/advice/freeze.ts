import type { FreezingChoiceRow, FreezingVerifiedRow } from '../../analyses/rows.js';
import { estimate, list, points, share } from '../format.js';
import type { Answer, Evidence, Question } from './question.js';
import { withoutAnalyses, withoutNetworks } from './missing.js';
import { but, confidenceOf, MARGIN, overImages } from './question.js';

const dropOf = (row: FreezingChoiceRow) => estimate(row.drop, row.low, row.high);

function answer(evidence: Evidence): Answer {
  const { rows } = evidence;
  const choice = rows<FreezingChoiceRow>('freezing', 'choice') ?? [];
  if (choice.length === 0) return withoutNetworks(evidence, ['P', 'P-T']) ?? withoutAnalyses(evidence, ['rewind', 'cka', 'freezing']);
  const frozen = choice.filter((row) => row.frozen);
  const [verified] = rows<FreezingVerifiedRow>('freezing', 'verified') ?? [];
  if (frozen.length === 0) return none(choice);
  return verified ? trained(verified) : chosen(frozen);
}

function none(choice: readonly FreezingChoiceRow[]): Answer {
  const least = choice.toSorted((x, y) => x.high - y.high)[0]!;
  const decided = choice.every(({ low }) => low > MARGIN);
  return {
    verdict: decided ? 'no' : 'undecided',
    text: `${decided ? 'None may stay' : 'None is sure to be able to stay'} as it was in P: set back after training, the least critical, ${least.module}, costs ${points(dropOf(least))} of accuracy.`,
    ...confidenceOf(dropOf(least), MARGIN, '2 points'),
    analyses: ['freezing', 'rewind', 'cka'],
  };
}

const named = (frozen: readonly FreezingChoiceRow[]) => list(frozen.map(({ module }) => module));

function chosen(frozen: readonly FreezingChoiceRow[]): Answer {
  const worst = frozen.toSorted((x, y) => y.high - x.high)[0]!;
  return {
    verdict: 'yes',
    text: `Probably ${named(frozen)}: set back to P’s values after training, one at a time, none costs 2 points; the costliest, ${worst.module}, ${points(dropOf(worst))}.`,
    confidence: 'low',
    because: 'nothing was trained with these frozen, and one at a time is not all at once (freezing: { verify: true } trains it)',
    analyses: ['freezing', 'rewind', 'cka'],
  };
}

function trained(row: FreezingVerifiedRow): Answer {
  const change = estimate(row.difference, row.low, row.high);
  const verdict = row.low > -MARGIN ? 'yes' : row.high < -MARGIN ? 'no' : 'undecided';
  const text = { yes: 'loses less than 2 points, if anything', no: 'loses more than 2 points', undecided: 'may or may not lose 2 points' }[
    verdict
  ];
  return {
    verdict,
    text: `Fine-tuning with ${row.modules} frozen (${share(row.share)} of the weights) ${text}: ${share(row.frozen)} against ${share(row.full)}, ${points(change)}.`,
    ...but(confidenceOf(change, -MARGIN, 'a loss of 2 points'), `really trained, ${row.runs} runs; ${overImages(row.n)}`),
    analyses: ['freezing'],
  };
}

export const freeze: Question = { title: 'Freeze modules?', answer };
