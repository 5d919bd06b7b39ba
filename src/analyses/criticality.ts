import type { Split } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import { integerOption, numberOption, oneOf, show } from '../tensor/options.js';
import { select } from '../tensor/params.js';
import type { Params } from '../tensor/params.js';
import type { Analysis, End, Run, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { PathName, Point, Scale } from './criticality-grid.js';
import { directPath, logGrid, noiseOf, optimizationPath, PATHS, perturbed, rmsOf, SCALES } from './criticality-grid.js';
import type { Explored, Surface } from './criticality-rows.js';
import { cellRows, criticalityRows } from './criticality-rows.js';
import type { ModuleEvaluator } from './module-evaluator.js';
import { openModuleEvaluator } from './module-evaluator.js';
import type { ModuleGroup } from './module-groups.js';
import { groupsOf, patternOption } from './module-groups.js';
import { ofRole } from './pairs.js';
import { epochOf } from './predict.js';
import { fixedImages } from './surface.js';

export interface CriticalityOptions {
  /** Checkpoint at the end of the path. */
  readonly at: End;
  /** null: every module by itself; a regular expression regroups them by the text it finds in their names. */
  readonly modules: string | null;
  readonly paths: readonly PathName[];
  readonly scales: readonly Scale[];
  /** Equidistant α on [0, 1], both ends included; at most so many checkpoints of an optimization path. */
  readonly alphas: number;
  /** σ from `smallest` to 1, evenly spaced in their logarithm. */
  readonly sigmas: number;
  readonly smallest: number;
  /** Draws of the noise at each cell, the same at all cells. */
  readonly draws: number;
  /** ε is the training error at the end plus this. */
  readonly slack: number;
  /** Training images, drawn once by the subject's seed; null: all. */
  readonly samples: number | null;
  /** Runs of each role, the first ones; null: all. */
  readonly perRole: number | null;
  /** Resamples of the bootstrap over images. */
  readonly resamples: number;
}

/**
 * Module criticality (Chatterji, Neyshabur, Sedghi, 1912.00528, definition 3.1): how far towards its start, and with how much noise, a module
 * can be moved while the network keeps its training error,
 *
 *     μ_ε = min over α, σ of ‖θ^α − θ⁰‖²/σ² with E_{u ~ N(0, σ²I)} L(θ^α + u, all others as trained) ≤ ε,
 *
 * L the 0-1 error on a fixed subset of the training images. On the straight line ‖θ^α − θ⁰‖² = α²‖θ^F − θ⁰‖².
 */
export const criticality: Analysis<CriticalityOptions> = {
  name: 'criticality',
  version: 1,
  options: {
    at: 'final',
    modules: null,
    paths: ['direct', 'optimization'],
    scales: ['relative'],
    alphas: 11,
    sigmas: 8,
    smallest: 0.01,
    draws: 10,
    slack: 0.01,
    samples: 64,
    perRole: 1,
    resamples: DEFAULT_RESAMPLES,
  },
  check,
  async run(subject, options): Promise<Tables> {
    check(options);
    const runs = (['P-T', 'RI-T'] as const).flatMap((role) => ofRole(subject.runs, role).slice(0, options.perRole ?? Infinity));
    if (runs.length === 0) return { modules: [], networks: [], cells: [] };
    const images = fixedImages(subject, 'criticality', 'train', options.samples);
    const groups = groupsOf(subject.network(runs[0]!, { batch: 1 }).modules, options.modules);
    const evaluator = await openModuleEvaluator(subject, runs[0]!, images, groups);
    const explored: Explored[] = [];
    try {
      for (const [i, run] of runs.entries()) {
        const tell = (share: number) => subject.progress((0.98 * (i + share)) / runs.length);
        explored.push(...(await explore(run, { evaluator, groups, images, options, seed: subject.seed }, tell)));
      }
    } finally {
      await evaluator.release();
    }
    const resampling = { resamples: options.resamples, key: [subject.seed, 'criticality'] };
    const names = { target: subject.target, at: options.at };
    const { modules, networks } = criticalityRows(explored, options.slack, resampling);
    const tables = {
      modules: modules.map((row) => ({ ...names, ...row })),
      networks: networks.map((row) => ({ ...names, ...row })),
      cells: cellRows(explored, options.slack).map((row) => ({ ...names, ...row })),
    };
    subject.progress(1);
    return tables;
  },
};

function check({
  at,
  modules,
  paths,
  scales,
  alphas,
  sigmas,
  smallest,
  draws,
  slack,
  samples,
  perRole,
  resamples,
}: CriticalityOptions): void {
  oneOf('criticality: at', at, ENDS);
  patternOption('criticality: modules', modules);
  someOf('criticality: paths', paths, PATHS);
  someOf('criticality: scales', scales, SCALES);
  integerOption('criticality: alphas', alphas, 2);
  integerOption('criticality: sigmas', sigmas, 2);
  if (numberOption('criticality: smallest', smallest, 0, 1) === 0 || smallest === 1) {
    throw new InputError(`criticality: smallest: must lie between 0 and 1, got ${smallest}`);
  }
  integerOption('criticality: draws', draws, 2);
  numberOption('criticality: slack', slack, 0, 1);
  if (samples !== null) integerOption('criticality: samples', samples, 1);
  if (perRole !== null) integerOption('criticality: perRole', perRole, 1);
  integerOption('criticality: resamples', resamples, 1);
}

function someOf<T extends string>(what: string, values: unknown, known: readonly T[]): void {
  if (!Array.isArray(values) || values.length === 0 || new Set(values).size < values.length) {
    throw new InputError(`${what}: must be a list of different ${known.join(', ')}, got ${show(values)}`);
  }
  for (const value of values as readonly unknown[]) oneOf(what, value, known);
}

interface Setting {
  readonly evaluator: ModuleEvaluator;
  readonly groups: readonly ModuleGroup[];
  readonly images: Split;
  readonly options: CriticalityOptions;
  readonly seed: number;
}

/** All surfaces of a run: one a module, path and scale. */
async function explore(run: Run, setting: Setting, progress: (share: number) => void): Promise<Explored[]> {
  const { evaluator, groups, images, options, seed } = setting;
  const [start, end] = [await run.checkpoint('initial'), await run.checkpoint(options.at)];
  const planned = new Map<ModuleGroup, { readonly noise: (draw: number) => Params; readonly surfaces: readonly Surface[] }>();
  for (const group of groups) {
    const own = (params: Params) => select(params, (name) => group.parameters.includes(name));
    const noises = new Map<number, Params>();
    const noise = (draw: number) => {
      const known = noises.get(draw) ?? noiseOf(own(end), draw, seed, 'criticality');
      noises.set(draw, known);
      return known;
    };
    planned.set(group, { noise, surfaces: await surfacesOf(run, group, own(start), own(end), setting) });
  }
  const { draws } = options;
  const base = await evaluator.sweep(end, {
    variants(group) {
      const { noise, surfaces } = planned.get(group)!;
      const cells = surfaces.flatMap(({ cells }) => cells);
      return {
        count: cells.length * draws,
        at(i) {
          const { point, sigma } = cells[Math.floor(i / draws)]!;
          return perturbed(point.params, noise(i % draws), sigma);
        },
      };
    },
    found(group, i, logits, first) {
      const cells = planned.get(group)!.surfaces.flatMap((surface) => surface.cells);
      const { byImage, byDraw } = cells[Math.floor(i / draws)]!;
      const rows = logits.length / evaluator.classes;
      for (let row = 0; row < rows; row++) {
        if (!wrong(logits, row, evaluator.classes, images.labels[first + row]!)) continue;
        byImage[first + row]!++;
        byDraw[i % draws]!++;
      }
    },
    progress,
  });
  const missed = Uint8Array.from(images.labels, (label, i) => Number(wrong(base, i, evaluator.classes, label)));
  return groups.map((group) => ({ run, group, missed, draws, surfaces: planned.get(group)!.surfaces }));
}

/** Whether another class (or an earlier of equals) has the largest logit; logits that are not finite name no class. */
function wrong(logits: Float32Array, row: number, classes: number, label: number): boolean {
  const own = logits[row * classes + label]!;
  if (!Number.isFinite(own)) return true;
  for (let c = 0; c < classes; c++) {
    const other = logits[row * classes + c]!;
    if (!(c < label ? other < own : other <= own)) return true;
  }
  return false;
}

/** Start, best and end are kept of every run; they alone say little of the way between. */
const FEWEST = 4;

async function surfacesOf(run: Run, group: ModuleGroup, start: Params, end: Params, { images, options }: Setting): Promise<Surface[]> {
  const { paths, scales, alphas, sigmas, smallest, draws, at } = options;
  const rms = rmsOf(end);
  const surfaces: Surface[] = [];
  for (const path of paths) {
    const points =
      path === 'direct' ? directPath(start, end, alphas) : await optimizationPath(run, epochOf(run, at), group.parameters, alphas);
    if (path === 'optimization' && points.length < FEWEST) continue;
    const moved = points.some(({ squared }) => squared > 0);
    for (const scale of scales) {
      const grid = logGrid(sigmas, smallest).map((step) => (scale === 'relative' ? step * rms : step));
      surfaces.push({ path, scale, rms, grid, cells: moved && grid[0]! > 0 ? cellsOf(points, grid, images.labels.length, draws) : [] });
    }
  }
  return surfaces;
}

const cellsOf = (points: readonly Point[], grid: readonly number[], images: number, draws: number): Surface['cells'] =>
  points.flatMap((point) => grid.map((sigma) => ({ point, sigma, byImage: new Uint16Array(images), byDraw: new Uint32Array(draws) })));
