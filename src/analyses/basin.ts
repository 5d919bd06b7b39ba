import { InputError } from '../tensor/input-error.js';
import { integerOption, numberOption, oneOf, show } from '../tensor/options.js';
import type { Params } from '../tensor/params.js';
import { mix, select, squaredDistance } from '../tensor/params.js';
import { random } from '../tensor/random.js';
import type { Analysis, End, Subject, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import type { Basin, Line, Segment } from './basin-estimate.js';
import { estimateBasin, segmentOf } from './basin-estimate.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import type { RunPair } from './pairs.js';
import { pairsOf, trainedRoles } from './pairs.js';
import { inPieces, joined } from './pieces.js';
import type { BasinLossRow, BasinMarginRow, BasinRow } from './rows.js';
import { mean } from './statistics.js';
import type { Surface } from './surface.js';
import { fixedImages, openFreshSurface } from './surface.js';

export interface BasinOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** ℓ: mean cross-entropy, or the share of images that are classified wrongly. */
  readonly loss: 'cross-entropy' | 'error';
  /** The segment is extrapolated to where ℓ leaves the worse end's by this much; null: not at all. */
  readonly rise: number | null;
  /** How far out the boundary is looked for, in lengths of the segment. */
  readonly reach: number;
  /** Points on the segment, and draws of noise at every δ. */
  readonly draws: number;
  readonly split: 'test' | 'train';
  /** Images, drawn once by the subject's seed, the same everywhere; null: all. */
  readonly samples: number | null;
  /** Resamples of the bootstrap over draws. */
  readonly resamples: number;
}

type Names = Pick<BasinRow, 'target' | 'a' | 'b' | 'pair' | 'at' | 'split' | 'loss'>;

/**
 * The (ε, δ)-basin (Neyshabur et al. 2020, definition 3.1) around the first pair of runs of each role: the segment between the two, extrapolated to its
 * boundary, then ε and the smallest δ by basin-estimate.ts. Noise is over all weights, the head's too.
 */
export const basin: Analysis<BasinOptions> = {
  name: 'basin',
  version: 1,
  options: {
    at: 'final',
    loss: 'cross-entropy',
    rise: 0,
    reach: 4,
    draws: 10,
    split: 'test',
    samples: 96,
    resamples: DEFAULT_RESAMPLES,
  },
  check({ at, loss, rise, reach, draws, split, samples, resamples }) {
    oneOf('basin: at', at, ENDS);
    oneOf('basin: loss', loss, ['cross-entropy', 'error']);
    if (rise !== null && !(typeof rise === 'number' && Number.isFinite(rise) && rise >= 0))
      throw new InputError(`basin: rise must be null or a number ≥ 0, got ${show(rise)}`);
    numberOption('basin: reach', reach, 0, 1000);
    integerOption('basin: draws', draws, 2);
    oneOf('basin: split', split, ['test', 'train']);
    if (samples !== null) integerOption('basin: samples', samples, 1);
    integerOption('basin: resamples', resamples, 1);
  },
  async run(subject, options): Promise<Tables> {
    basin.check!(options);
    const none = { basins: [] as BasinRow[], losses: [] as BasinLossRow[], margins: [] as BasinMarginRow[] };
    const pairs = trainedRoles(subject.runs).flatMap((role) => pairsOf(subject.runs, [[role, role]]).slice(0, 1));
    if (pairs.length === 0) return none;
    const { at, split, loss } = options;
    const surface = await openFreshSurface(subject, pairs[0]!.a, fixedImages(subject, 'basin', split, options.samples));
    const work = async (k: number, progress: (share: number) => void): Promise<typeof none> => {
      const pair = pairs[k]!;
      const names = { target: subject.target, a: pair.a.name, b: pair.b.name, pair: pair.pair, at, split, loss };
      const seen: { t: number; loss: number }[] = [];
      const line = await lineOf({ ...subject, progress }, surface, pair, options, seen);
      const rows = await rowsOf(line, options, [subject.seed, 'basin'], surface.images.ids.length);
      return {
        basins: [{ ...names, ...rows.basin }],
        losses: seen.toSorted((x, y) => x.t - y.t).map((row) => ({ ...names, t: row.t, value: row.loss })),
        margins: rows.margins.map((row) => ({ ...names, ...row })),
      };
    };
    try {
      return joined(none, await inPieces(subject, pairs.length, work));
    } finally {
      await surface.release();
    }
  },
};

/** The line between two runs; what is asked on it (without noise) is noted in `seen`, each place once. */
async function lineOf(
  { seed, progress, network }: Subject,
  surface: Surface,
  { a, b }: RunPair,
  { at, loss }: BasinOptions,
  seen: { t: number; loss: number }[],
): Promise<Line> {
  const [start, end] = [await a.checkpoint(at), await b.checkpoint(at)];
  const buffers = new Set(network(a, { batch: 1 }).buffers);
  const weights = (params: Params) => select(params, (name) => !buffers.has(name));
  const valueAt = async (params: Params, t: number) => {
    const found = await surface.at(params, `w(${t}) on the line from ${a.name} to ${b.name}`);
    // how much is to do shows on the way only
    progress(0);
    return loss === 'error' ? 1 - mean(found.right) : mean(found.loss);
  };
  const known = new Map<number, Promise<number>>();
  return {
    dimensions: [...weights(start).values()].reduce((sum, { data }) => sum + data.length, 0),
    length: Math.sqrt(squaredDistance(weights(start), end)),
    loss(t, noise) {
      const params = mix(start, end, t);
      if (noise)
        return valueAt(new Map([...params, ...blurred(weights(params), noise.deviation, [seed, 'basin', 'noise', noise.draw])]), t);
      const found =
        known.get(t) ??
        valueAt(params, t).then((value) => {
          seen.push({ t, loss: value });
          return value;
        });
      known.set(t, found);
      return found;
    },
  };
}

/** Every weight plus deviation · z; the same z for the same key. */
function blurred(params: Params, deviation: number, key: readonly (string | number)[]): Params {
  return new Map(
    [...params].map(([name, { data, ...rest }]) => {
      const { normal } = random(...key, name);
      return [name, { ...rest, data: data.map((x) => x + deviation * normal()) }];
    }),
  );
}

/** Points on which the segment must stay under its level, evenly spread: a barrier inside means that it is no low-loss region. */
const INSIDE = [0.25, 0.5, 0.75];

/** S and its estimate. There is none where the two coincide, or where the loss between them leaves the level. */
async function rowsOf(line: Line, options: BasinOptions, key: (string | number)[], n: number) {
  const { rise, reach, draws, resamples } = options;
  const sizes = { n, draws, weights: line.dimensions };
  if (line.length === 0) return { basin: { ...sizes, ...without(null, 'the two networks are the same') }, margins: [] };
  const segment = await segmentOf(line, { rise, reach });
  const between = await Promise.all(INSIDE.map((t) => line.loss(t)));
  const size = (segment.to - segment.from) * line.length;
  if (segment.level !== null && Math.max(...between) > segment.level)
    return {
      basin: { ...sizes, ...without({ ...segment, size }, 'the loss between the two leaves the level of their ends') },
      margins: [],
    };
  const found = await estimateBasin(line, segment, { draws, resamples, key });
  return { basin: { ...sizes, ...columnsOf(found, { ...segment, size }) }, margins: found.margins };
}

type Columns = Omit<BasinRow, keyof Names | 'n' | 'draws' | 'weights'>;

function columnsOf({ mu, epsilon, delta, deltas }: Basin, { from, to, level, edge, size }: Segment & { size: number }): Columns {
  const reason = delta.value === null ? 'no δ up to 16 lengths of S fulfils both conditions' : null;
  return {
    from,
    to,
    size,
    level,
    edge,
    mu: mu.value,
    muLow: mu.low,
    muHigh: mu.high,
    epsilon: epsilon.value,
    epsilonLow: epsilon.low,
    epsilonHigh: epsilon.high,
    delta: delta.value,
    deltaLow: delta.low,
    deltaHigh: delta.high,
    deltaAround: deltas[2].value,
    deltaBeyond: deltas[3].value,
    reason,
  };
}

function without(segment: (Segment & { size: number }) | null, reason: string): Columns {
  const none = { value: null, low: null, high: null };
  const nothing = { mu: none, epsilon: none, delta: none, deltas: { 2: none, 3: none }, inside: [], margins: [] };
  return { ...columnsOf(nothing, segment ?? { from: 0, to: 1, level: null, edge: false, size: 0 }), reason };
}
