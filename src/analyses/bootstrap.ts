import { random } from '../tensor/random.js';
import type { Interval } from './statistics.js';
import { mean, quantile, UNBOUNDED } from './statistics.js';

/** How an analysis resamples. */
export interface Resampling {
  /** How many resamples. */
  readonly resamples: number;
  /** Same key, same resamples: what shares a key is resampled jointly. */
  readonly key: readonly (string | number)[];
}

export interface BootstrapOptions extends Pick<Resampling, 'key'>, Partial<Pick<Resampling, 'resamples'>> {
  readonly level?: number;
}

export const DEFAULT_RESAMPLES = 1000;

/**
 * Percentile bootstrap (Efron & Tibshirani 1993, ch. 13) of `size` statistics at once over n images. `statistics` reads how often each
 * image was drawn and writes its values into `out`; NaN: undefined in this resample. A statistic's bounds come from the resamples where
 * it is defined, null when there is none.
 */
export function bootstrap(n: number, size: number, statistics: Statistics, { level = 0.95, ...options }: BootstrapOptions): Interval[] {
  return resample(n, size, statistics, options).map((values) => percentiles(values, level));
}

type Statistics = (counts: Uint32Array, out: Float64Array) => void;

/** The statistics of every resample, statistic by statistic: what `bootstrap` makes its intervals from. */
export function resample(
  n: number,
  size: number,
  statistics: Statistics,
  { resamples = DEFAULT_RESAMPLES, key }: Omit<BootstrapOptions, 'level'>,
): Float64Array[] {
  const draws = random(...key, 'bootstrap');
  const drawn = Array.from({ length: size }, () => new Float64Array(resamples));
  const counts = new Uint32Array(n);
  const out = new Float64Array(size);
  for (let r = 0; r < resamples; r++) {
    counts.fill(0);
    for (let i = 0; i < n; i++) counts[draws.integer(n)]!++;
    statistics(counts, out);
    for (let s = 0; s < size; s++) drawn[s]![r] = out[s]!;
  }
  return drawn;
}

export interface Corrected {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * A biased statistic and its interval by the basic bootstrap (Davison & Hinkley 1997, 2.4 and 5.2): what resampling adds to the plain value, the
 * sample had already added to the true one. value = 2θ̂ − mean θ*, bounds 2θ̂ − quantiles of θ*.
 */
export function corrected(plain: number, drawn: Float64Array, level = 0.95): Corrected {
  const { low, high } = percentiles(drawn, level);
  return { value: 2 * plain - mean(drawn), low: 2 * plain - high!, high: 2 * plain - low! };
}

/** The middle `level` of a statistic's resamples; null bounds when it is defined in none. */
export function percentiles(values: Float64Array, level = 0.95): Interval {
  const ascending = values.filter((value) => !Number.isNaN(value)).sort();
  if (ascending.length === 0) return UNBOUNDED;
  return { low: quantile(ascending, (1 - level) / 2), high: quantile(ascending, (1 + level) / 2) };
}

/** Smallest and largest value that a share of images, or a difference of shares, can have. */
export type Range = readonly [min: number, max: number];
export const SHARE: Range = [0, 1];
export const DIFFERENCE: Range = [-1, 1];

/** Shares of images that differ at all are further apart. */
const ROUNDING = 1e-12;

/** Whether resamples differ at all. */
export const hasWidth = ({ low, high }: Interval): boolean => low !== null && high !== null && high - low > ROUNDING;

/**
 * Bounds of a share of n images, or of a difference of such shares: where all images agree, resampling makes an interval without width, yet
 * images that differ may have gone unseen, a share of up to 1 − (α/2)^(1/n) (Clopper & Pearson 1934, the exact bound for no case among n). As they are for what has no range: it is no share.
 */
export function withUnseen(interval: Interval, n: number, range: Range | undefined, level = 0.95): Interval {
  const { low, high } = interval;
  if (!range || low === null || high === null || hasWidth(interval)) return { low, high };
  const [min, max] = range;
  const unseen = 1 - ((1 - level) / 2) ** (1 / n);
  return { low: Math.max(min, low - unseen), high: Math.min(max, high + unseen) };
}

/** Σ counts·values / Σ counts: the mean of a resample; NaN when nothing was drawn. */
export function weightedMean(counts: Uint32Array, values: ArrayLike<number>): number {
  let [sum, drawn] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i]! * values[i]!;
    drawn += counts[i]!;
  }
  return sum / drawn;
}
