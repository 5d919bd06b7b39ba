/** Arithmetic mean; NaN of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Unbiased sample variance (n − 1), two passes; NaN below two values. */
export function variance(values: ArrayLike<number>): number {
  if (values.length < 2) return NaN;
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return sum / (values.length - 1);
}

/** Quantile of ascending values by linear interpolation between order statistics (type 7, NumPy's default). */
export function quantile(ascending: ArrayLike<number>, q: number): number {
  const place = q * (ascending.length - 1);
  const below = Math.floor(place);
  const x = ascending[below]!;
  return below + 1 < ascending.length ? x + (place - below) * (ascending[below + 1]! - x) : x;
}

/**
 * McNemar's exact test, two-sided: of b + c discordant cases, is a split as uneven as (b, c) surprising under a fair coin?
 * p = min(1, 2·Σ_{k ≤ min(b,c)} C(b+c, k) / 2^(b+c)); 1 without discordant cases.
 */
export function mcnemarExact(b: number, c: number): number {
  const [n, few] = [b + c, Math.min(b, c)];
  let logTerm = -n * Math.LN2;
  for (let i = 1; i <= few; i++) logTerm += Math.log((n - few + i) / i);
  // Σ C(n,k) relative to its largest term, downwards: C(n,k−1) = C(n,k)·k/(n−k+1)
  let [sum, term] = [1, 1];
  for (let k = few; k > 0; k--) sum += term *= k / (n - k + 1);
  return Math.min(1, 2 * Math.exp(logTerm + Math.log(sum)));
}

/** ln Γ(x) for x > 0 (Lanczos, g = 7, nine terms; relative error about 1e-15). */
export function logGamma(x: number): number {
  let sum = 0.99999999999980993;
  for (const [i, c] of LANCZOS.entries()) sum += c / (x + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
  9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Regularized incomplete beta function I_x(a, b): continued fraction by Lentz's method (DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  let [c, d, fraction] = [1, 0, 1];
  for (let i = 0; i <= 1000; i++) {
    const m = i >> 1;
    let numerator = 1;
    if (i > 0 && i % 2 === 0) numerator = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    else if (i > 0) numerator = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + numerator * d);
    c = awayFromZero(1 + numerator / c);
    fraction *= c * d;
    if (Math.abs(1 - c * d) < 1e-16) break;
  }
  return front * (fraction - 1);
}

const awayFromZero = (x: number): number => (Math.abs(x) < 1e-300 ? 1e-300 : x);

/** Quantile of Student's t with `df` > 0 degrees of freedom (they need not be whole), for p in (0, 1). */
export function studentQuantile(p: number, df: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, df);
  // P(T > t) = ½ I_{ν/(ν+t²)}(ν/2, ½)
  const tail = (t: number) => 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  let [low, high] = [0, 1];
  while (tail(high) > 1 - p) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (tail(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Bounds of an interval; null where it cannot be computed. */
export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
}

export const UNBOUNDED: Interval = { low: null, high: null };

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/** 95 % interval of a share of n independent cases (Wilson 1927): right also near 0 and 1, and from the share alone. */
export function wilsonInterval(share: number, n: number): { readonly low: number; readonly high: number } {
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** t-interval for the mean of few values; null bounds below two. */
export function studentInterval(values: readonly number[], level = 0.95): Interval {
  if (values.length < 2) return UNBOUNDED;
  const half = studentQuantile((1 + level) / 2, values.length - 1) * Math.sqrt(variance(values) / values.length);
  return { low: mean(values) - half, high: mean(values) + half };
}

/**
 * Welch's t-interval for mean(a) − mean(b), variances unequal, degrees of freedom by Welch–Satterthwaite.
 * Null bounds when a side has fewer than two values.
 */
export function welchInterval(a: readonly number[], b: readonly number[], level = 0.95): Interval {
  if (a.length < 2 || b.length < 2) return UNBOUNDED;
  const [u, v] = [variance(a) / a.length, variance(b) / b.length];
  const difference = mean(a) - mean(b);
  if (u + v === 0) return { low: difference, high: difference };
  const df = (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
  const half = studentQuantile((1 + level) / 2, df) * Math.sqrt(u + v);
  return { low: difference - half, high: difference + half };
}
