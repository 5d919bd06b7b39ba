import type { Random } from '../../tensor/random.js';

/**
 * Mixup (Zhang et al., arXiv:1710.09412) with one λ ~ Beta(α, α) a batch: every row x becomes λ·x + (1−λ)·x', x' the row of a random permutation of
 * the same batch. `rows` are the arrays to mix alike (images and targets), each of `count` rows, changed in place.
 */
export function mixup(rows: readonly Float32Array[], { count, alpha, random }: { count: number; alpha: number; random: Random }): void {
  const lambda = beta(alpha, random);
  const partner = random.permutation(count);
  for (const data of rows) {
    const before = data.slice();
    const size = data.length / count;
    for (let i = 0; i < count; i++) {
      const [own, other] = [i * size, partner[i]! * size];
      for (let j = 0; j < size; j++) data[own + j] = lambda * before[own + j]! + (1 - lambda) * before[other + j]!;
    }
  }
}

/** Beta(α, α) as the share of two gamma variates. */
export function beta(alpha: number, random: Random): number {
  const [x, y] = [gamma(alpha, random), gamma(alpha, random)];
  // both underflow only for α near 0, where Beta(α, α) is a fair coin
  return x + y > 0 ? x / (x + y) : random.integer(2);
}

/** Gamma(α, 1): Marsaglia & Tsang (2000); for α < 1 as Gamma(α + 1) · U^(1/α). */
function gamma(alpha: number, random: Random): number {
  if (alpha < 1) return gamma(alpha + 1, random) * random.uniform() ** (1 / alpha);
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}
