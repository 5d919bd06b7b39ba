/**
 * Columns of every table, shared by the analyses that fill them and the charts and sentences that read them.
 * `a` and `b` are run names; `pair` their roles ('P-T & P-T', P-T before RI-T before P before RI); `n` counts images.
 * Accuracies, shares and agreement lie in [0, 1]; `low`/`high` bound a 95 % interval. `target` is the target's name.
 */
import type { CurveTables } from './curve-rows.js';
import type { AverageRow, DomainDistanceRow, FreezingChoiceRow, FreezingVerifiedRow } from './decision-rows.js';
import type { LandscapeTables } from './landscape-rows.js';
import type { ModuleTables } from './module-rows.js';
import type { SweepTables } from './sweep-rows.js';

export type * from './curve-rows.js';
export type * from './decision-rows.js';
export type * from './landscape-rows.js';
export type * from './module-rows.js';
export type * from './sweep-rows.js';

type Row<T> = { readonly [K in keyof T]: T[K] };
type Pair = { target: string; a: string; b: string; pair: string };

// mistakes -------------------------------------------------------------------------------------------------------
/** `reason` says why there is no κ, or why it has no bounds: every resample gives the same one. */
export type MistakePairRow = Row<
  Pair & {
    at: string;
    n: number;
    bothRight: number;
    bothWrong: number;
    onlyAWrong: number;
    onlyBWrong: number;
    kappa: number | null;
    kappaLow: number | null;
    kappaHigh: number | null;
    reason: string | null;
    mcnemarP: number;
    agreement: number;
    agreementLow: number;
    agreementHigh: number;
    sharedMistakeAgreement: number | null;
    sharedLow: number | null;
    sharedHigh: number | null;
  }
>;
/** Mean κ over the pairs of one role (`pair`, `pairs` of them) minus that over pairs with another role (`other`, `others` of them), on the same resamples. */
export type MistakeContrastRow = Row<{
  target: string;
  at: string;
  pair: string;
  other: string;
  difference: number | null;
  low: number | null;
  high: number | null;
  n: number;
  pairs: number;
  others: number;
  reason: string | null;
}>;
export type MistakeClassRow = Row<
  Pair & { class: string; n: number; bothRight: number; bothWrong: number; onlyAWrong: number; onlyBWrong: number }
>;
/** Means over all pairs of a P-T and an RI-T run; `gain` = onlyRandomWrong − onlyPretrainedWrong: what pre-training adds to the class' accuracy. */
export type ClassGapRow = Row<{
  target: string;
  class: string;
  n: number;
  onlyPretrainedWrong: number;
  onlyRandomWrong: number;
  gain: number;
  low: number | null;
  high: number | null;
  reason: string | null;
}>;
/** `group`: 'only P-T wrong' | 'only RI-T wrong' | 'all wrong' | 'all right' | 'mixed' (over all runs of each role); rank 1 is the clearest (least ambiguous) of its group. `…Says`: labels predicted by the role's runs, the most frequent first. */
export type MistakeImageRow = Row<{
  target: string;
  image: string;
  label: string;
  group: string;
  rank: number;
  ambiguity: number;
  disagreement: number;
  margin: number;
  pretrainedSays: string;
  randomSays: string;
}>;
/** Mean ambiguity of the two groups and their difference. */
export type AmbiguityRow = Row<{
  target: string;
  group: string;
  n: number;
  ambiguity: number | null;
  low: number | null;
  high: number | null;
  reason: string | null;
}>;
/**
 * The two groups' ambiguities compared, `onlyPretrained` and `onlyRandom` images: Cliff's δ with interval (above 0: those that only P-T gets
 * wrong are more ambiguous), and the two-sided permutation p of equal means. `reason` says why bounds are null.
 */
export type AmbiguityTestRow = Row<{
  target: string;
  onlyPretrained: number;
  onlyRandom: number;
  cliffsDelta: number | null;
  deltaLow: number | null;
  deltaHigh: number | null;
  p: number | null;
  permutations: number;
  reason: string | null;
}>;

// cka ------------------------------------------------------------------------------------------------------------
/** `baseline`: what independent random features would reach by this estimator with n images and p features: p/(p + n) biased, 0 debiased. */
export type CkaRow = Row<
  Pair & {
    at: string;
    module: string;
    depth: number;
    value: number | null;
    low: number | null;
    high: number | null;
    reason: string | null;
    n: number;
    p: number;
    estimator: string;
    features: string;
    baseline: number;
  }
>;
/** A cell of the map of every module of A against every module of B; depths from the input, 0 first. */
export type CkaLayerRow = Row<
  Pair & {
    at: string;
    moduleA: string;
    depthA: number;
    moduleB: string;
    depthB: number;
    value: number | null;
    low: number | null;
    high: number | null;
    reason: string | null;
    n: number;
    estimator: string;
  }
>;

// distance -------------------------------------------------------------------------------------------------------
/** scope 'network' | 'module'; module is '' for the network. `rms` per weight; `relative` to ‖θ₀‖ of a; `cosine` between updates from a shared start, else null; `leftOut` counts running statistics of BatchNorms, which no distance includes. */
export type DistanceRow = Row<
  Pair & {
    at: string;
    scope: string;
    module: string;
    depth: number;
    l2: number;
    rms: number;
    relative: number | null;
    cosine: number | null;
    weights: number;
    head: string;
    leftOut: number;
  }
>;

// interpolation --------------------------------------------------------------------------------------------------
/** `batchNorm`: 'none' in the network, 'raw' running statistics mixed like weights, 're-estimated' on training images at every λ. */
export type PathRow = Row<
  Pair & {
    at: string;
    batchNorm: string;
    lambda: number;
    split: string;
    loss: number;
    lossLow: number;
    lossHigh: number;
    accuracy: number;
    accuracyLow: number;
    accuracyHigh: number;
    n: number;
  }
>;
/** definition 'line': max over λ of the excess over the straight line; 'mean': over the endpoints' mean. For accuracy a drop, in [0, 1]. `oneBasin`: accuracy barrier's upper bound under that option, 2 points (line, test, batchNorm not raw); null elsewhere. */
export type BarrierRow = Row<
  Pair & {
    at: string;
    batchNorm: string;
    split: string;
    metric: string;
    definition: string;
    barrier: number;
    low: number;
    high: number;
    lambda: number;
    n: number;
    oneBasin: boolean | null;
  }
>;

/** Tables of every analysis by its name. */
export interface TablesOf extends CurveTables, SweepTables, LandscapeTables, ModuleTables {
  readonly mistakes: {
    readonly pairs: readonly MistakePairRow[];
    readonly classes: readonly MistakeClassRow[];
    readonly images: readonly MistakeImageRow[];
    readonly contrasts: readonly MistakeContrastRow[];
    readonly classGaps: readonly ClassGapRow[];
    readonly ambiguity: readonly AmbiguityRow[];
    readonly ambiguityTest: readonly AmbiguityTestRow[];
  };
  readonly cka: { readonly similarities: readonly CkaRow[]; readonly layers: readonly CkaLayerRow[] };
  readonly distance: { readonly distances: readonly DistanceRow[] };
  readonly interpolation: { readonly paths: readonly PathRow[]; readonly barriers: readonly BarrierRow[] };
  readonly 'domain-distance': { readonly distances: readonly DomainDistanceRow[] };
  readonly freezing: { readonly choice: readonly FreezingChoiceRow[]; readonly verified: readonly FreezingVerifiedRow[] };
  readonly averaging: { readonly averages: readonly AverageRow[] };
}
