import type { Analysis, End, Subject, Tables } from './analysis.js';
import { agreement, contingency } from './agreement.js';
import type { Ambiguity } from './ambiguity.js';
import { ambiguityOf } from './ambiguity.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap, DEFAULT_RESAMPLES } from './bootstrap.js';
import { integerOption, oneOf } from '../tensor/options.js';
import { ENDS } from './analysis.js';
import type { Outcomes } from './outcomes.js';
import { outcomes } from './outcomes.js';
import { pairsOf, TRAINED_PAIRS, trained } from './pairs.js';
import { predict } from './predict.js';
import type { AmbiguityRow, MistakeClassRow, MistakeImageRow, MistakePairRow } from './rows.js';
import { UNBOUNDED } from './statistics.js';

export interface MistakesOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** Resamples of the bootstrap over test images. */
  readonly resamples: number;
  /** Images listed a group. */
  readonly gallery: number;
}

/**
 * Which test images each network gets wrong, for every pair of runs on the target: contingency, error consistency (Cohen's κ of the error
 * indicators, 2006.16736), McNemar's exact test, agreement of labels; and whether the images that only one role gets wrong are ambiguous.
 */
export const mistakes: Analysis<MistakesOptions> = {
  name: 'mistakes',
  version: 1,
  options: { at: 'final', resamples: DEFAULT_RESAMPLES, gallery: 48 },
  check({ at, resamples, gallery }) {
    oneOf('mistakes: at', at, ENDS);
    integerOption('mistakes: resamples', resamples, 1);
    integerOption('mistakes: gallery', gallery, 0);
  },
  async run(subject, options): Promise<Tables> {
    mistakes.check!(options);
    const { at, resamples, gallery } = options;
    const runs = trained(subject.runs);
    const wanted = runs.map((run) => ({ run, at }));
    const predictions = await predict(subject, wanted, 'test', (share) => subject.progress(0.8 * share));
    const found = new Map(runs.map((run, i) => [run.name, outcomes(predictions[i]!, `${run.name}, ${at}`)]));
    const pairs = pairsOf(runs, TRAINED_PAIRS).map(({ a, b, pair }): Compared => ({
      names: { target: subject.target, a: a.name, b: b.name, pair },
      a: found.get(a.name)!,
      b: found.get(b.name)!,
    }));
    const key = [subject.seed, 'mistakes'];
    const tables = {
      pairs: pairs.map((each) => pairRow(each, at, { resamples, key })),
      classes: pairs.flatMap((each) => classRows(each, subject)),
      ...aboutImages(
        subject,
        runs.map((run) => ({ role: run.role, outcome: found.get(run.name)! })),
        gallery,
        { resamples, key },
      ),
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

/** NaN, JavaScript's undefined number, is null in a row. */
const defined = (x: number): number | null => (Number.isNaN(x) ? null : x);

function pairRow({ names, a, b }: Compared, at: string, options: Resampling): MistakePairRow {
  const { kappa, kappaInterval, agreementInterval, sharedMistakeAgreement, ...rest } = agreement(a, b, options);
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
    reason: Number.isNaN(kappa) ? `κ is undefined: both networks are always ${rest.bothWrong === 0 ? 'right' : 'wrong'}` : null,
    mcnemarP: rest.mcnemarP,
    agreement: rest.agreement,
    agreementLow: agreementInterval.low!,
    agreementHigh: agreementInterval.high!,
    sharedMistakeAgreement: defined(sharedMistakeAgreement),
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

interface Voice {
  readonly role: string;
  readonly outcome: Outcomes;
}

export const GROUPS = ['only P-T wrong', 'only RI-T wrong', 'all wrong', 'all right', 'mixed'] as const;
type Group = (typeof GROUPS)[number];

/** A role errs when all its runs do; where the runs of a role differ, the image is 'mixed'. Without one of the roles nothing is 'only' its. */
function groupOf(i: number, voices: readonly Voice[]): Group {
  const rights = (role: string) => voices.filter((voice) => voice.role === role).map(({ outcome }) => outcome.right[i] === 1);
  const [p, r] = [rights('P-T'), rights('RI-T')];
  const [yes, no] = [(right: boolean) => right, (right: boolean) => !right];
  if ([...p, ...r].every(yes)) return 'all right';
  if ([...p, ...r].every(no)) return 'all wrong';
  if (p.length > 0 && r.length > 0 && p.every(no) && r.every(yes)) return 'only P-T wrong';
  if (p.length > 0 && r.length > 0 && p.every(yes) && r.every(no)) return 'only RI-T wrong';
  return 'mixed';
}

function aboutImages(subject: Subject, voices: readonly Voice[], gallery: number, options: Resampling) {
  if (voices.length === 0) return { images: [], ambiguity: [] };
  const scores = ambiguityOf(voices.map(({ outcome }) => outcome));
  const groups = subject.data.splits.test.ids.map((_, i) => groupOf(i, voices));
  return {
    images: GROUPS.flatMap((group) => imageRows(subject, voices, group, ranked(groups, group, scores).slice(0, gallery), scores)),
    ambiguity: ambiguityRows(subject.target, groups, scores.ambiguity, options),
  };
}

/** Images of a group, the clearest first; equals in the split's order. */
function ranked(groups: readonly Group[], group: Group, { ambiguity }: Ambiguity): number[] {
  return groups.flatMap((each, i) => (each === group ? [i] : [])).sort((i, j) => ambiguity[i]! - ambiguity[j]! || i - j);
}

function imageRows(
  { target, data }: Subject,
  voices: readonly Voice[],
  group: Group,
  images: readonly number[],
  { ambiguity, disagreement, margin }: Ambiguity,
): MistakeImageRow[] {
  const { ids, labels } = data.splits.test;
  const says = (role: string, i: number) => {
    const votes = new Map<string, number>();
    for (const voice of voices) {
      if (voice.role !== role) continue;
      const label = data.classes[voice.outcome.predicted[i]!]!;
      votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    return [...votes]
      .sort((x, y) => y[1] - x[1])
      .map(([label]) => label)
      .join(', ');
  };
  return images.map((i, place) => ({
    target,
    image: ids[i]!,
    label: data.classes[labels[i]!]!,
    group,
    rank: place + 1,
    ambiguity: ambiguity[i]!,
    disagreement: disagreement[i]!,
    margin: margin[i]!,
    pretrainedSays: says('P-T', i),
    randomSays: says('RI-T', i),
  }));
}

/** Mean ambiguity of the images that only one role gets wrong, and the difference; groups are resampled with the images. */
function ambiguityRows(target: string, groups: readonly Group[], ambiguity: Float64Array, options: Resampling): AmbiguityRow[] {
  const two = ['only P-T wrong', 'only RI-T wrong'] as const;
  const means = (counts: Uint32Array | null, out: Float64Array) => {
    for (const [k, group] of two.entries()) {
      let [sum, n] = [0, 0];
      for (const [i, each] of groups.entries()) {
        if (each !== group) continue;
        const count = counts ? counts[i]! : 1;
        sum += count * ambiguity[i]!;
        n += count;
      }
      out[k] = sum / n;
    }
    out[2] = out[0]! - out[1]!;
  };
  const values = new Float64Array(3);
  means(null, values);
  const intervals = bootstrap(groups.length, 3, means, options);
  const sizes = two.map((group) => groups.filter((each) => each === group).length);
  return [...two, 'difference'].map((group, k) => {
    const n = k < 2 ? sizes[k]! : sizes[0]! + sizes[1]!;
    // one image gives every resample the same mean: that is no interval
    const few = k < 2 ? sizes[k]! < 2 : Math.min(...sizes) < 2;
    const reason = Number.isNaN(values[k]) ? 'no images' : few ? 'no interval: a single image' : null;
    return { target, group, n, ambiguity: defined(values[k]!), ...(few ? UNBOUNDED : intervals[k]!), reason };
  });
}
