// Columns of the analyses that look at the loss landscape beyond one line; conventions as in rows.ts.
import type { BarrierRow, PathRow } from './rows.js';

type Row<T> = { readonly [K in keyof T]: T[K] };
type Pair = { target: string; a: string; b: string; pair: string };

// plane ----------------------------------------------------------------------------------------------------------
/**
 * One network on the grid of a plane. `plane` names its three checkpoints; x, y are ℓ₂ distances in parameter space, x along the side
 * from the first to the second; `inside`: in the triangle (its sides included).
 */
export type PlaneCellRow = Row<{
  target: string;
  plane: string;
  x: number;
  y: number;
  split: string;
  loss: number;
  accuracy: number;
  inside: boolean;
  n: number;
}>;
/** The three checkpoints, where they lie, exactly. `role` is that of the run. */
export type PlanePointRow = Row<{
  target: string;
  plane: string;
  point: string;
  role: string;
  x: number;
  y: number;
  split: string;
  loss: number;
  accuracy: number;
  n: number;
}>;
/**
 * rise: highest excess in the triangle (for accuracy a drop), definition 'plane' over the plane through the corners' values, 'corner' over
 * the worst corner (never negative: corners belong to the triangle); (x, y) where. `oneRegion`: upper bound of the accuracy's rise under
 * the option `oneBasin` (definition 'plane'); null elsewhere. All null when the three lie on a line (`reason`).
 */
export type PlaneRiseRow = Row<{
  target: string;
  plane: string;
  split: string;
  metric: string;
  definition: string;
  rise: number | null;
  low: number | null;
  high: number | null;
  x: number | null;
  y: number | null;
  worst: number | null;
  worstCorner: number | null;
  oneRegion: boolean | null;
  n: number;
  reason: string | null;
}>;

// alignment ------------------------------------------------------------------------------------------------------
/** form 'raw': b as it is; 'aligned': b with its units in the order that matches a's. */
export type AlignedPathRow = PathRow & Row<{ form: string }>;
export type AlignedBarrierRow = BarrierRow & Row<{ form: string }>;
/** What alignment takes off the barrier (line): raw − aligned, resampled jointly. */
export type ReductionRow = Row<
  Pair & {
    at: string;
    split: string;
    metric: string;
    raw: number;
    aligned: number;
    reduction: number;
    low: number;
    high: number;
    n: number;
  }
>;
/** ‖θ_A − θ_B‖₂ and ‖θ_A − π(θ_B)‖₂; scope and module as in DistanceRow. */
export type AlignedDistanceRow = Row<
  Pair & { at: string; scope: string; module: string; depth: number; raw: number; aligned: number; weights: number }
>;
/** Units that may change places together, named by the first weight they stand on; `moved`: those that did. */
export type UnitGroupRow = Row<Pair & { at: string; group: string; units: number; moved: number; weights: number }>;

// basin ----------------------------------------------------------------------------------------------------------
/**
 * The (ε, δ)-basin of a pair. S = w(t) for t in [from, to], `size` its length, `level` what the loss stays under on it; `edge`: its boundary
 * lies farther out than was looked. deltaAround and deltaBeyond fulfil conditions 2 and 3, delta both. Null with a `reason`.
 */
export type BasinRow = Row<
  Pair & {
    at: string;
    split: string;
    loss: string;
    from: number;
    to: number;
    size: number;
    level: number | null;
    edge: boolean;
    mu: number | null;
    muLow: number | null;
    muHigh: number | null;
    epsilon: number | null;
    epsilonLow: number | null;
    epsilonHigh: number | null;
    delta: number | null;
    deltaLow: number | null;
    deltaHigh: number | null;
    deltaAround: number | null;
    deltaBeyond: number | null;
    weights: number;
    n: number;
    draws: number;
    reason: string | null;
  }
>;
/** Every loss that was computed on the line itself; t = 0 is a, t = 1 is b. */
export type BasinLossRow = Row<Pair & { at: string; split: string; loss: string; t: number; value: number }>;
/** margin: expected loss at δ from the ends less μ + 2ε; condition 2: noise around the ends, 3: beyond them. */
export type BasinMarginRow = Row<
  Pair & {
    at: string;
    split: string;
    loss: string;
    condition: number;
    delta: number;
    margin: number;
    low: number | null;
    high: number | null;
  }
>;

// cross-domain ---------------------------------------------------------------------------------------------------
/** b is a run on the target `other`: λ moves a's body to b's, a's head and the target's images stay. */
export type CrossPathRow = PathRow & Row<{ other: string }>;
export type CrossBarrierRow = BarrierRow & Row<{ other: string }>;

/** Tables of these analyses by their names. */
export interface LandscapeTables {
  readonly alignment: {
    readonly paths: readonly AlignedPathRow[];
    readonly barriers: readonly AlignedBarrierRow[];
    readonly reductions: readonly ReductionRow[];
    readonly distances: readonly AlignedDistanceRow[];
    readonly units: readonly UnitGroupRow[];
  };
  readonly basin: {
    readonly basins: readonly BasinRow[];
    readonly losses: readonly BasinLossRow[];
    readonly margins: readonly BasinMarginRow[];
  };
  readonly 'cross-domain': { readonly paths: readonly CrossPathRow[]; readonly barriers: readonly CrossBarrierRow[] };
  readonly plane: {
    readonly cells: readonly PlaneCellRow[];
    readonly points: readonly PlanePointRow[];
    readonly rises: readonly PlaneRiseRow[];
  };
}
