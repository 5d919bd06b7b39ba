import { openRowProducts } from './row-products.js';

/** Columns multiplied at once; sums over such parts are in float64. */
const PART = 4096;

/** Rows multiplied at once with all that follow: a Gram is symmetric, so that what is left of such a block need not be computed. */
const ROWS = 256;

/** Features whose spread is below this share of their size are rounding noise around a constant (float32: 6e-8). */
const NOISE = 1e-6;

export type Gram = { readonly values: Float64Array } | { readonly undefinedBecause: string };

export interface GramEngine {
  /**
   * XXᵀ [n, n] of features [n, p] after their column means are taken off, which does not change CKA. Products are of features scaled to
   * a mean square row length of 1, so that float32 neither loses digits nor overflows; the Gram is scaled back, as minibatches weigh by it.
   */
  gram(features: Float32Array, n: number, p: number): Promise<Gram>;
  release(): Promise<void>;
}

export function gramEngine(options: { readonly threads: number }): GramEngine {
  const { multiply, release } = openRowProducts(options);
  return {
    async gram(features, n, p) {
      const { means, centred, raw } = moments(features, n, p);
      if (!Number.isFinite(raw)) return { undefinedBecause: 'features are not finite' };
      if (centred <= NOISE ** 2 * raw) return { undefinedBecause: 'features are constant' };
      const scale = Math.sqrt(n / centred);
      const values = new Float64Array(n * n);
      const width = Math.min(PART, p);
      const part = new Float32Array(n * width);
      for (let from = 0; from < p; from += width) {
        fill(part, features, means, scale, { n, p, from, width });
        // each block of rows with those from its own first one on
        for (let top = 0; top < n; top += ROWS) {
          const rest = part.subarray(top * width);
          add(values, await multiply(rest.subarray(0, ROWS * width), rest, width), n, top);
        }
      }
      mirror(values, n, scale ** -2);
      return { values };
    },
    release,
  };
}

// Loops run over views that begin at 0: V8 checks every index of an offset into the whole, which takes two to three times as long.

/** Adds products of rows from `top` on with rows from `top` on. */
function add(values: Float64Array, products: Float32Array, n: number, top: number): void {
  const width = n - top;
  for (let row = top, k = 0; k < products.length; row++, k += width) {
    const own = values.subarray(row * n + top, (row + 1) * n);
    const more = products.subarray(k, k + width);
    for (let j = 0; j < width; j++) own[j]! += more[j]!;
  }
}

/** Rows and columns that are copied together, so that what is written column by column stays in the cache. */
const TILE = 32;

/** Scales what is on and right of the diagonal and copies it to the left. */
function mirror(values: Float64Array, n: number, scale: number): void {
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) values[i * n + j]! *= scale;
  for (let top = 0; top < n; top += TILE) {
    for (let left = top; left < n; left += TILE) {
      for (let i = top; i < Math.min(top + TILE, n); i++) {
        for (let j = Math.max(left, i + 1); j < Math.min(left + TILE, n); j++) values[j * n + i] = values[i * n + j]!;
      }
    }
  }
}

/** Column means, and the sums of squares around them and around zero. In float64, summed by rows, their difference is good to 1e-14 of `raw`, far below NOISE². */
function moments(features: Float32Array, n: number, p: number): { means: Float64Array; centred: number; raw: number } {
  const means = new Float64Array(p);
  let raw = 0;
  for (let i = 0; i < n; i++) raw += addRow(features.subarray(i * p, (i + 1) * p), means);
  let around = raw;
  for (let j = 0; j < p; j++) {
    means[j]! /= n;
    around -= n * means[j]! ** 2;
  }
  return { means, centred: around, raw };
}

/** Adds a row to the sums of its columns and returns its sum of squares. */
function addRow(row: Float32Array, sums: Float64Array): number {
  let squares = 0;
  for (let j = 0; j < row.length; j++) {
    const x = row[j]!;
    sums[j]! += x;
    squares += x * x;
  }
  return squares;
}

/** Centred, scaled columns from … from + width; zeros beyond the last. */
function fill(
  part: Float32Array,
  features: Float32Array,
  means: Float64Array,
  scale: number,
  { n, p, from, width }: { n: number; p: number; from: number; width: number },
): void {
  const there = Math.min(width, p - from);
  if (there < width) part.fill(0);
  const centres = means.subarray(from, from + there);
  for (let i = 0; i < n; i++) {
    const row = features.subarray(i * p + from, i * p + from + there);
    const out = part.subarray(i * width, i * width + there);
    for (let j = 0; j < there; j++) out[j] = (row[j]! - centres[j]!) * scale;
  }
}
