import type { GapRow, RunRow } from '../../analyses/rows.js';
import { count, estimate, flipped, points, share, sign } from '../format.js';
import type { Answer, Evidence, Question } from './question.js';
import { trainedElsewhere, withoutAnalyses, withoutNetworks } from './missing.js';
import { confidenceOf, oneRun, overImages } from './question.js';

interface Words {
  readonly metric: string;
  /** What pre-training raises or lowers. */
  readonly what: string;
  /** What the interval is over and what it leaves out. */
  scope(row: GapRow): string;
}

const ARMS = ['P-T', 'RI-T'];

function missing(evidence: Evidence, metric: string): Answer {
  const untold =
    metric === 'speed' ? trainedElsewhere(evidence, ARMS, 'how fast a network learned is on record where it was trained') : null;
  return untold ?? withoutNetworks(evidence, ARMS) ?? withoutAnalyses(evidence, ['learning-curves']);
}

/** Of the role that has fewer. */
function fewestRuns({ rows }: Evidence, { runs }: GapRow): number {
  const all = rows<RunRow>('learning-curves', 'runs') ?? [];
  const ofRole = ARMS.map((role) => new Set(all.filter((row) => row.role === role).map(({ run }) => run)).size);
  return all.length > 0 ? Math.min(...ofRole) : Math.floor(runs / 2);
}

function answer(evidence: Evidence, { metric, what, scope }: Words): Answer {
  const gaps = evidence.rows<GapRow>('learning-curves', 'gaps')?.filter((row) => row.metric === metric) ?? [];
  const row = gaps.find(({ at }) => at === 'final') ?? gaps[0];
  if (!row) return missing(evidence, metric);
  const gain = estimate(row.gap, row.low, row.high);
  const levels = `${share(row.pretrained)} with pre-training, ${share(row.random)} without`;
  const sure = oneRun(confidenceOf(gain, 0, 'zero'), fewestRuns(evidence, row), 'a role has a single run', scope(row));
  const shared = { ...sure, analyses: ['learning-curves'] };
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
  roles: ARMS,
  answer: (evidence) => answer(evidence, { metric: 'accuracy', what: 'test accuracy', scope: ({ n }) => overImages(n) }),
};

export const forSpeed: Question = {
  title: 'Pre-train, for speed?',
  roles: ARMS,
  answer: (evidence) =>
    answer(evidence, {
      metric: 'speed',
      what: 'mean training accuracy over all epochs',
      scope: ({ runs }) => `it covers the seeds of ${count(runs, 'run')}`,
    }),
};
