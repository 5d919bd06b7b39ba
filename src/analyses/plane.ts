import { InputError } from '../tensor/input-error.js';
import { integerOption, numberOption, oneOf, show } from '../tensor/options.js';
import type { Params } from '../tensor/params.js';
import { combine, select, squaredDistance } from '../tensor/params.js';
import { absentTable } from './absent.js';
import type { Analysis, End, Subject, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import type { VerdictOptions } from './barrier.js';
import { ONE_BASIN, oneBasinOption } from './barrier.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { Checkpoint } from './checkpoint-name.js';
import { checkpointOf, isCheckpointName, labelOf, parseCheckpointName } from './checkpoint-name.js';
import { ofRole, trainedRoles } from './pairs.js';
import { inPieces, joined } from './pieces.js';
import { cornersOf, gridOver, isInside, weightsOf } from './plane-geometry.js';
import type { Place } from './plane-rise.js';
import { risesOf, undefinedRises } from './plane-rise.js';
import type { PlaneCellRow, PlanePointRow, PlaneRiseRow } from './rows.js';
import { mean } from './statistics.js';
import { fixedImages, openFreshSurface } from './surface.js';

export interface PlaneOptions extends VerdictOptions {
  /** Which checkpoint of each run that does not say. */
  readonly at: End;
  /**
   * Triples of checkpoints, each 'P-T.1', or 'P-T.1@initial', '@best', '@final', '@12'. null: for each role with two runs, the first run's
   * start, its end and the second run's end; of networks that were trained elsewhere, without a start, three ends.
   */
  readonly through: readonly (readonly string[])[] | null;
  /** Grid points along each axis. */
  readonly points: number;
  /** How far the grid reaches beyond the triangle's box, as a share of the box's longer side. */
  readonly margin: number;
  readonly split: 'test' | 'train';
  /** Images, drawn once by the subject's seed, the same everywhere; null: all. */
  readonly samples: number | null;
  /** Resamples of the paired bootstrap over images. */
  readonly resamples: number;
}

/**
 * Loss and accuracy on a grid over the plane through three checkpoints (ours), and how far they rise inside the
 * triangle over its corners. Each network of the plane is an affine combination of the three, so that the corners are met exactly.
 * Throws InputError for a run that does not exist, or checkpoints whose shapes differ (P's head has other classes).
 */
export const plane: Analysis<PlaneOptions> = {
  name: 'plane',
  version: 3,
  options: {
    at: 'final',
    through: null,
    points: 15,
    margin: 0.25,
    split: 'test',
    samples: 256,
    oneBasin: ONE_BASIN,
    resamples: DEFAULT_RESAMPLES,
  },
  check({ at, through, points, margin, split, samples, oneBasin, resamples }) {
    oneOf('plane: at', at, ENDS);
    const isTriple = (each: unknown) => Array.isArray(each) && each.length === 3 && each.every(isCheckpointName);
    if (through !== null && !(Array.isArray(through) && through.length > 0 && through.every(isTriple)))
      throw new InputError(`plane: through must be null or a list of triples like [P-T.1@initial, P-T.1, P-T.2], got ${show(through)}`);
    integerOption('plane: points', points, 3);
    numberOption('plane: margin', margin, 0, 10);
    oneOf('plane: split', split, ['test', 'train']);
    if (samples !== null) integerOption('plane: samples', samples, 1);
    oneBasinOption('plane', oneBasin);
    integerOption('plane: resamples', resamples, 1);
  },
  checkpoints: ({ through, at }) =>
    (through ?? []).flat().map((written) => ({ option: 'through', written, ...parseCheckpointName(written, at) })),
  async run(subject, options): Promise<Tables> {
    plane.check!(options);
    const tables = { cells: [] as PlaneCellRow[], points: [] as PlanePointRow[], rises: [] as PlaneRiseRow[] };
    const triples = triplesOf(subject, options);
    const missing = absentTable(subject, options.through ? [] : withoutPlane(subject));
    if (triples.length === 0) return { ...tables, ...missing };
    const images = fixedImages(subject, 'plane', options.split, options.samples);
    const surface = await openFreshSurface(subject, triples[0]![0]!.run, images);
    const buffers = new Set(subject.network(triples[0]![0]!.run, { batch: 1 }).buffers);
    const places = options.points ** 2 + 3;
    const work = async (k: number, progress: (share: number) => void): Promise<typeof tables> => {
      const triple = triples[k]!;
      const names = { target: subject.target, plane: triple.map(labelOf).join(' & '), split: options.split };
      const corners = await Promise.all(triple.map(({ run, at }) => run.checkpoint(at)));
      const weights = corners.map((params) => select(params, (name) => !buffers.has(name)));
      const layout = layoutOf(weights, options);
      if (!layout) return { ...tables, rises: undefinedRises(names, images.ids.length) };
      const found: Place[] = [];
      for (const point of [...layout.corners, ...layout.grid]) {
        const shares = weightsOf(layout.corners, point);
        const who = `(${point.x.toPrecision(4)}, ${point.y.toPrecision(4)}) of the plane ${names.plane}`;
        found.push({ ...point, weights: shares, ...(await surface.at(combine(corners, shares), who)) });
        progress(found.length / places);
      }
      const row = ({ x, y, loss, accuracy }: Place) => ({ ...names, x, y, loss: mean(loss), accuracy: accuracy.of(null), n: loss.length });
      const { oneBasin, resamples } = options;
      return {
        cells: found.slice(3).map((place) => ({ ...row(place), inside: isInside(place.weights) })),
        points: triple.map((each, i) => ({ ...row(found[i]!), point: labelOf(each), role: each.run.role })),
        rises: risesOf(found, { oneBasin, resamples, key: [subject.seed, 'plane', options.split] }).map((rise) => ({ ...names, ...rise })),
      };
    };
    try {
      return { ...joined(tables, await inPieces(subject, triples.length, work)), ...missing };
    } finally {
      await surface.release();
    }
  },
};

/** The triples that were asked for; by default start, end and another end of each role, or three ends where no start is known. */
function triplesOf({ runs }: Subject, { through, at }: PlaneOptions): Checkpoint[][] {
  if (through) return through.map((names) => names.map((name) => checkpointOf(name, runs, at)));
  return trainedRoles(runs).flatMap((role) => {
    const [first, second, third] = ofRole(runs, role).map((run) => ({ run, at }));
    if (!first || !second) return [];
    if (first.run.start !== 'none') return [[{ run: first.run, at: 'initial' as const }, first, second]];
    return third ? [[first, second, third]] : [];
  });
}

/** Two ends do not make a plane. */
const withoutPlane = ({ runs }: Subject) =>
  trainedRoles(runs)
    .filter((role) => ofRole(runs, role).length === 2 && ofRole(runs, role)[0]!.start === 'none')
    .map((role) => ({ what: role, reason: 'its plane needs a start that is known, or three runs' }));

/** Where the corners and the grid lie; null when the corners lie on a line. */
function layoutOf([a, b, c]: readonly Params[], { points, margin }: PlaneOptions) {
  const corners = cornersOf({ d12: squaredDistance(a!, b!), d13: squaredDistance(a!, c!), d23: squaredDistance(b!, c!) });
  return corners && { corners, grid: gridOver(corners, points, margin) };
}
