import type { GapRow } from '../../analyses/rows.js';
import { estimate, flipped, points, share, sign } from '../format.js';
import type { Answer, Evidence, Question } from './question.js';
import { atMost, but, confidenceOf, notMeasured } from './question.js';

interface Words {
  readonly metric: string;
  /** What pre-training raises or lowers. */
  readonly what: string;
  /** What the interval is over and what it leaves out. */
  readonly scope: string;
}

function answer({ rows }: Evidence, { metric, what, scope }: Words): Answer {
  const gaps = rows<GapRow>('learning-curves', 'gaps')?.filter((row) => row.metric === metric) ?? [];
  const row = gaps.find(({ at }) => at === 'final') ?? gaps[0];
  if (!row)
    return notMeasured(
      'Needs learning-curves among the analyses and both arms, P-T and RI-T.',
      metric === 'speed' ? ['learning-curves'] : [],
    );
  const gain = estimate(row.gap, row.low, row.high);
  const levels = `${share(row.pretrained)} with pre-training, ${share(row.random)} without`;
  const sure = atMost('moderate', confidenceOf(gain, 0, 'zero'), 'a role has a single run');
  const shared = { ...but(row.runs < 4 ? sure : confidenceOf(gain, 0, 'zero'), scope), analyses: ['learning-curves'] };
  switch (sign(gain)) {
    case 'above':
      return { verdict: 'yes', text: `It raises ${what} by ${points(gain)}: ${levels}.`, ...shared };
    case 'below':
      return { verdict: 'no', text: `It lowers ${what} by ${points(flipped(gain))}: ${levels}.`, ...shared };
    case 'undecided':
      return { verdict: 'undecided', text: `Whether it changes ${what} is undecided, ${points(gain)}: ${levels}.`, ...shared };
    case 'unknown':
      return {
        verdict: 'undecided',
        text: `The difference in ${what}, ${points(gain)}, has no interval: ${levels}. Add seeds.`,
        ...shared,
      };
  }
}

export const forAccuracy: Question = {
  title: 'Pre-train, for accuracy?',
  answer: (evidence) => answer(evidence, { metric: 'accuracy', what: 'test accuracy', scope: 'it covers test images, not seeds' }),
};

export const forSpeed: Question = {
  title: 'Pre-train, for speed?',
  answer: (evidence) =>
    answer(evidence, { metric: 'speed', what: 'mean training accuracy over all epochs', scope: 'it covers the seeds that were run' }),
};
