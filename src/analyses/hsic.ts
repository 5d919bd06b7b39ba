import type { Interval } from './statistics.js';
import { mean, studentQuantile, UNBOUNDED } from './statistics.js';

/** debiased: HSIC₁ of Song et al. (JMLR 2012). biased: the plug-in tr(KHLH)/(n−1)². */
export type Estimator = 'debiased' | 'biased';

/** A Gram matrix of n images made ready for HSIC: rows sum to zero, so that HSIC is one inner product. */
export interface CentredGram {
  readonly n: number;
  readonly estimator: Estimator;
  /** [n, n], symmetric. */
  readonly values: Float64Array;
  /** Inner product of each row with itself. */
  readonly self: Float64Array;
  /** Why nothing can be said about these features; null when something can. */
  readonly undefinedBecause: string | null;
}

/**
 * Centres a symmetric Gram matrix in place.
 * biased: HKH. debiased: U-centring (Székely & Rizzo 2014): zero diagonal, and off it k_ij − r_i/(n−2) − r_j/(n−2) + s/((n−1)(n−2))
 * with row sums r and total s without the diagonal; then HSIC₁(K, L) = ⟨K̃, L̃⟩/(n(n−3)), the same number as Song's three terms,
 * without their cancellation. Needs n ≥ 4 (debiased), n ≥ 2 (biased).
 */
export function centre(values: Float64Array, n: number, estimator: Estimator): CentredGram {
  const diagonal = rms(Float64Array.from({ length: n }, (_, i) => values[i * n + i]!));
  const debiased = estimator === 'debiased';
  if (debiased) for (let i = 0; i < n; i++) values[i * n + i] = 0;
  const sums = Float64Array.from({ length: n }, (_, i) => sumOf(values.subarray(i * n, (i + 1) * n)));
  const total = sumOf(sums);
  const shift = debiased ? total / ((n - 1) * (n - 2)) : total / (n * n);
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * n, (i + 1) * n);
    const own = sums[i]!;
    for (let j = 0; j < n; j++) row[j] = row[j]! - (own + sums[j]!) / (debiased ? n - 2 : n) + shift;
    if (debiased) row[i] = 0;
  }
  const self = rowProducts(values, values, n);
  // float32 products leave noise of about 1e-7 of the diagonal: what is below it is nothing
  const nothing = !(sumOf(self) / (n * n) > (1e-7 * diagonal) ** 2);
  return { n, estimator, values, self, undefinedBecause: nothing ? 'self-HSIC is not positive' : null };
}

/** A gram that stands for features about which nothing can be said. */
export const undefinedGram = (n: number, estimator: Estimator, undefinedBecause: string): CentredGram => ({
  n,
  estimator,
  values: new Float64Array(0),
  self: new Float64Array(0),
  undefinedBecause,
});

/** d_i = Σ_j a_ij·b_ij. */
function rowProducts(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const products = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const [x, y] = [a.subarray(i * n, (i + 1) * n), b.subarray(i * n, (i + 1) * n)];
    let sum = 0;
    for (let j = 0; j < n; j++) sum += x[j]! * y[j]!;
    products[i] = sum;
  }
  return products;
}

/** HSIC of two centred Grams from their row products. */
function hsic(products: Float64Array, n: number, estimator: Estimator): number {
  return sumOf(products) / (estimator === 'debiased' ? n * (n - 3) : (n - 1) ** 2);
}

/**
 * HSIC without image i, from the row products of all: as rows of a centred Gram sum to zero, leaving out row and column i leaves
 * row sums −k_ij, and every term of the estimator follows from d_i and, if biased, k_ii·l_ii.
 */
function hsicWithout(i: number, { total, products, diagonals }: Products, n: number, estimator: Estimator): number {
  const [m, d] = [n - 1, products[i]!];
  if (estimator === 'debiased') return (total - 2 * d - (2 * d) / (m - 2)) / (m * (m - 3));
  const q = diagonals[i]!;
  return (total - 2 * d + q - (2 / m) * (d - q) + q / m ** 2) / (m - 1) ** 2;
}

interface Products {
  readonly total: number;
  readonly products: Float64Array;
  /** k_ii·l_ii. */
  readonly diagonals: Float64Array;
}

export interface Cka extends Interval {
  /** In [−1, 1]; null when undefined. */
  readonly value: number | null;
  /** Why value or interval is null. */
  readonly reason: string | null;
}

/**
 * Centred kernel alignment Σ HSIC(K,L) / √(Σ HSIC(K,K) · Σ HSIC(L,L)) (Kornblith et al. 2019), sums over blocks of images: one block is
 * the full estimate, several are minibatch CKA (Nguyen, Raghu, Kornblith 2021). Blocks must hold the same images on both sides.
 * Interval: delete-one jackknife over images (one block) or over blocks, with Student's t. Not a bootstrap: an image drawn twice is
 * perfectly similar to itself in both networks and would raise every HSIC.
 */
export function cka(a: readonly CentredGram[], b: readonly CentredGram[], level = 0.95): Cka {
  if (a.length !== b.length || a.some(({ n }, i) => n !== b[i]!.n)) throw new Error('internal: cka: blocks must hold the same images');
  const reason = [...a, ...b].find(({ undefinedBecause }) => undefinedBecause !== null)?.undefinedBecause;
  if (reason) return { value: null, ...UNBOUNDED, reason };
  const cross = a.map(({ values }, i) => rowProducts(values, b[i]!.values, a[i]!.n));
  const parts = a.map(({ n, estimator, self }, i) => [
    hsic(cross[i]!, n, estimator),
    hsic(self, n, estimator),
    hsic(b[i]!.self, n, estimator),
  ]);
  const [kl, kk, ll] = [0, 1, 2].map((k) => sumOf(parts.map((part) => part[k]!))) as [number, number, number];
  const value = kl / Math.sqrt(kk * ll);
  const left =
    a.length === 1 ? withoutEachImage(a[0]!, b[0]!, cross[0]!) : parts.map(([x, y, z]) => (kl - x!) / Math.sqrt((kk - y!) * (ll - z!)));
  return { value: clamp(value), ...jackknife(value, left, level) };
}

function withoutEachImage(a: CentredGram, b: CentredGram, cross: Float64Array): number[] {
  const { n, estimator } = a;
  if (n < 5) return [];
  const prepare = (products: Float64Array, x: CentredGram, y: CentredGram): Products => ({
    total: sumOf(products),
    products,
    diagonals: products.map((_, i) => x.values[i * (n + 1)]! * y.values[i * (n + 1)]!),
  });
  const [kl, kk, ll] = [prepare(cross, a, b), prepare(a.self, a, a), prepare(b.self, b, b)];
  const without = (i: number, products: Products) => hsicWithout(i, products, n, estimator);
  return Array.from({ length: n }, (_, i) => without(i, kl) / Math.sqrt(without(i, kk) * without(i, ll)));
}

/** SE² = (m−1)/m · Σ (θ₍ᵢ₎ − mean)². */
function jackknife(value: number, left: readonly number[], level: number): Interval & { reason: string | null } {
  const m = left.length;
  if (m < 2) return { ...UNBOUNDED, reason: 'no interval: too few images to leave one out' };
  if (!left.every(Number.isFinite)) return { ...UNBOUNDED, reason: 'no interval: undefined without some of the images' };
  const centre = mean(left);
  const error = Math.sqrt(((m - 1) / m) * sumOf(left.map((x) => (x - centre) ** 2)));
  const half = studentQuantile((1 + level) / 2, m - 1) * error;
  return { low: clamp(value - half), high: clamp(value + half), reason: null };
}

/**
 * Biased CKA of two independent sets of Gaussian random features, n images, p features each, as a ratio of expectations: p/(p + n).
 * (Wishart: E tr(KHLH) = p²(n−1), E tr(KHKH) = p(n−1)(p + n).) It is far from 0 as soon as p is not far below n.
 */
export const randomFeatureBaseline = (n: number, p: number): number => p / (p + n);

const clamp = (x: number): number => Math.min(1, Math.max(-1, x));
const rms = (values: Float64Array): number => Math.sqrt(mean(values.map((x) => x * x)));

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}
