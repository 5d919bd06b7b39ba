import type { Range, Resampling } from './bootstrap.js';
import { bootstrap, DIFFERENCE, SHARE, weightedMean, withUnseen } from './bootstrap.js';
import { mean } from './statistics.js';

/** A number that images come to together, in any draw of them: a mean over images, or what is no such mean, like an AUC. */
export interface OverImages {
  /** How many images. */
  readonly n: number;
  /** The values that it is the mean of; left out where it is no mean over images. */
  readonly each?: ArrayLike<number>;
  /** Of shares of images, and of differences of such: their bounds say what may have gone unseen. */
  readonly range?: Range;
  /** Image i drawn `counts[i]` times; null: once each. NaN where undefined. */
  of(counts: Uint32Array | null): number;
}

/** The mean of a value an image. */
export const meanOver = (each: ArrayLike<number>): OverImages => ({
  n: each.length,
  each,
  of: (counts) => (counts ? weightedMean(counts, each) : mean(each)),
});

/** The share of images that are marked. */
export const shareOver = (marks: Uint8Array): OverImages => ({ ...meanOver(marks), range: SHARE });

/** Means over images stay such means, of one column: a resample walks over it once. */
export function averageOf(all: readonly OverImages[]): OverImages {
  const [first] = all;
  if (all.length === 1) return first!;
  const columns = all.map(({ each }) => each);
  if (columns.every((each) => each !== undefined)) {
    const column = meanOver(Float64Array.from(columns[0]!, (_, i) => mean(columns.map((each) => each[i]!))));
    return first!.range ? { ...column, range: first!.range } : column;
  }
  return { n: all[0]!.n, of: (counts) => mean(all.map((one) => one.of(counts))) };
}

/** a − b, image by image where both are means over images. */
export function differenceOf(a: OverImages, b: OverImages): OverImages {
  if (a.each && b.each) {
    const [x, y] = [a.each, b.each];
    const column = meanOver(Float64Array.from(x, (value, i) => value - y[i]!));
    // from itself nothing differs, seen or unseen
    return a.range && x !== y ? { ...column, range: DIFFERENCE } : column;
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
  return all.map((one, k) => {
    const { low, high } = withUnseen(intervals[k]!, one.n, one.range);
    return { value: one.of(null), low: low!, high: high! };
  });
}
