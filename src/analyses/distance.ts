import type { Params } from '../tensor/params.js';
import { select } from '../tensor/params.js';
import type { NetworkModule } from '../models/network.js';
import type { Analysis, End, Run, Tables } from './analysis.js';
import { oneOf } from '../tensor/options.js';
import { ENDS } from './analysis.js';
import type { RunPair } from './pairs.js';
import { bodyPairs, sharesHead } from './pairs.js';
import type { DistanceRow } from './rows.js';

export interface DistanceOptions {
  /** Which checkpoint of each run. */
  readonly at: End;
}

/**
 * ‖θ_A − θ_B‖₂ for the whole network and module by module, in float64. Beside it, because large layers dominate and scale is arbitrary
 * (Dinh et al., 1703.04933): per weight (RMS), relative to ‖θ₀‖ of A, and the cosine between the two updates θ − θ₀ where both runs started
 * from the same values. The head is left out when P is one side. Only trained parameters count: no integer buffers or running statistics.
 */
export const distance: Analysis<DistanceOptions> = {
  name: 'distance',
  version: 1,
  options: { at: 'final' },
  check({ at }) {
    oneOf('distance: at', at, ENDS);
  },
  async run(subject, options): Promise<Tables> {
    distance.check!(options);
    const { at } = options;
    const pairs = bodyPairs(subject.runs);
    const rows: DistanceRow[] = [];
    for (const [i, pair] of pairs.entries()) {
      const { modules } = subject.network(pair.a, { batch: 1 });
      const names = { target: subject.target, a: pair.a.name, b: pair.b.name, pair: pair.pair, at };
      const sides = await sidesOf(pair, at, modules.at(-1)!.parameters);
      rows.push(...distanceRows(sides, modules, sharesHead(pair)).map((row) => ({ ...names, ...row })));
      subject.progress((i + 1) / pairs.length);
    }
    return { distances: rows };
  },
};

/** Where both sides are and where they started, as far as that is known. */
interface Sides {
  readonly a: Params;
  readonly b: Params;
  readonly startA: Params;
  readonly startB: Params;
}

async function sidesOf({ a, b }: RunPair, at: End, head: readonly string[]): Promise<Sides> {
  const startOf = async (run: Run) => {
    if (run.start === 'none') return new Map();
    const start = await run.checkpoint('initial');
    return run.start === 'body' ? select(start, (name) => !head.includes(name)) : start;
  };
  const [x, y, startA, startB] = await Promise.all([a.checkpoint(at), b.checkpoint(at), startOf(a), startOf(b)]);
  return { a: x, b: y, startA, startB };
}

export function distanceRows(
  sides: Sides,
  modules: readonly NetworkModule[],
  withHead: boolean,
): Omit<DistanceRow, 'target' | 'a' | 'b' | 'pair' | 'at'>[] {
  const compared = withHead ? modules : modules.slice(0, -1);
  const head = withHead ? 'included' : 'left out';
  const sums = compared.map(({ parameters }) => sumsOf(sides, parameters));
  const leftOut = compared.map(({ buffers }) => buffers.reduce((total, name) => total + dataOf(sides.a, name).length, 0));
  const body = modules.length > 1 ? sums.slice(0, modules.length - 1) : sums;
  return [
    {
      scope: 'network',
      module: '',
      depth: -1,
      ...measures(
        sums,
        body.every(({ shared }) => shared),
      ),
      head,
      leftOut: leftOut.reduce((total, n) => total + n, 0),
    },
    ...compared.map(({ name }, depth) => ({
      scope: 'module',
      module: name,
      depth,
      ...measures([sums[depth]!], sums[depth]!.shared),
      head,
      leftOut: leftOut[depth]!,
    })),
  ];
}

/** Sums of squares and products over some parameters. */
interface Sums {
  readonly weights: number;
  readonly square: number;
  /** Of A; NaN where its start is not known. */
  readonly start: number;
  /** Both sides started from the same values. */
  readonly shared: boolean;
  readonly updateA: number;
  readonly updateB: number;
  readonly product: number;
}

function sumsOf({ a, b, startA, startB }: Sides, parameters: readonly string[]): Sums {
  let [weights, square, start, updateA, updateB, product] = [0, 0, 0, 0, 0, 0];
  let shared = true;
  for (const name of parameters) {
    const [x, y, x0, y0] = [dataOf(a, name), dataOf(b, name), startA.get(name)?.data, startB.get(name)?.data];
    if ([y, x0 ?? x, y0 ?? x].some(({ length }) => length !== x.length)) throw new Error(`internal: distance: ${name} differs in shape`);
    for (let i = 0; i < x.length; i++) square += (x[i]! - y[i]!) ** 2;
    start += x0 ? squareOf(x0) : NaN;
    shared &&= x0 !== undefined && y0 !== undefined;
    for (let i = 0; x0 && y0 && i < x.length; i++) {
      const [u, v] = [x[i]! - x0[i]!, y[i]! - y0[i]!];
      updateA += u * u;
      updateB += v * v;
      product += u * v;
      if (x0[i] !== y0[i]) shared = false;
    }
    weights += x.length;
  }
  return { weights, square, start, shared, updateA, updateB, product };
}

const squareOf = (values: Float32Array): number => values.reduce((sum, x) => sum + x * x, 0);

function dataOf(params: Params, name: string): Float32Array {
  const found = params.get(name);
  if (!found) throw new Error(`internal: distance: parameter ${name} is missing on one side`);
  return found.data;
}

/** A network has a cosine when its body had one start; a head that had another is left out of it. */
function measures(modules: readonly Sums[], sharedStart: boolean): Pick<DistanceRow, 'l2' | 'rms' | 'relative' | 'cosine' | 'weights'> {
  const sum = (of: keyof Omit<Sums, 'shared'>, from = modules) => from.reduce((total, each) => total + each[of], 0);
  const [weights, l2, start] = [sum('weights'), Math.sqrt(sum('square')), Math.sqrt(sum('start'))];
  const shared = modules.filter((each) => each.shared);
  const lengths = Math.sqrt(sum('updateA', shared)) * Math.sqrt(sum('updateB', shared));
  return {
    l2,
    rms: weights === 0 ? 0 : l2 / Math.sqrt(weights),
    relative: start > 0 ? l2 / start : null,
    cosine: !sharedStart || lengths === 0 ? null : Math.min(1, Math.max(-1, sum('product', shared) / lengths)),
    weights,
  };
}
