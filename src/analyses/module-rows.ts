// Columns of the analyses that go module by module; conventions as in rows.ts.
type Row<T> = { readonly [K in keyof T]: T[K] };

// rewind ---------------------------------------------------------------------------------------------------------
/**
 * `to`: epoch the module is set back to, all others as they are `at`; drop = accuracy of the whole network − `accuracy`, rise = `loss` − its loss.
 * `moved`: training changed the module since; `head`: its start is random in every run.
 */
export type RewindRow = Row<{
  target: string;
  run: string;
  role: string;
  seed: number;
  at: string;
  to: number;
  module: string;
  depth: number;
  head: boolean;
  moved: boolean;
  split: string;
  n: number;
  accuracy: number;
  low: number;
  high: number;
  drop: number;
  dropLow: number;
  dropHigh: number;
  loss: number;
  rise: number;
  riseLow: number;
  riseHigh: number;
}>;
/** Mean drop over a role's runs and the modules of the body (all but the head); growth: that of their later half minus that of their earlier; null below two modules. */
export type RewindRoleRow = Row<{
  target: string;
  at: string;
  role: string;
  to: number;
  runs: number;
  modules: number;
  n: number;
  drop: number;
  low: number;
  high: number;
  growth: number | null;
  growthLow: number | null;
  growthHigh: number | null;
}>;
/** Mean drop over runs: difference = pretrained − random. module '' (depth −1): mean over the body's modules. `runs` counts P-T and RI-T together. */
export type RewindContrastRow = Row<{
  target: string;
  at: string;
  to: number;
  module: string;
  depth: number;
  pretrained: number;
  random: number;
  difference: number;
  low: number;
  high: number;
  n: number;
  runs: number;
}>;

// criticality ----------------------------------------------------------------------------------------------------
/**
 * μ = min over feasible cells of ‖θ^α − θ⁰‖²/σ². `scale`: σ's grid is in the weights' own unit ('absolute') or in multiples of `rms` ('relative');
 * `sigma` is always in the weights' own. `distance` = ‖θ^F − θ⁰‖. `edge`: σ* is the grid's first or last. mu null: no cell is feasible (`reason`).
 */
export type CriticalityModuleRow = Row<{
  target: string;
  run: string;
  role: string;
  seed: number;
  at: string;
  path: string;
  scale: string;
  module: string;
  depth: number;
  head: boolean;
  mu: number | null;
  low: number | null;
  high: number | null;
  alpha: number | null;
  epoch: number | null;
  sigma: number | null;
  relativeSigma: number | null;
  distance: number;
  rms: number;
  epsilon: number;
  finalError: number;
  error: number | null;
  standardError: number | null;
  edge: boolean;
  n: number;
  draws: number;
  reason: string | null;
}>;
/** Sum of μ over all modules; null when one has none. `edges` counts modules whose μ lies on the grid's edge. */
export type CriticalityNetworkRow = Row<{
  target: string;
  run: string;
  role: string;
  seed: number;
  at: string;
  path: string;
  scale: string;
  mu: number | null;
  low: number | null;
  high: number | null;
  modules: number;
  edges: number;
  n: number;
  reason: string | null;
}>;
/** The whole grid: mean 0-1 training error over draws with its standard error; `cost` = ‖θ^α − θ⁰‖²/σ². */
export type CriticalityCellRow = Row<{
  target: string;
  run: string;
  role: string;
  seed: number;
  at: string;
  path: string;
  scale: string;
  module: string;
  depth: number;
  alpha: number;
  epoch: number | null;
  sigma: number;
  relativeSigma: number | null;
  error: number;
  standardError: number;
  feasible: boolean;
  cost: number;
  n: number;
  draws: number;
}>;

/** Tables of these analyses by their names. */
export interface ModuleTables {
  readonly rewind: {
    readonly modules: readonly RewindRow[];
    /** Only with BatchNorm: as modules, with the running statistics on record. */
    readonly raw?: readonly RewindRow[];
    readonly roles: readonly RewindRoleRow[];
    readonly contrasts: readonly RewindContrastRow[];
  };
  readonly criticality: {
    readonly modules: readonly CriticalityModuleRow[];
    /** Only with BatchNorm: as modules, with the running statistics on record. */
    readonly raw?: readonly CriticalityModuleRow[];
    readonly networks: readonly CriticalityNetworkRow[];
    readonly cells: readonly CriticalityCellRow[];
  };
}
