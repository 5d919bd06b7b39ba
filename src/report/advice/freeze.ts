import type { FreezingChoiceRow, FreezingVerifiedRow } from '../../analyses/rows.js';
import { count, decimal, estimate, list, points, share, sign } from '../format.js';
import type { Answer, Evidence, Question } from './question.js';
import { withoutAnalyses, withoutNetworks } from './missing.js';
import { confidenceOf, MARGIN, oneRun, overImages } from './question.js';

const dropOf = (row: FreezingChoiceRow) => estimate(row.drop, row.low, row.high);

function answer(evidence: Evidence): Answer {
  const { rows } = evidence;
  const choice = rows<FreezingChoiceRow>('freezing', 'choice') ?? [];
  if (choice.length === 0) return withoutNetworks(evidence, ['P', 'P-T']) ?? withoutAnalyses(evidence, ['rewind', 'cka', 'freezing']);
  const frozen = choice.filter((row) => row.frozen);
  const [verified] = rows<FreezingVerifiedRow>('freezing', 'verified') ?? [];
  if (frozen.length === 0) return none(choice, evidence.options('freezing'));
  return verified ? trained(verified) : chosen(frozen, evidence.options('freezing'));
}

function marginOf({ margin }: Readonly<Record<string, unknown>>) {
  const of = typeof margin === 'number' ? margin : MARGIN;
  return { margin: of, limit: points(estimate(of, null, null)).replace('.0 ', ' ') };
}

/** Why no module qualified: by what the cheapest costs when it is set back, or by its features where it would cost too little to matter. */
function none(choice: readonly FreezingChoiceRow[], options: Readonly<Record<string, unknown>>): Answer {
  const { margin, limit } = marginOf(options);
  const least = choice.toSorted((x, y) => x.high - y.high)[0]!;
  const cost = `set back after training, the least critical, ${least.module}, costs ${points(dropOf(least))} of accuracy`;
  const analyses = ['freezing', 'rewind', 'cka'];
  if (choice.every(({ low }) => low > margin)) {
    const sure = confidenceOf(dropOf(least), margin, limit);
    return {
      verdict: 'no',
      text: `None may stay as it was in P: ${cost}.`,
      ...oneRun(sure, least.runs, 'there is one run', overImages(least.n)),
      analyses,
    };
  }
  // under the margin a module fails by its features only
  const unlike = choice.filter(({ high, cka }) => high < margin && cka !== null);
  if (unlike.length === 0) {
    const text = `None is sure to be able to stay as it was in P: ${cost}, by the upper bound not less than ${limit}.`;
    return { verdict: 'undecided', text, confidence: 'none', because: `for no module the 95 % interval stays under ${limit}`, analyses };
  }
  const similarity = typeof options['similarity'] === 'number' ? decimal(options['similarity']) : 'what is asked';
  const features = unlike.map(({ module, cka }) => `${module} ${decimal(cka!, 3)}`);
  const text = `None is sure to be able to stay as it was in P: set back after training, ${list(unlike.map((row) => `${row.module} costs ${points(dropOf(row))}`))} of accuracy, less than ${limit}, but features changed, CKA with P ${list(features)}, under ${similarity}.`;
  return { verdict: 'undecided', text, confidence: 'none', because: 'the two conditions disagree', analyses };
}

const named = (frozen: readonly FreezingChoiceRow[]) => list(frozen.map(({ module }) => module));

function chosen(frozen: readonly FreezingChoiceRow[], options: Readonly<Record<string, unknown>>): Answer {
  const worst = frozen.toSorted((x, y) => y.high - x.high)[0]!;
  return {
    verdict: 'yes',
    text: `Probably ${named(frozen)}: set back to P’s values after training, one at a time, none costs ${marginOf(options).limit}; the costliest, ${worst.module}, ${points(dropOf(worst))}.`,
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
  // the summary asks for any change at all
  const open =
    verdict === 'yes' && sign(change) === 'undecided' ? '; whether it changes anything at all is undecided, the interval holds zero' : '';
  return {
    verdict,
    text: `Fine-tuning with ${row.modules} frozen (${share(row.share)} of the weights) ${text}: ${share(row.frozen)} against ${share(row.full)}, ${points(change)}.`,
    ...oneRun(
      confidenceOf(change, -MARGIN, 'a loss of 2 points'),
      row.runs,
      'there is one run',
      `really trained, ${count(row.runs, 'run')}; ${overImages(row.n, 'seeds of fine-tuning')}${open}`,
    ),
    analyses: ['freezing'],
  };
}

export const freeze: Question = { title: 'Freeze modules?', roles: ['P-T'], answer };
