import type { Split } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import { integerOption, numberOption, oneOf, someOf } from '../tensor/options.js';
import { select } from '../tensor/params.js';
import type { Params } from '../tensor/params.js';
import type { AbsentRow } from './absent.js';
import { absentTable } from './absent.js';
import type { Analysis, End, Run, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { Noise, PathName, Point, Scale } from './criticality-grid.js';
import { directPath, logGrid, NOISES, noiseOf, optimizationPath, PATHS, perturbed, rmsOf, SCALES } from './criticality-grid.js';
import type { Explored, Surface } from './criticality-rows.js';
import { cellRows, criticalityRows } from './criticality-rows.js';
import type { ModuleEvaluator } from './module-evaluator.js';
import { openModuleEvaluator } from './module-evaluator.js';
import type { ModuleGroup } from './module-groups.js';
import { groupsOf, patternOption } from './module-groups.js';
import type { ModuleReestimator } from './module-reestimator.js';
import { openModuleReestimator } from './module-reestimator.js';
import { ofRole, trainedRoles } from './pairs.js';
import { inPieces, joined } from './pieces.js';
import { epochOf } from './predict.js';
import type { BatchNormForm } from './reestimate.js';
import { REESTIMATION_IMAGES } from './reestimate.js';
import type { CriticalityCellRow, CriticalityModuleRow, CriticalityNetworkRow } from './rows.js';
import { groupsWithStart, unknownStarts, withStart } from './starts.js';
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
  /** Draws of the noise at each cell. */
  readonly draws: number;
  /** 'common': a draw is the same at every α, σ and run, so that cells differ by where they lie alone; 'independent': its own at every cell. */
  readonly noise: Noise;
  /** ε is the training error at the end plus this. */
  readonly slack: number;
  /** Training images, drawn once by the subject's seed; null: all. */
  readonly samples: number | null;
  /** Runs of each role, the first ones; null: all. */
  readonly perRole: number | null;
  /** BatchNorms' statistics are taken anew at every point of a path, before noise ('point'), or for every noisy network ('draw'), as costly as it sounds. */
  readonly batchNorm: 'point' | 'draw';
  /** Training images over which they are taken. */
  readonly batchNormImages: number;
  /** Resamples of the bootstrap over images. */
  readonly resamples: number;
}

/**
 * Module criticality (Chatterji, Neyshabur, Sedghi, 1912.00528, definition 3.1): how far towards its start, and with how much noise, a module
 * can be moved while the network keeps its training error,
 *
 *     μ_ε = min over α, σ of ‖θ^α − θ⁰‖²/σ² with E_{u ~ N(0, σ²I)} L(θ^α + u, all others as trained) ≤ ε,
 *
 * L the 0-1 error on a fixed subset of the training images. On the straight line ‖θ^α − θ⁰‖² = α²‖θ^F − θ⁰‖². With BatchNorm everything is
 * computed with running statistics that fit (re-estimated), ε too; and, in a table of its own, with those on record (raw), the module's own
 * moving along its path as its weights do.
 */
export const criticality: Analysis<CriticalityOptions> = {
  name: 'criticality',
  version: 2,
  options: {
    at: 'final',
    modules: null,
    paths: ['direct', 'optimization'],
    scales: ['relative', 'absolute'],
    alphas: 11,
    sigmas: 8,
    smallest: 0.01,
    draws: 10,
    noise: 'common',
    slack: 0.01,
    samples: 64,
    perRole: 1,
    batchNorm: 'point',
    batchNormImages: REESTIMATION_IMAGES,
    resamples: DEFAULT_RESAMPLES,
  },
  check,
  async run(subject, options): Promise<Tables> {
    check(options);
    const asked = trainedRoles(subject.runs).flatMap((role) => ofRole(subject.runs, role).slice(0, options.perRole ?? Infinity));
    const none = { modules: [] as CriticalityModuleRow[], networks: [] as CriticalityNetworkRow[], cells: [] as CriticalityCellRow[] };
    if (asked.length === 0) return none;
    const runs = withStart('criticality', asked);
    const images = fixedImages(subject, 'criticality', 'train', options.samples);
    const groups = groupsWithStart('criticality', runs, groupsOf(subject.network(runs[0]!, { batch: 1 }).modules, options.modules));
    const fresh = await openModuleReestimator(subject, runs[0]!, groups, { images: options.batchNormImages });
    const evaluator = await openModuleEvaluator(subject, runs[0]!, images, groups);
    const noise = noiseSource(subject.seed, options);
    const forms: readonly BatchNormForm[] = fresh ? ['raw', 're-estimated'] : ['none'];
    const resampling = { resamples: options.resamples, key: [subject.seed, 'criticality'] };
    const pieces = runs.flatMap((run) => forms.map((form) => ({ run, form })));
    try {
      const found = await inPieces(subject, pieces.length, async (k, progress) => {
        const { run, form } = pieces[k]!;
        const setting = { evaluator, groups, images, options, noise, form, fresh: form === 're-estimated' ? fresh : null };
        const explored = await explore(run, setting, (share) => progress(0.98 * share));
        const named = <T extends object>(rows: readonly T[]) => rows.map((row) => ({ target: subject.target, at: options.at, ...row }));
        const { modules, networks } = criticalityRows(explored, options.slack, resampling);
        return { modules: named(modules), networks: named(networks), cells: named(cellRows(explored, options.slack)) };
      });
      const ofForm = (form: BatchNormForm) => joined(none, found.filter((_, k) => pieces[k]!.form === form)); // prettier-ignore
      const { modules, networks, cells } = ofForm(forms.at(-1)!);
      return {
        modules,
        ...(fresh ? { raw: ofForm('raw').modules } : {}),
        networks,
        cells,
        ...absentTable(subject, [...unknownStarts(asked), ...runs.flatMap((run) => alongTheWay(run, options))]),
      };
    } finally {
      await evaluator.release();
      await fresh?.release();
    }
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
  noise,
  slack,
  samples,
  perRole,
  batchNorm,
  batchNormImages,
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
  oneOf('criticality: noise', noise, NOISES);
  numberOption('criticality: slack', slack, 0, 1);
  if (samples !== null) integerOption('criticality: samples', samples, 1);
  if (perRole !== null) integerOption('criticality: perRole', perRole, 1);
  oneOf('criticality: batchNorm', batchNorm, ['point', 'draw']);
  integerOption('criticality: batchNormImages', batchNormImages, 2);
  integerOption('criticality: resamples', resamples, 1);
}

interface Setting {
  readonly evaluator: ModuleEvaluator;
  readonly groups: readonly ModuleGroup[];
  readonly images: Split;
  readonly options: CriticalityOptions;
  readonly noise: (run: Run, group: ModuleGroup, cell: number, like: Params, draw: number) => Params;
  readonly form: BatchNormForm;
  /** null: running statistics stay as they are. */
  readonly fresh: ModuleReestimator | null;
}

/** u of a draw; common ones are made once for all cells and runs. */
function noiseSource(seed: number, { noise }: CriticalityOptions): Setting['noise'] {
  if (noise === 'independent') return (run, _, cell, like, draw) => noiseOf(like, draw, seed, 'criticality', run.name, cell);
  const made = new Map<ModuleGroup, Params[]>();
  return (_, group, __, like, draw) => {
    const draws = made.get(group) ?? [];
    made.set(group, draws);
    return (draws[draw] ??= noiseOf(like, draw, seed, 'criticality'));
  };
}

/** All surfaces of a run: one a module, path and scale. */
async function explore(run: Run, setting: Setting, progress: (share: number) => void): Promise<Explored[]> {
  const { evaluator, groups, images, options, noise, fresh } = setting;
  const { draws } = options;
  const errs = errorsOn(images, evaluator.classes);
  const [start, end] = [await run.checkpoint('initial'), await run.checkpoint(options.at)];
  const base = fresh ? await fresh.rebase(end) : end;
  const planned = new Map<ModuleGroup, readonly Surface[]>();
  for (const group of groups) planned.set(group, await surfacesOf(run, group, start, end, setting));
  const statistics = statisticsSource(setting);
  const own = await evaluator.sweep(base, {
    variants(group) {
      const cells = planned.get(group)!.flatMap((surface) => surface.cells);
      return {
        count: cells.length * draws,
        async at(i) {
          const cell = Math.floor(i / draws);
          const { point, sigma } = cells[cell]!;
          const moved = perturbed(point.params, noise(run, group, cell, point.params, i % draws), sigma);
          return new Map([...moved, ...(await statistics(group, point, moved))]);
        },
      };
    },
    found(group, i, logits, first) {
      const cells = planned.get(group)!.flatMap((surface) => surface.cells);
      const { byImage, byDraw } = cells[Math.floor(i / draws)]!;
      const rows = logits.length / evaluator.classes;
      for (let row = 0; row < rows; row++) {
        if (!errs(logits, row, first + row)) continue;
        byImage[first + row]!++;
        byDraw[i % draws]!++;
      }
    },
    progress,
  });
  const missed = Uint8Array.from(images.ids, (_, i) => Number(errs(own, i, i)));
  return groups.map((group) => ({ run, group, missed, draws, surfaces: planned.get(group)! }));
}

/** The running statistics of a noisy module and of what follows it. */
function statisticsSource({
  form,
  fresh,
  options,
}: Setting): (group: ModuleGroup, point: Point, moved: Params) => Params | Promise<Params> {
  if (!fresh) return (_, { buffers }) => (form === 'raw' ? buffers : new Map());
  if (options.batchNorm === 'draw') return (group, _, moved) => fresh.reestimate(group, moved);
  const known = new Map<Point, Params>();
  return async (group, point) => {
    const found = known.get(point) ?? (await fresh.reestimate(group, point.params));
    known.set(point, found);
    return found;
  };
}

/** Whether a row of logits errs on an image: another class is named, or of independent labels any that is known lies on the wrong side of ½. */
const errorsOn =
  ({ labels, marks }: Split, classes: number) =>
  (logits: Float32Array, row: number, image: number): boolean =>
    marks ? wrongMarks(logits, row, marks, image, classes) : wrong(logits, row, classes, labels[image]!);

function wrongMarks(logits: Float32Array, row: number, marks: Int8Array, image: number, labels: number): boolean {
  for (let k = 0; k < labels; k++) {
    const [z, mark] = [logits[row * labels + k]!, marks[image * labels + k]!];
    if (mark >= 0 && !(mark === 1 ? z > 0 : z < 0)) return true;
  }
  return false;
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

/** Of a run that was trained elsewhere the number of the last epoch is not known. */
const alongTheWay = (run: Run, { paths, at }: CriticalityOptions): Omit<AbsentRow, 'target'>[] =>
  paths.includes('optimization') && epochOf(run, at) === null
    ? [{ what: `path along the checkpoints of ${run.name}`, reason: 'it was trained elsewhere: the epochs on the way are not known' }]
    : [];

/** Start, best and end are kept of every run; they alone say little of the way between. */
const FEWEST = 4;

async function surfacesOf(run: Run, group: ModuleGroup, start: Params, end: Params, { images, options }: Setting): Promise<Surface[]> {
  const { paths, scales, alphas, sigmas, smallest, draws, at } = options;
  const rms = rmsOf(select(end, (name) => group.parameters.includes(name)));
  const surfaces: Surface[] = [];
  const last = epochOf(run, at);
  for (const path of paths) {
    if (path === 'optimization' && last === null) continue;
    const points = path === 'direct' ? directPath(start, end, group, alphas) : await optimizationPath(run, last!, group, alphas);
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
