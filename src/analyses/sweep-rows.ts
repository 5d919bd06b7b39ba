import type { GapRow } from './rows.js';

// Columns of the analyses that train networks of their own; words as in rows.ts.

type Row<T> = { readonly [K in keyof T]: T[K] };

// block-shuffle --------------------------------------------------------------------------------------------------
type Blocks = { target: string; size: string; position: number; whole: boolean };
/** `size`: side of the blocks, '*' where all values changed places; `position` counts sizes from '*', `whole`: the image as it is. Means over `runs`; speed as in learning-curves, at every size. */
export type BlockLevelRow = Row<
  Blocks & {
    role: string;
    at: string;
    accuracy: number;
    low: number;
    high: number;
    speed: number | null;
    speedLow: number | null;
    speedHigh: number | null;
    chance: number;
    n: number;
    runs: number;
    interval: string;
  }
>;
/** As the gaps of learning-curves, at every size; the relative gap has an interval for the accuracy. */
export type BlockGapRow = Row<Omit<GapRow, 'target'> & Blocks & { relativeLow: number | null; relativeHigh: number | null }>;
/** measure 'absolute gap' | 'relative gap': `value` is its rank correlation with the block's side, over `sizes` of them; 'speed kept': share of the speed at `from` that is left at `to`, `value` P-T minus RI-T. */
export type BlockTrendRow = Row<{
  target: string;
  measure: string;
  at: string;
  from: string;
  fromWhole: boolean;
  to: string;
  sizes: number;
  pretrained: number | null;
  random: number | null;
  value: number | null;
  low: number | null;
  high: number | null;
  reason: string | null;
  n: number;
  runs: number;
  interval: string;
}>;
export type BlockEpochRow = Row<Blocks & { run: string; role: string; seed: number; epoch: number; split: string; accuracy: number }>;

// checkpoint-choice ----------------------------------------------------------------------------------------------
/**
 * A row an epoch of pre-training. `sourceAccuracy`: P's own, on `sourceN` test images of the source, with Wilson's interval; null where P's
 * labels are independent. `behind`: best accuracy of all epochs minus this one's, paired;
 * `withinNoise`: its lower bound is not above 0. `barrier`: of test accuracy (line), to the run of the same seed from the last epoch, the largest over seeds; null for the last.
 * `logme`, `probe`, `neighbours`: P's features on the target without fine-tuning; the last two are test accuracies. Where labels are independent LogME is the mean over labels, the last two are mean AUCs.
 */
export type CheckpointRow = Row<{
  target: string;
  epoch: number;
  at: string;
  sourceAccuracy: number | null;
  sourceLow: number | null;
  sourceHigh: number | null;
  sourceN: number | null;
  chance: number;
  accuracy: number;
  low: number;
  high: number;
  behind: number;
  behindLow: number;
  behindHigh: number;
  withinNoise: boolean;
  speed: number | null;
  speedLow: number | null;
  speedHigh: number | null;
  barrier: number | null;
  barrierLow: number | null;
  barrierHigh: number | null;
  oneBasin: boolean | null;
  logme: number | null;
  probe: number | null;
  neighbours: number | null;
  n: number;
  runs: number;
  interval: string;
}>;
/** Rank correlation of a predictor with the fine-tuned accuracy over `epochs` of pre-training; `p`: of Spearman's, two-sided, by permutation. */
export type PredictorRow = Row<{
  target: string;
  predictor: string;
  spearman: number | null;
  spearmanLow: number | null;
  spearmanHigh: number | null;
  p: number | null;
  kendall: number | null;
  kendallLow: number | null;
  kendallHigh: number | null;
  reason: string | null;
  epochs: number;
  interval: string;
}>;

export interface SweepTables {
  readonly 'block-shuffle': {
    readonly levels: readonly BlockLevelRow[];
    readonly gaps: readonly BlockGapRow[];
    readonly trends: readonly BlockTrendRow[];
    readonly epochs: readonly BlockEpochRow[];
  };
  readonly 'checkpoint-choice': { readonly epochs: readonly CheckpointRow[]; readonly predictors: readonly PredictorRow[] };
}
