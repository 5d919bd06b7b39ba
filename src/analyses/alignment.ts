import type { NetworkModule } from '../models/network.js';
import type { Graph } from '../onnx/graph.js';
import type { PermutationGroup } from '../onnx/permutations/permutation-groups.js';
import { permutationGroups } from '../onnx/permutations/permutation-groups.js';
import { InputError } from '../tensor/input-error.js';
import { integerOption, oneOf } from '../tensor/options.js';
import type { Params } from '../tensor/params.js';
import { mix, select, squaredDistance } from '../tensor/params.js';
import { Absent } from './absent.js';
import type { Analysis, End, Tables } from './analysis.js';
import { ENDS } from './analysis.js';
import type { VerdictOptions } from './barrier.js';
import { barrierOf, grid, ONE_BASIN, oneBasinOption } from './barrier.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap, DEFAULT_RESAMPLES, DIFFERENCE, withUnseen } from './bootstrap.js';
import { pathRows } from './path-rows.js';
import type { Judged } from './outcomes.js';
import { meanOver } from './over-images.js';
import type { RunPair } from './pairs.js';
import { pairsWithin } from './pairs.js';
import { inPieces, joined } from './pieces.js';
import type { AlignedBarrierRow, AlignedDistanceRow, AlignedPathRow, ReductionRow, UnitGroupRow } from './rows.js';
import { mean } from './statistics.js';
import { fixedImages, openFreshSurface } from './surface.js';
import type { Matching } from './weight-matching.js';
import { matchWeights } from './weight-matching.js';

export interface AlignmentOptions extends VerdictOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
  /** Equidistant λ on [0, 1], both ends included. */
  readonly points: number;
  readonly split: 'test' | 'train';
  /** Images, drawn once by the subject's seed, the same everywhere; null: all. */
  readonly samples: number | null;
  /** Resamples of the paired bootstrap over images. */
  readonly resamples: number;
}

function unitsOf(graph: Graph): readonly PermutationGroup[] {
  try {
    return permutationGroups(graph);
  } catch (error) {
    if (error instanceof InputError) throw new Absent('alignment', error.message.replace(/^permutations: /, 'permutations of units '));
    throw error;
  }
}

const FORMS = ['raw', 'aligned'] as const;
type Names = Pick<ReductionRow, 'target' | 'a' | 'b' | 'pair' | 'at'>;

/**
 * Interpolation barrier and ℓ₂ distance of runs of one role, as they are and after permuting b's units to match a's (weight matching,
 * Ainsworth et al., 2209.04836). What may be permuted is derived from the network's graph. Throws Absent that names the node where it cannot be.
 */
export const alignment: Analysis<AlignmentOptions> = {
  name: 'alignment',
  version: 3,
  options: { at: 'final', points: 11, split: 'test', samples: 256, oneBasin: ONE_BASIN, resamples: DEFAULT_RESAMPLES },
  check({ at, points, split, samples, oneBasin, resamples }) {
    oneOf('alignment: at', at, ENDS);
    integerOption('alignment: points', points, 2);
    oneOf('alignment: split', split, ['test', 'train']);
    if (samples !== null) integerOption('alignment: samples', samples, 1);
    oneBasinOption('alignment', oneBasin);
    integerOption('alignment: resamples', resamples, 1);
  },
  async run(subject, options): Promise<Tables> {
    alignment.check!(options);
    const none = {
      paths: [] as AlignedPathRow[],
      barriers: [] as AlignedBarrierRow[],
      reductions: [] as ReductionRow[],
      distances: [] as AlignedDistanceRow[],
      units: [] as UnitGroupRow[],
    };
    const pairs = pairsWithin(subject.runs);
    if (pairs.length === 0) return none;
    const { at, split, oneBasin } = options;
    const network = subject.network(pairs[0]!.a, { batch: 1 });
    const groups = unitsOf(network.graph);
    const surface = await openFreshSurface(subject, pairs[0]!.a, fixedImages(subject, 'alignment', split, options.samples));
    const { batchNorm } = surface;
    const buffers = new Set(network.buffers);
    const lambdas = grid(options.points, null);
    const resampling = { resamples: options.resamples, key: [subject.seed, 'alignment', split] };
    const work = async (k: number, tell: (share: number) => void): Promise<typeof none> => {
      const pair = pairs[k]!;
      const tables: typeof none = { paths: [], barriers: [], reductions: [], distances: [], units: [] };
      let walked = 0;
      const names = { target: subject.target, a: pair.a.name, b: pair.b.name, pair: pair.pair, at };
      const [a, b] = [await pair.a.checkpoint(at), await pair.b.checkpoint(at)];
      const learned = select(a, (name) => !buffers.has(name));
      const matching = await matchWeights(learned, b, groups, [subject.seed, 'alignment'], {
        threads: subject.threads,
        // half of a pair's time for the permutation, half for the paths
        progress: (share) => tell(share / 2),
      });
      const ends = { raw: b, aligned: matching.params };
      const paths = { raw: [] as Judged[], aligned: [] as Judged[] };
      for (const form of FORMS) {
        for (const lambda of lambdas) {
          // both paths begin at a
          const known = lambda === 0 ? paths.raw[0] : undefined;
          const who = `λ = ${lambda}, ${form}, between ${names.a} and ${names.b}`;
          paths[form].push(known ?? (await surface.at(mix(a, ends[form], lambda), who)));
          tell(0.5 + ++walked / (4 * lambdas.length));
        }
        const rows = pathRows(lambdas, paths[form], split, { oneBasin, ...resampling });
        tables.paths.push(...rows.paths.map((row) => ({ ...names, form, batchNorm, ...row })));
        tables.barriers.push(...rows.barriers.map((row) => ({ ...names, form, batchNorm, ...row })));
      }
      mustCompute(pair, paths.raw.at(-1)!, paths.aligned.at(-1)!);
      tables.reductions.push(...reductionRows(lambdas, paths, resampling).map((row) => ({ ...names, split, ...row })));
      tables.distances.push(...distancesOf(a, ends, network.modules).map((row) => ({ ...names, ...row })));
      tables.units.push(...unitRows(names, groups, matching, a));
      return tables;
    };
    try {
      return joined(none, await inPieces(subject, pairs.length, work));
    } finally {
      await surface.release();
    }
  },
};

/** Sums in another order differ a little; a permutation that does not belong to the network's symmetry differs much. */
const ROUNDING = 1e-3;

function mustCompute({ b }: RunPair, raw: Judged, aligned: Judged): void {
  const apart = mean(raw.loss.map((loss, i) => Math.abs(loss - aligned.loss[i]!)));
  if (apart <= ROUNDING * (1 + mean(raw.loss))) return;
  throw new Error(`internal: alignment: ${b.name} with its units permuted must compute the same, got losses ${apart} apart in the mean`);
}

const COSTS = [
  { metric: 'loss', values: ({ loss }: Judged) => meanOver(loss), cost: (x: number) => x },
  { metric: 'accuracy', values: ({ accuracy }: Judged) => accuracy, cost: (x: number) => 1 - x },
] as const;

/** The barrier (line) of both forms and their difference, with everything resampled jointly. */
export function reductionRows(
  lambdas: readonly number[],
  paths: Readonly<Record<(typeof FORMS)[number], readonly Judged[]>>,
  options: Resampling,
): Omit<ReductionRow, keyof Names | 'split'>[] {
  const n = paths.raw[0]!.loss.length;
  return COSTS.map(({ metric, values, cost }) => {
    const all = { raw: paths.raw.map(values), aligned: paths.aligned.map(values) };
    const barrier = (form: (typeof FORMS)[number], counts: Uint32Array | null) =>
      barrierOf(
        lambdas,
        all[form].map((each) => cost(each.of(counts))),
        'line',
      ).barrier;
    const [drawn] = bootstrap(n, 1, (counts, out) => void (out[0] = barrier('raw', counts) - barrier('aligned', counts)), options);
    const bounds = withUnseen(drawn!, n, all.raw[0]!.range && DIFFERENCE);
    const [raw, aligned] = [barrier('raw', null), barrier('aligned', null)];
    return { metric, raw, aligned, reduction: raw - aligned, low: bounds.low!, high: bounds.high!, n };
  });
}

function distancesOf(
  a: Params,
  { raw, aligned }: Readonly<Record<(typeof FORMS)[number], Params>>,
  modules: readonly NetworkModule[],
): Omit<AlignedDistanceRow, keyof Names>[] {
  const row = (scope: string, module: string, depth: number, parameters: readonly string[]) => {
    const own = select(a, (name) => parameters.includes(name));
    const weights = [...own.values()].reduce((sum, { data }) => sum + data.length, 0);
    return {
      scope,
      module,
      depth,
      raw: Math.sqrt(squaredDistance(own, raw)),
      aligned: Math.sqrt(squaredDistance(own, aligned)),
      weights,
    };
  };
  return [
    row(
      'network',
      '',
      -1,
      modules.flatMap(({ parameters }) => parameters),
    ),
    ...modules.map(({ name, parameters }, depth) => row('module', name, depth, parameters)),
  ];
}

function unitRows(names: Names, groups: readonly PermutationGroup[], { orders }: Matching, params: Params): UnitGroupRow[] {
  return groups.map((group) => ({
    ...names,
    group: group.name,
    units: group.size,
    moved: orders.get(group)!.reduce((sum, from, i) => sum + (from === i ? 0 : 1), 0),
    weights: group.members.reduce((sum, { parameter }) => sum + params.get(parameter)!.data.length, 0),
  }));
}
