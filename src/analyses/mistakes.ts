import { Absent } from './absent.js';
import type { Analysis, End, Subject, Tables } from './analysis.js';
import type { AmbiguityPart } from './ambiguity.js';
import { AMBIGUITY_PARTS } from './ambiguity.js';
import type { Agreement } from './agreement.js';
import { agreement, contingency } from './agreement.js';
import type { Resampling } from './bootstrap.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import { classGaps } from './class-gaps.js';
import { errorGroups } from './error-groups.js';
import { integerOption, oneOf, someOf } from '../tensor/options.js';
import { ENDS } from './analysis.js';
import { kappaContrasts } from './kappa-contrasts.js';
import type { Outcomes } from './outcomes.js';
import { outcomes } from './outcomes.js';
import { trained, trainedPairs } from './pairs.js';
import { predict } from './predict.js';
import type { MistakeClassRow, MistakePairRow } from './rows.js';
import { UNBOUNDED } from './statistics.js';

export interface MistakesOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** Resamples of the bootstrap over test images. */
  readonly resamples: number;
  /** Images listed a group. */
  readonly gallery: number;
  /** What the ambiguity of an image is the mean of: disagreement, and 1 − margin (ours). */
  readonly ambiguity: readonly AmbiguityPart[];
  /** Permutations of the test of ambiguity. */
  readonly permutations: number;
}

const INDEPENDENT =
  'labels are independent: what a mistake is depends on a threshold for every label, which training does not choose: rare labels are hardly ever named at ½';

/**
 * Which test images each network gets wrong, for every pair of runs on the target: contingency, error consistency (Cohen's κ of the error
 * indicators, 2006.16736), McNemar's exact test, agreement of labels; whether runs of a role share more of them than with another; what that comes to class by class; and whether the images that only one
 * role gets wrong are ambiguous.
 */
export const mistakes: Analysis<MistakesOptions> = {
  name: 'mistakes',
  version: 4,
  options: { at: 'final', resamples: DEFAULT_RESAMPLES, gallery: 48, ambiguity: AMBIGUITY_PARTS, permutations: 9999 },
  check({ at, resamples, gallery, ambiguity, permutations }) {
    oneOf('mistakes: at', at, ENDS);
    integerOption('mistakes: resamples', resamples, 1);
    integerOption('mistakes: gallery', gallery, 0);
    someOf('mistakes: ambiguity', ambiguity, AMBIGUITY_PARTS);
    integerOption('mistakes: permutations', permutations, 1);
  },
  async run(subject, options): Promise<Tables> {
    mistakes.check!(options);
    if (subject.data.multiLabel) throw new Absent('mistakes', INDEPENDENT);
    const { at, resamples, gallery, ambiguity, permutations } = options;
    const runs = trained(subject.runs);
    const wanted = runs.map((run) => ({ run, at }));
    const predictions = await predict(subject, wanted, 'test', (share) => subject.progress(0.8 * share));
    const found = new Map(runs.map((run, i) => [run.name, outcomes(predictions[i]!, `${run.name}, ${at}`)]));
    const pairs = trainedPairs(runs).map(({ a, b, pair }): Compared => ({
      names: { target: subject.target, a: a.name, b: b.name, pair },
      a: found.get(a.name)!,
      b: found.get(b.name)!,
    }));
    const key = [subject.seed, 'mistakes'];
    const voices = runs.map(({ role, name }) => ({ role, outcome: found.get(name)! }));
    const tables = {
      pairs: pairs.map((each) => pairRow(each, at, { resamples, key })),
      contrasts: kappaContrasts(
        pairs.map(({ names: { pair }, a, b }) => ({ pair, a, b })),
        { resamples, key },
      ).map((row) => ({ target: subject.target, at, ...row })),
      classes: pairs.flatMap((each) => classRows(each, subject)),
      classGaps: classGaps(subject, voices, { resamples, key }),
      ...errorGroups(subject, voices, { resamples, key, gallery, ambiguity, permutations }),
    };
    subject.progress(1);
    return tables;
  },
};

interface Compared {
  readonly names: Pick<MistakePairRow, 'target' | 'a' | 'b' | 'pair'>;
  readonly a: Outcomes;
  readonly b: Outcomes;
}

/** Why there is no κ, or none of its bounds; null where there are both. */
function reasonOf({ kappa, kappaInterval, bothWrong }: Agreement): string | null {
  if (Number.isNaN(kappa)) return `κ is undefined: both networks are always ${bothWrong === 0 ? 'right' : 'wrong'}`;
  return kappaInterval.low === null ? 'κ has no interval: every resample of the images gives the same one' : null;
}

/** NaN, JavaScript's undefined number, is null in a row. */
const defined = (x: number): number | null => (Number.isNaN(x) ? null : x);

function pairRow({ names, a, b }: Compared, at: string, options: Resampling): MistakePairRow {
  const found = agreement(a, b, options);
  const { kappa, kappaInterval, agreementInterval, sharedMistakeAgreement, sharedInterval, ...rest } = found;
  const { low, high } = Number.isNaN(kappa) ? UNBOUNDED : kappaInterval;
  return {
    ...names,
    at,
    n: rest.n,
    bothRight: rest.bothRight,
    bothWrong: rest.bothWrong,
    onlyAWrong: rest.onlyAWrong,
    onlyBWrong: rest.onlyBWrong,
    kappa: defined(kappa),
    kappaLow: low,
    kappaHigh: high,
    reason: reasonOf(found),
    mcnemarP: rest.mcnemarP,
    agreement: rest.agreement,
    agreementLow: agreementInterval.low!,
    agreementHigh: agreementInterval.high!,
    sharedMistakeAgreement: defined(sharedMistakeAgreement),
    sharedLow: rest.bothWrong < 2 ? null : sharedInterval.low,
    sharedHigh: rest.bothWrong < 2 ? null : sharedInterval.high,
  };
}

function classRows({ names, a, b }: Compared, { data }: Subject): MistakeClassRow[] {
  const { labels } = data.splits.test;
  const pick = ({ predicted, right }: Outcomes, c: number) => {
    const inside = (_: number, i: number) => labels[i] === c;
    return { predicted: predicted.filter(inside), right: right.filter(inside) };
  };
  return data.classes.map((name, c) => {
    const [x, y] = [pick(a, c), pick(b, c)];
    return { ...names, class: name, n: x.right.length, ...contingency(x, y) };
  });
}
