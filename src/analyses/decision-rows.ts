// Columns of the tables that advice is made from and of what stands beside them; see rows.ts.
import type { BatchNormForm } from './reestimate.js';

type Row<T> = { readonly [K in keyof T]: T[K] };

// averaging ------------------------------------------------------------------------------------------------------
/**
 * `runs` 'P-T.1 + P-T.2'. overMean: accuracy minus the members' mean accuracy; overBest: minus that of the member `best` on validation images,
 * null with a reason where there are none. An ensemble averages probabilities, all else but single averages weights. Networks are compared
 * with their like only: those of one `batchNorm`.
 */
export type AverageRow = Row<{
  target: string;
  at: string;
  role: string;
  batchNorm: BatchNormForm;
  what: 'single' | 'midpoint' | 'average of all' | 'ensemble';
  runs: string;
  members: number;
  n: number;
  accuracy: number;
  low: number;
  high: number;
  loss: number;
  overMean: number;
  overMeanLow: number;
  overMeanHigh: number;
  best: string | null;
  overBest: number | null;
  overBestLow: number | null;
  overBestHigh: number | null;
  reason: string | null;
}>;

// domain-distance ------------------------------------------------------------------------------------------------
/**
 * measure 'frechet' (squared, as FID) | 'proxy-a' (2(1 − 2·error), 0 to 2); comparison 'source & target' | 'source & source' (two halves) |
 * 'difference' of the two. `value` is corrected for the bias of few images, `plain` is not. `n` images a side, `p` features of `module`,
 * of which `dimensions` principal components hold the share `explained` of the variance.
 */
export type DomainDistanceRow = Row<{
  target: string;
  measure: string;
  comparison: string;
  value: number;
  low: number;
  high: number;
  plain: number;
  n: number;
  module: string;
  p: number;
  dimensions: number;
  explained: number;
}>;

/** A target's gap of learning-curves (metric 'accuracy' at the last epoch, or 'speed') beside its distances: the report's table over all targets. */
export type DomainGapRow = Row<{
  target: string;
  metric: string;
  gap: number;
  low: number | null;
  high: number | null;
  frechet: number;
  frechetLow: number;
  frechetHigh: number;
  proxyA: number;
  proxyALow: number;
  proxyAHigh: number;
  n: number;
}>;

// freezing -------------------------------------------------------------------------------------------------------
/** Drop of test accuracy when the module alone is set back to its start in P (rewind), mean over P-T runs with the hull of their intervals; cka: with P (null: none). */
export type FreezingChoiceRow = Row<{
  target: string;
  at: string;
  module: string;
  depth: number;
  weights: number;
  drop: number;
  low: number;
  high: number;
  cka: number | null;
  frozen: boolean;
  n: number;
  runs: number;
}>;
/** P-T trained with the chosen `modules` frozen (`share` of all weights) against P-T as it was, means over runs of the same seeds; difference = frozen − full. */
export type FreezingVerifiedRow = Row<{
  target: string;
  at: string;
  modules: string;
  share: number;
  n: number;
  runs: number;
  full: number;
  frozen: number;
  difference: number;
  low: number;
  high: number;
}>;
