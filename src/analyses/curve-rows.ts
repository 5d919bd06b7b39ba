/** Columns of the tables of learning curves; see rows.ts. */

type Row<T> = { readonly [K in keyof T]: T[K] };

export type EpochMetricRow = Row<{
  target: string;
  run: string;
  role: string;
  seed: number;
  epoch: number;
  split: string;
  loss: number;
  accuracy: number;
  rate: number;
}>;
/** `epoch`: null for a network that was trained elsewhere. `chance`: what always naming the largest class would score (AUC: ½). `speed`: mean training accuracy over all epochs ≥ 1; null when there is none. `interval` names how low/high were made. */
export type RunRow = Row<{
  target: string;
  run: string;
  role: string;
  seed: number;
  at: string;
  epoch: number | null;
  n: number;
  accuracy: number;
  low: number;
  high: number;
  chance: number;
  loss: number;
  speed: number | null;
  interval: string;
}>;
/**
 * metric 'accuracy' | 'speed' (`at` 'all epochs'); pretrained and random are means over runs; gap = pretrained − random; relative = gap / pretrained,
 * null when pretrained touches chance (`reason`). Bounds are null for the speed of a single run. `runs` counts P-T and RI-T together.
 */
export type GapRow = Row<{
  target: string;
  metric: string;
  at: string;
  pretrained: number;
  random: number;
  gap: number;
  low: number | null;
  high: number | null;
  relative: number | null;
  reason: string | null;
  n: number;
  runs: number;
  chance: number;
  interval: string;
}>;

/** Of independent labels: the AUC of one, over the `n` images of which it is known; null (`reason`) where they do not differ in it. */
export type LabelRow = Row<{
  target: string;
  run: string;
  role: string;
  seed: number;
  at: string;
  label: string;
  n: number;
  positives: number;
  accuracy: number | null;
  low: number | null;
  high: number | null;
  reason: string | null;
}>;
/** gap = pretrained − random, means over runs of a label's AUC. */
export type LabelGapRow = Row<{
  target: string;
  at: string;
  label: string;
  n: number;
  positives: number;
  pretrained: number | null;
  random: number | null;
  gap: number | null;
  low: number | null;
  high: number | null;
  reason: string | null;
}>;

/** Tables of learning-curves. */
export interface CurveTables {
  readonly 'learning-curves': {
    readonly epochs: readonly EpochMetricRow[];
    readonly runs: readonly RunRow[];
    readonly gaps: readonly GapRow[];
    /** These two of independent labels only. */
    readonly labels?: readonly LabelRow[];
    readonly labelGaps?: readonly LabelGapRow[];
  };
}
