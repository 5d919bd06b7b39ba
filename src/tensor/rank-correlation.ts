import { random } from './random.js';

/** Ranks from 1 up, ties share the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const found = new Array<number>(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) found[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return found;
}

/** Spearman's ρ: Pearson's correlation of the ranks. NaN below two values, and where a side is constant. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [ranks(x), ranks(y)];
  // ranks with ties have the mean of those without
  const centre = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (a[i]! - centre) * (b[i]! - centre);
    xx += (a[i]! - centre) ** 2;
    yy += (b[i]! - centre) ** 2;
  }
  return xx * yy === 0 ? NaN : xy / Math.sqrt(xx * yy);
}

/** Up to so many values every order is looked at, 40,320 of them; of more values this many are drawn. */
const [EXACT, DRAWS] = [8, 9999];

/**
 * Two-sided permutation p of Spearman's ρ: the share of orders of y whose |ρ| is at least as large. Exact up to 8 values; of more
 * p = (1 + hits)/(1 + draws) (Phipson & Smyth 2010) over 9,999 orders drawn by the key. Of 4 values none is under 2/24. NaN where ρ is.
 */
export function spearmanP(x: readonly number[], y: readonly number[], key: readonly (string | number)[]): number {
  const observed = Math.abs(spearman(x, y));
  if (Number.isNaN(observed)) return NaN;
  const [a, b] = [ranks(x), ranks(y)];
  // the same ρ may be summed in another order
  const hit = (order: ArrayLike<number>) =>
    Math.abs(
      spearman(
        a,
        Array.from(order, (i) => b[i]!),
      ),
    ) >=
    observed - 1e-12;
  let hits = 0;
  if (a.length <= EXACT) {
    const all = [...orders(a.length)];
    for (const order of all) if (hit(order)) hits++;
    return hits / all.length;
  }
  const draws = random(...key, 'orders');
  for (let k = 0; k < DRAWS; k++) if (hit(draws.permutation(a.length))) hits++;
  return (1 + hits) / (1 + DRAWS);
}

/** Every order of 0 … n − 1. */
function* orders(n: number): Generator<readonly number[]> {
  if (n === 0) return yield [];
  for (const shorter of orders(n - 1)) for (let at = 0; at < n; at++) yield [...shorter.slice(0, at), n - 1, ...shorter.slice(at)];
}

/**
 * Kendall's τ-b: (concordant − discordant) / √((pairs − pairs tied in x)·(pairs − pairs tied in y)) (Kendall 1945).
 * NaN below two values, and where a side is constant.
 */
export function kendall(x: readonly number[], y: readonly number[]): number {
  let [excess, untiedX, untiedY] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [Math.sign(x[i]! - x[j]!), Math.sign(y[i]! - y[j]!)];
      excess += a * b;
      untiedX += Math.abs(a);
      untiedY += Math.abs(b);
    }
  }
  return untiedX * untiedY === 0 ? NaN : excess / Math.sqrt(untiedX * untiedY);
}
