import type { Subject } from './analysis.js';
import type { Ambiguity, AmbiguityPart } from './ambiguity.js';
import { ambiguityOf } from './ambiguity.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap } from './bootstrap.js';
import type { Outcomes } from './outcomes.js';
import type { AmbiguityRow, AmbiguityTestRow, MistakeImageRow } from './rows.js';
import { mean, UNBOUNDED } from './statistics.js';
import { cliffsDelta, meanDifference, permutationTest } from './two-groups.js';

/** What one run on the target says. */
export interface Voice {
  readonly role: string;
  readonly outcome: Outcomes;
}

export const GROUPS = ['only P-T wrong', 'only RI-T wrong', 'all wrong', 'all right', 'mixed'] as const;
type Group = (typeof GROUPS)[number];
/** The two groups whose ambiguity is compared. */
const COMPARED = [GROUPS[0], GROUPS[1]] as const;

export interface GroupOptions extends Resampling {
  /** Images listed a group. */
  readonly gallery: number;
  /** What the ambiguity of an image is the mean of. */
  readonly ambiguity: readonly AmbiguityPart[];
  /** Permutations of the test that the two groups are equally ambiguous. */
  readonly permutations: number;
}

/** Test images grouped by who errs on them: the ranked images of each group, and whether two of the groups differ in ambiguity. */
export function errorGroups(subject: Subject, voices: readonly Voice[], options: GroupOptions) {
  if (voices.length === 0) return { images: [], ambiguity: [], ambiguityTest: [] };
  const scores = ambiguityOf(
    voices.map(({ outcome }) => outcome),
    options.ambiguity,
  );
  const groups = subject.data.splits.test.ids.map((_, i) => groupOf(i, voices));
  return {
    images: GROUPS.flatMap((group) => imageRows(subject, voices, group, ranked(groups, group, scores).slice(0, options.gallery), scores)),
    ...ambiguityRows(subject.target, groups, scores.ambiguity, options),
  };
}

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

/**
 * Mean ambiguity of the images that only one role gets wrong, their difference, its effect size and a test. Groups are resampled with the
 * images, all statistics in the same draws.
 */
function ambiguityRows(
  target: string,
  groups: readonly Group[],
  ambiguity: Float64Array,
  { resamples, key, permutations }: GroupOptions,
): { ambiguity: AmbiguityRow[]; ambiguityTest: AmbiguityTestRow[] } {
  const group = Int8Array.from(groups, (each) => COMPARED.indexOf(each as (typeof COMPARED)[number]));
  const [difference, delta] = [meanDifference(ambiguity, group), cliffsDelta(ambiguity, group)];
  const members = [0, 1].map((side) => [...ambiguity].filter((_, i) => group[i] === side)) as [number[], number[]];
  const alone = (side: number) => (counts: Uint32Array) => {
    let [sum, n] = [0, 0];
    for (let i = 0; i < group.length; i++) {
      if (group[i] !== side) continue;
      sum += counts[i]! * ambiguity[i]!;
      n += counts[i]!;
    }
    return sum / n;
  };
  const statistics = [alone(0), alone(1), difference, delta];
  const intervals = bootstrap(groups.length, 4, (counts, out) => statistics.forEach((each, k) => (out[k] = each(counts))), {
    resamples,
    key,
  });
  const values = [mean(members[0]), mean(members[1]), difference(null)];
  const [p, r] = [members[0].length, members[1].length];
  const bounded = (k: number, smallest: number) =>
    // one image gives every resample the same mean: that is no interval
    smallest < 2
      ? { ...UNBOUNDED, reason: smallest === 0 ? 'no images' : 'no interval: a single image' }
      : { ...intervals[k]!, reason: null };
  const test = permutationTest(...members, { permutations, key });
  const { reason, low: deltaLow, high: deltaHigh } = bounded(3, Math.min(p, r));
  return {
    ambiguity: [...COMPARED, 'difference'].map((name, k) => {
      const n = [p, r, p + r][k]!;
      return { target, group: name, n, ambiguity: defined(values[k]!), ...bounded(k, [p, r, Math.min(p, r)][k]!) };
    }),
    ambiguityTest: [
      {
        target,
        onlyPretrained: p,
        onlyRandom: r,
        cliffsDelta: defined(delta(null)),
        deltaLow,
        deltaHigh,
        p: defined(test),
        permutations,
        reason,
      },
    ],
  };
}

/** NaN, JavaScript's undefined number, is null in a row. */
const defined = (x: number): number | null => (Number.isNaN(x) ? null : x);
