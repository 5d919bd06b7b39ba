import type { Run } from './analysis.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap } from './bootstrap.js';
import type { PathName, Point, Scale } from './criticality-grid.js';
import type { ModuleGroup } from './module-groups.js';
import type { CriticalityCellRow, CriticalityModuleRow, CriticalityNetworkRow } from './rows.js';
import { mean, variance } from './statistics.js';

/** What a module comes to at one place and noise. */
export interface Cell {
  readonly point: Pick<Point, 'alpha' | 'epoch' | 'squared'>;
  readonly sigma: number;
  /** In how many draws each image was missed, and how many images each draw missed. */
  readonly byImage: Uint16Array;
  readonly byDraw: Uint32Array;
}

/** The grid of a module on one path. */
export interface Surface<C extends Cell = Cell & { readonly point: Point }> {
  readonly path: PathName;
  readonly scale: Scale;
  /** Root mean square of the module's trained parameters. */
  readonly rms: number;
  /** σ, ascending. */
  readonly grid: readonly number[];
  /** Point by point along the path, σ by σ; none where training did not move the module. */
  readonly cells: readonly C[];
}

/** A module of a run. */
export interface Explored<C extends Cell = Cell & { readonly point: Point }> {
  readonly run: Pick<Run, 'name' | 'role' | 'seed'>;
  readonly group: ModuleGroup;
  /** 1 where the trained network errs. */
  readonly missed: Uint8Array;
  readonly draws: number;
  readonly surfaces: readonly Surface<C>[];
}

/** Sums like float64 sums of shares must not decide by their last digit. */
const ROUNDING = 1e-9;

/** ‖θ^α − θ⁰‖²/σ². */
const costOf = ({ point, sigma }: Cell): number => point.squared / sigma ** 2;

/** The cell with the least cost among those with an error ≤ ε; of equals the one with the most noise. null: there is none. */
function leastOf<C extends Cell>(cells: readonly C[], errors: ArrayLike<number>, epsilon: number): C | null {
  let best: C | null = null;
  for (const [i, cell] of cells.entries()) {
    if (errors[i]! > epsilon + ROUNDING) continue;
    const [cost, least] = [costOf(cell), best ? costOf(best) : Infinity];
    if (cost < least || (cost === least && cell.sigma > best!.sigma)) best = cell;
  }
  return best;
}

const errorOf = ({ byDraw }: Cell, images: number): number => mean(byDraw) / images;

/** Per surface and image weighting: errors of all cells and ε. */
function weighted(cells: readonly Cell[], missed: Uint8Array, draws: number, slack: number, counts: ArrayLike<number>) {
  let [total, base] = [0, 0];
  for (let i = 0; i < missed.length; i++) {
    total += counts[i]!;
    base += counts[i]! * missed[i]!;
  }
  const errors = cells.map(({ byImage }) => {
    let sum = 0;
    for (let i = 0; i < byImage.length; i++) sum += counts[i]! * byImage[i]!;
    return sum / total / draws;
  });
  return { errors, epsilon: base / total + slack };
}

/** μ of a surface under a weighting of the images; 0 without cells (the module was not moved), Infinity where none is feasible. */
function muOf({ cells }: Surface<Cell>, { missed, draws }: Explored<Cell>, slack: number, counts: ArrayLike<number>): number {
  if (cells.length === 0) return 0;
  const { errors, epsilon } = weighted(cells, missed, draws, slack, counts);
  const best = leastOf(cells, errors, epsilon);
  return best ? costOf(best) : Infinity;
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null);
const NO_CELL = 'no feasible cell: even the least noise raises the error over ε everywhere on the grid';

type Unnamed<T> = Omit<T, 'target' | 'at'>;

/** One row a module and surface, and one a network: the sum over modules. Intervals: images drawn jointly for all modules; ε is that of the resample. */
export function criticalityRows(
  all: readonly Explored<Cell>[],
  slack: number,
  resampling: Resampling,
): { readonly modules: Unnamed<CriticalityModuleRow>[]; readonly networks: Unnamed<CriticalityNetworkRow>[] } {
  const modules: Unnamed<CriticalityModuleRow>[] = [];
  const networks: Unnamed<CriticalityNetworkRow>[] = [];
  for (const name of new Set(all.map(({ run }) => run.name))) {
    const own = all.filter(({ run }) => run.name === name);
    for (const [s, { path, scale }] of own[0]!.surfaces.entries()) {
      const n = own[0]!.missed.length;
      const intervals = bootstrap(
        n,
        own.length + 1,
        (counts, out) => {
          out[own.length] = 0;
          for (const [k, each] of own.entries()) {
            out[k] = muOf(each.surfaces[s]!, each, slack, counts);
            out[own.length]! += out[k]!;
          }
        },
        resampling,
      ).map(({ low, high }) => ({ low: finite(low), high: finite(high) }));
      const rows = own.map((each, k) => ({ ...moduleRow(each, each.surfaces[s]!, slack), ...intervals[k]! }));
      modules.push(...rows);
      const missing = rows.filter(({ mu }) => mu === null).map(({ module }) => module);
      const { role, seed } = own[0]!.run;
      networks.push({
        run: name,
        role,
        seed,
        path,
        scale,
        mu: missing.length > 0 ? null : rows.reduce((sum, { mu }) => sum + mu!, 0),
        ...intervals[own.length]!,
        modules: rows.length,
        edges: rows.filter(({ edge }) => edge).length,
        n,
        reason: missing.length > 0 ? `no feasible cell in ${missing.join(', ')}` : null,
      });
    }
  }
  return { modules, networks };
}

/** Which module of which run, and along which path a row is. */
const namesOf = ({ run, group }: Explored<Cell>, { path, scale }: Surface<Cell>) => ({
  run: run.name,
  role: run.role,
  seed: run.seed,
  path,
  scale,
  module: group.name,
  depth: group.depth,
});

function moduleRow(explored: Explored<Cell>, surface: Surface<Cell>, slack: number): Omit<Unnamed<CriticalityModuleRow>, 'low' | 'high'> {
  const { group, missed, draws } = explored;
  const { rms, grid, cells } = surface;
  const [n, error] = [missed.length, mean(missed)];
  const epsilon = error + slack;
  const errors = cells.map((cell) => errorOf(cell, n));
  const best = leastOf(cells, errors, epsilon);
  const moved = cells.length > 0;
  const found = best && cells.indexOf(best);
  return {
    ...namesOf(explored, surface),
    head: group.head,
    mu: !moved ? 0 : best ? costOf(best) : null,
    alpha: best?.point.alpha ?? null,
    epoch: best?.point.epoch ?? null,
    sigma: best?.sigma ?? null,
    relativeSigma: best && rms > 0 ? best.sigma / rms : null,
    distance: moved ? Math.sqrt(cells.at(-1)!.point.squared) : 0,
    rms,
    epsilon,
    finalError: error,
    error: found === null ? null : errors[found]!,
    standardError: best && standardErrorOf(best, n),
    edge: best !== null && costOf(best) > 0 && (best.sigma === grid[0] || best.sigma === grid.at(-1)),
    n,
    draws,
    reason: !moved ? 'training did not move this module' : best ? null : NO_CELL,
  };
}

/** Of the mean over draws. */
const standardErrorOf = ({ byDraw }: Cell, n: number): number => Math.sqrt(variance(byDraw) / byDraw.length) / n;

/** The whole grid of every surface. */
export function cellRows(all: readonly Explored<Cell>[], slack: number): Unnamed<CriticalityCellRow>[] {
  return all.flatMap((explored) => {
    const { missed, draws, surfaces } = explored;
    const [n, epsilon] = [missed.length, mean(missed) + slack];
    return surfaces.flatMap((surface) =>
      surface.cells.map((cell): Unnamed<CriticalityCellRow> => {
        const error = errorOf(cell, n);
        return {
          ...namesOf(explored, surface),
          alpha: cell.point.alpha,
          epoch: cell.point.epoch,
          sigma: cell.sigma,
          relativeSigma: surface.rms > 0 ? cell.sigma / surface.rms : null,
          error,
          standardError: standardErrorOf(cell, n),
          feasible: error <= epsilon + ROUNDING,
          cost: costOf(cell),
          n,
          draws,
        };
      }),
    );
  });
}
