import { InputError } from '../tensor/input-error.js';
import { show } from '../tensor/options.js';

/** The rule for verdicts on the loss landscape (ours): options of every analysis that gives one. */
export interface VerdictOptions {
  /** Networks share a basin, or lie in one region, when the upper bound of the drop of accuracy between them stays under this. */
  readonly oneBasin: number;
}

/** 2 points of accuracy. */
export const ONE_BASIN = 0.02;

/** Checks `oneBasin` of the analysis `what`. */
export function oneBasinOption(what: string, value: unknown): void {
  if (typeof value !== 'number' || !(value > 0 && value <= 1))
    throw new InputError(`${what}: oneBasin must be a share of accuracy in (0, 1], got ${show(value)}`);
}

/** 'line': over the straight line between the endpoints. 'mean': over their mean. */
export type Definition = 'line' | 'mean';
export const DEFINITIONS: readonly Definition[] = ['line', 'mean'];

export interface Barrier {
  readonly barrier: number;
  /** Where on the path it is highest (the first of equals). */
  readonly lambda: number;
}

/**
 * The highest excess of a cost over its endpoints on a path from λ = 0 to λ = 1; for an accuracy give 1 − accuracy, the excess is its drop.
 * line: max_λ [L(λ) − ((1−λ)·L(0) + λ·L(1))], never negative; mean: max_λ L(λ) − ½(L(0) + L(1)).
 * `lambdas` ascend; those outside [0, 1] are passed over, 0 and 1 must be among them.
 */
export function barrierOf(lambdas: readonly number[], costs: ArrayLike<number>, definition: Definition): Barrier {
  const [start, end] = [costs[lambdas.indexOf(0)], costs[lambdas.indexOf(1)]];
  if (start === undefined || end === undefined) throw new Error('internal: barrierOf: λ must include 0 and 1');
  let highest: Barrier | undefined;
  for (const [i, lambda] of lambdas.entries()) {
    if (lambda < 0 || lambda > 1) continue;
    const floor = definition === 'line' ? (1 - lambda) * start + lambda * end : (start + end) / 2;
    const barrier = costs[i]! - floor;
    if (!highest || barrier > highest.barrier) highest = { barrier, lambda };
  }
  return highest!;
}

/**
 * `points` equidistant λ in [0, 1], continued with the same spacing to [low, high] when asked for. 0 and 1 are exact:
 * each λ is k/(points−1) of a whole k.
 */
export function grid(points: number, extrapolate: readonly [number, number] | null): number[] {
  const steps = points - 1;
  // a bound like −0.3 must not lose its own point to rounding
  const first = extrapolate ? Math.ceil(extrapolate[0] * steps - 1e-9) : 0;
  const last = extrapolate ? Math.floor(extrapolate[1] * steps + 1e-9) : steps;
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) / steps + 0);
}
