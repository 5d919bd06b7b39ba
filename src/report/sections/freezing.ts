import type { FreezingChoiceRow, FreezingVerifiedRow, RewindRow } from '../../analyses/rows.js';
import { count, decimal, estimate, flipped, list, points, pointsInBrackets, share, sign } from '../format.js';
import type { Findings, SectionText } from '../section-text.js';
import { bootstrapOf, byVerdict, rowsOf, whenOf } from '../section-text.js';

const choiceOf = ({ tables }: Findings) => rowsOf<FreezingChoiceRow>(tables, 'choice');
const verifiedOf = ({ tables }: Findings) => rowsOf<FreezingVerifiedRow>(tables, 'verified')[0];

function trained(row: FreezingVerifiedRow): string {
  const change = estimate(row.difference, row.low, row.high);
  const what = `trained with them frozen (${share(row.share)} of the weights), P-T`;
  const levels = `${share(row.frozen)} against ${share(row.full)}`;
  switch (sign(change)) {
    case 'above':
      return `${what} has the higher test accuracy, by ${points(change)}, ${levels}`;
    case 'below':
      return `${what} has the lower test accuracy, by ${points(flipped(change))}, ${levels}`;
    case 'undecided':
    case 'unknown':
      return `${what} reaches ${levels}; the difference of ${points(change)} is undecided`;
  }
}

const PHRASES = {
  above: 'freezing the modules of P-T that qualify gains accuracy',
  below: 'freezing the modules of P-T that qualify costs accuracy',
  undecided: 'whether freezing the modules of P-T that qualify changes accuracy is undecided',
  unknown: 'freezing the modules of P-T that qualify was tried, without an interval,',
};

function headline(findings: Findings) {
  const [choice, verified] = [choiceOf(findings), verifiedOf(findings)];
  if (verified) {
    const change = estimate(verified.difference, verified.low, verified.high);
    const by = pointsInBrackets(sign(change) === 'below' ? flipped(change) : change);
    return { phrase: PHRASES[sign(change)], numbers: `${verified.modules}: ${by}` };
  }
  if (choice.length === 0) return null;
  const frozen = choice.filter((row) => row.frozen).map(({ module }) => module);
  const of = `${frozen.length === 0 ? '' : `${list(frozen)} of `}${count(choice.length, 'module')}`;
  if (frozen.length === 0) return { phrase: 'no module of P-T qualifies for freezing', numbers: of };
  return { phrase: 'modules of P-T qualify for freezing, which no training tried,', numbers: of };
}

export const freezing: SectionText = {
  analysis: 'freezing',
  title: 'Freezing',
  question: 'Which modules may fine-tuning leave as they are in the pre-trained network?',
  answer(findings) {
    const [choice, verified] = [choiceOf(findings), verifiedOf(findings)];
    if (choice.length === 0) return `On ${findings.target}, there is no fine-tuned network whose modules could be chosen from.`;
    const frozen = choice.filter((row) => row.frozen).map(({ module }) => module);
    if (frozen.length === 0) return `On ${findings.target}, none of ${count(choice.length, 'module')} qualifies for freezing.`;
    const chosen = `${list(frozen)} of ${count(choice.length, 'module')} ${frozen.length === 1 ? 'qualifies' : 'qualify'} for freezing`;
    return `On ${findings.target}, ${chosen}; ${verified ? trained(verified) : 'that was not tried by training'}.`;
  },
  cautions(findings) {
    const chosen = choiceOf(findings).some((row) => row.frozen);
    const untried = chosen ? ['Nothing was trained with these modules frozen: freezing: { verify: true } does it.'] : [];
    return [
      'Modules are chosen one at a time, after training; all of them frozen from the start are another thing.',
      ...(verifiedOf(findings) ? ['The interval covers the choice of test images, not that of seeds.'] : untried),
      'Where rewind looked at test images, so did the choice.',
    ];
  },
  method(findings, options) {
    const [first] = choiceOf(findings);
    const { margin, similarity } = options as { margin?: number; similarity?: number };
    return [
      `A module qualifies when setting it back to P costs every P-T run less than ${margin === undefined ? 'the margin' : `${decimal(100 * margin, 1)} points`} of accuracy by the upper bound, and its CKA with P is at least ${similarity === undefined ? 'the threshold' : decimal(similarity)} (${whenOf(first?.at ?? 'final')}).`,
      `Intervals: paired ${bootstrapOf(options)}; those of drops are hulls over runs.`,
    ].join(' ');
  },
  // modules are chosen by the images of rewind, and tried on test images
  counted({ choice = [], verified = [] }, of) {
    const { split } = rowsOf<RewindRow>(of('rewind'), 'modules')[0] ?? { split: 'test' };
    return { choice: choice.map((row) => ({ ...row, split })), verified: verified.map((row) => ({ ...row, split: 'test' })) };
  },
  roles: ['P-T'],
  summary: [(all) => byVerdict(all, headline)],
};
