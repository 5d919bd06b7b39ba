import type { VerdictOptions } from './barrier.js';
import type { Resampling } from './bootstrap.js';
import { bootstrap, withUnseen } from './bootstrap.js';
import type { Judged } from './outcomes.js';
import { meanOver } from './over-images.js';
import type { Point } from './plane-geometry.js';
import { isInside } from './plane-geometry.js';
import type { PlaneRiseRow } from './rows.js';

/** A network of a plane: where it is, how the corners make it up, and what it comes to on every image. */
export interface Place extends Point, Pick<Judged, 'loss' | 'accuracy'> {
  readonly weights: readonly [number, number, number];
}

const METRICS = [
  { metric: 'loss', values: ({ loss }: Place) => meanOver(loss), cost: (x: number) => x },
  { metric: 'accuracy', values: ({ accuracy }: Place) => accuracy, cost: (x: number) => 1 - x },
] as const;
const DEFINITIONS = ['plane', 'corner'] as const;
type Definition = (typeof DEFINITIONS)[number];

type Rise = Omit<PlaneRiseRow, 'target' | 'plane' | 'split'>;

/**
 * How far a cost rises inside the triangle: plane: max over places of L(θ) − Σ wₖL(θₖ), the excess over the plane through the corners'
 * values, what a barrier is on a line; corner: max L(θ) − maxₖ L(θₖ). The corners are among the places, so that neither is negative.
 */
function highest(
  places: readonly Place[],
  costs: ArrayLike<number>,
  definition: Definition,
): { readonly rise: number; readonly at: number } {
  const [a, b, c] = [costs[0]!, costs[1]!, costs[2]!];
  let [rise, at] = [-Infinity, 0];
  for (const [i, { weights }] of places.entries()) {
    const floor = definition === 'plane' ? weights[0] * a + weights[1] * b + weights[2] * c : Math.max(a, b, c);
    if (costs[i]! - floor > rise) [rise, at] = [costs[i]! - floor, i];
  }
  return { rise, at };
}

/** Rises of both metrics by both definitions. `all` begins with the corners. Intervals: the maximum is taken anew in every resample. */
export function risesOf(all: readonly Place[], { oneBasin, ...options }: Resampling & VerdictOptions): Rise[] {
  const places = all.filter(({ weights }, i) => i < 3 || isInside(weights));
  const wanted = METRICS.flatMap((each) => DEFINITIONS.map((definition) => ({ ...each, definition })));
  const n = places[0]!.loss.length;
  const valued = METRICS.map(({ values }) => places.map(values));
  const costs = new Float64Array(places.length);
  const intervals = bootstrap(
    n,
    wanted.length,
    (counts, out) => {
      for (const [m, { cost }] of METRICS.entries()) {
        for (const [i, value] of valued[m]!.entries()) costs[i] = cost(value.of(counts));
        for (const [k, definition] of DEFINITIONS.entries()) out[DEFINITIONS.length * m + k] = highest(places, costs, definition).rise;
      }
    },
    options,
  );
  return wanted.map(({ metric, definition, values, cost }, k) => {
    const means = places.map((place) => values(place).of(null));
    const { rise, at } = highest(places, means.map(cost), definition);
    const worst = metric === 'loss' ? Math.max : Math.min;
    const { low, high } = withUnseen(intervals[k]!, n, values(places[0]!).range);
    const verdict = metric === 'accuracy' && definition === 'plane';
    return {
      metric,
      definition,
      rise,
      low,
      high,
      x: places[at]!.x,
      y: places[at]!.y,
      worst: worst(...means),
      worstCorner: worst(...means.slice(0, 3)),
      oneRegion: verdict ? high! < oneBasin : null,
      n,
      reason: null,
    };
  });
}

/** Three checkpoints on a line have no plane. */
export function undefinedRises(names: Pick<PlaneRiseRow, 'target' | 'plane' | 'split'>, n: number): PlaneRiseRow[] {
  const reason = 'the three checkpoints lie on a line';
  const nothing = { rise: null, low: null, high: null, x: null, y: null, worst: null, worstCorner: null, oneRegion: null, n, reason };
  return METRICS.flatMap(({ metric }) => DEFINITIONS.map((definition) => ({ ...names, metric, definition, ...nothing })));
}
