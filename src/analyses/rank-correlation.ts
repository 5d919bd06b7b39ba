import { mean } from './statistics.js';

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
  const [p, q] = [mean(a), mean(b)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    xy += (a[i]! - p) * (b[i]! - q);
    xx += (a[i]! - p) ** 2;
    yy += (b[i]! - q) ** 2;
  }
  return xx * yy === 0 ? NaN : xy / Math.sqrt(xx * yy);
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
