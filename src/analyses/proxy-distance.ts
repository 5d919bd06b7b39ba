import { random } from '../tensor/random.js';
import { linearProbe } from './linear-probe.js';

/**
 * Which rows a linear classifier puts on the wrong side when it must tell the rows of `a` from those of `b` (both float64 [n, k]), by
 * cross-validation: fitted on the other folds, every fold with as many rows of either side. 1 is wrong; rows of a, then of b.
 */
export function crossValidated(
  a: Float64Array,
  b: Float64Array,
  { k, folds, key }: { readonly k: number; readonly folds: number; readonly key: readonly (string | number)[] },
): { readonly a: Uint8Array; readonly b: Uint8Array } {
  const n = a.length / k;
  const order = random(...key, 'folds').permutation(n);
  const wrong = { a: new Uint8Array(n), b: new Uint8Array(n) };
  for (let fold = 0; fold < folds; fold++) {
    const inside = [...order.keys()].filter((place) => place % folds === fold).map((place) => order[place]!);
    const outside = [...order.keys()].filter((place) => place % folds !== fold).map((place) => order[place]!);
    const features = Float32Array.from([...rowsOf(a, outside, k), ...rowsOf(b, outside, k)]);
    const labels = Int32Array.from({ length: 2 * outside.length }, (_, i) => (i < outside.length ? 0 : 1));
    const probe = linearProbe({ features, size: k, labels, classes: 2 });
    for (const [rows, side, truth] of [
      [a, wrong.a, 0],
      [b, wrong.b, 1],
    ] as const) {
      const said = probe.predict(Float32Array.from(rowsOf(rows, inside, k)));
      for (const [place, i] of inside.entries()) side[i] = said[place] === truth ? 0 : 1;
    }
  }
  return wrong;
}

const rowsOf = (rows: Float64Array, chosen: readonly number[], k: number): number[] =>
  chosen.flatMap((i) => [...rows.subarray(i * k, (i + 1) * k)]);

/** Proxy 𝒜-distance 2(1 − 2·error) (Ben-David et al. 2007): 0 where a linear classifier is no better than a coin, 2 where it is never wrong. */
export const proxyDistance = (error: number): number => 2 * (1 - 2 * error);
