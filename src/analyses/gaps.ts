import type { EpochRow } from '../train/recipe.js';
import type { Run, Subject } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import type { Interval } from './statistics.js';
import { mean, studentInterval, welchInterval } from './statistics.js';

/** Mean training accuracy over all epochs after the start; null without any. */
export function speedOf(epochs: readonly EpochRow[]): number | null {
  const accuracies = epochs.filter(({ epoch }) => epoch > 0).map((row) => row.trainAccuracy);
  return accuracies.length === 0 ? null : mean(accuracies);
}

export const speedsOf = (runs: readonly Run[]): number[] => runs.map(({ epochs }) => speedOf(epochs)).filter((speed) => speed !== null);

/** Share of the largest class: what always naming it would score. Of independent labels ½: the AUC of scores that know nothing. */
export function chanceOf({ data }: Pick<Subject, 'data'>): number {
  if (data.multiLabel) return 0.5;
  const { labels } = data.splits.test;
  const counts = new Uint32Array(data.classes.length);
  for (const label of labels) counts[label]!++;
  return Math.max(...counts) / labels.length;
}

export const describedBootstrap = ({ resamples }: Pick<Resampling, 'resamples'>): string =>
  `percentile bootstrap over images, ${resamples} resamples`;

/** A gap P-T − RI-T of means over runs. Bounds are null for the speed of a single run. */
export interface Gap extends Interval {
  readonly pretrained: number;
  readonly random: number;
  readonly gap: number;
  readonly relative: number | null;
  readonly reason: string | null;
  readonly interval: string;
}

/** (A_P-T − A_RI-T)/A_P-T, which explodes near chance: undefined when the lower bound of A_P-T is not above it. */
export function relativeGap(pretrained: number, random: number, low: number, chance: number): Pick<Gap, 'relative' | 'reason'> {
  if (low > chance) return { relative: (pretrained - random) / pretrained, reason: null };
  return { relative: null, reason: 'no relative gap: the interval of P-T touches chance' };
}

/** The gap between mean speeds, with Welch's t-interval over runs; null where a side has no speed. */
export function speedGap(pretrained: readonly number[], random: readonly number[], chance: number): Gap | null {
  if (pretrained.length === 0 || random.length === 0) return null;
  const [p, r] = [mean(pretrained), mean(random)];
  const { relative, reason } = relativeGap(p, r, studentInterval(pretrained).low ?? p, chance);
  const interval = welchInterval(pretrained, random);
  const why = interval.low === null ? 'no interval: it needs two runs of each role' : null;
  return {
    pretrained: p,
    random: r,
    gap: p - r,
    ...interval,
    relative,
    reason: [reason, why].filter((each) => each !== null).join('; ') || null,
    interval: "Welch's t-interval over runs",
  };
}
