import type { Resampling } from './bootstrap.js';
import { bootstrap, weightedMean } from './bootstrap.js';
import { mean } from './statistics.js';

/** A number that images come to together, in any draw of them: a mean over images, or what is no such mean, like an AUC. */
export interface OverImages {
  /** How many images. */
  readonly n: number;
  /** The values that it is the mean of; left out where it is no mean over images. */
  readonly each?: ArrayLike<number>;
  /** Image i drawn `counts[i]` times; null: once each. NaN where undefined. */
  of(counts: Uint32Array | null): number;
}

/** The mean of a value an image. */
export const meanOver = (each: ArrayLike<number>): OverImages => ({
  n: each.length,
  each,
  of: (counts) => (counts ? weightedMean(counts, each) : mean(each)),
});

/** Means over images stay such means, of one column: a resample walks over it once. */
export function averageOf(all: readonly OverImages[]): OverImages {
  const columns = all.map(({ each }) => each);
  if (columns.every((each) => each !== undefined))
    return meanOver(Float64Array.from(columns[0]!, (_, i) => mean(columns.map((each) => each[i]!))));
  return { n: all[0]!.n, of: (counts) => mean(all.map((one) => one.of(counts))) };
}

/** a − b, image by image where both are means over images. */
export function differenceOf(a: OverImages, b: OverImages): OverImages {
  if (a.each && b.each) {
    const [x, y] = [a.each, b.each];
    return meanOver(Float64Array.from(x, (value, i) => value - y[i]!));
  }
  return { n: a.n, of: (counts) => a.of(counts) - b.of(counts) };
}

export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Values with their intervals, all from the same resamples. */
export function boundedOf(all: readonly OverImages[], resampling: Resampling): Bounded[] {
  if (all.length === 0) return [];
  const intervals = bootstrap(
    all[0]!.n,
    all.length,
    (counts, out) => {
      for (const [k, one] of all.entries()) out[k] = one.of(counts);
    },
    resampling,
  );
  return all.map((one, k) => ({ value: one.of(null), low: intervals[k]!.low!, high: intervals[k]!.high! }));
}
