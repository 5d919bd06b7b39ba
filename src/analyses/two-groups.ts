import { random } from '../tensor/random.js';
import { mean } from './statistics.js';

/** A statistic of a resample: how often each value was drawn, null for once each. NaN when a group is empty. */
export type OfCounts = (counts: Uint32Array | null) => number;

/**
 * Cliff's δ = P(x > y) − P(x < y) for x from group 0 and y from group 1 (Cliff, Psychological Bulletin 114, 1993), in [−1, 1].
 * `group` says 0, 1 or −1 (neither) of each value. Values are sorted once: a resample costs one walk over them.
 */
export function cliffsDelta(values: ArrayLike<number>, group: Int8Array): OfCounts {
  const order = [...group.keys()].filter((i) => group[i]! >= 0).sort((i, j) => values[i]! - values[j]!);
  return (counts) => {
    let [dominance, allX, allY] = [0, 0, 0];
    for (let from = 0; from < order.length;) {
      // values that tie count half on either side
      let [x, y, to] = [0, 0, from];
      for (; to < order.length && values[order[to]!] === values[order[from]!]; to++) {
        const count = counts ? counts[order[to]!]! : 1;
        if (group[order[to]!] === 0) x += count;
        else y += count;
      }
      dominance += x * (2 * allY + y);
      [allX, allY, from] = [allX + x, allY + y, to];
    }
    return dominance / (allX * allY) - 1;
  };
}

/** Mean of group 0 minus mean of group 1. */
export function meanDifference(values: ArrayLike<number>, group: Int8Array): OfCounts {
  return (counts) => {
    const [sums, drawn] = [
      [0, 0],
      [0, 0],
    ];
    for (let i = 0; i < group.length; i++) {
      const side = group[i]!;
      if (side < 0) continue;
      const count = counts ? counts[i]! : 1;
      sums[side]! += count * values[i]!;
      drawn[side]! += count;
    }
    return sums[0]! / drawn[0]! - sums[1]! / drawn[1]!;
  };
}

/**
 * Two-sided permutation test of equal means: how often values dealt out anew to groups of the same sizes differ at least as much,
 * p = (1 + hits)/(1 + permutations) (Phipson & Smyth 2010: never 0). NaN when a group is empty.
 */
export function permutationTest(
  x: readonly number[],
  y: readonly number[],
  { permutations, key }: { readonly permutations: number; readonly key: readonly (string | number)[] },
): number {
  if (x.length === 0 || y.length === 0) return NaN;
  const all = [...x, ...y];
  const total = all.reduce((sum, value) => sum + value, 0);
  const observed = Math.abs(mean(x) - mean(y));
  // the same split may be summed in another order
  const least = observed - 1e-12 * (observed + Math.max(...all.map(Math.abs)));
  const draws = random(...key, 'permutations');
  let hits = 0;
  for (let k = 0; k < permutations; k++) {
    let sum = 0;
    // the first |x| places of a Fisher–Yates shuffle
    for (let i = 0; i < x.length; i++) {
      const j = i + draws.integer(all.length - i);
      [all[i], all[j]] = [all[j]!, all[i]!];
      sum += all[i]!;
    }
    if (Math.abs(sum / x.length - (total - sum) / y.length) >= least) hits++;
  }
  return (1 + hits) / (1 + permutations);
}
