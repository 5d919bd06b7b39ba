import { columnProducts } from './design.js';
import { symmetricEigen } from './symmetric-eigen.js';

export interface Components {
  /** float64 [n, dimensions], centred; the widest direction first. */
  readonly scores: Float64Array;
  readonly dimensions: number;
  /** Share of the variance that they hold. */
  readonly explained: number;
}

/**
 * The first `most` principal components of features [n, size], fewer when there are not as many directions. By the covariance or, where there
 * are fewer images than features, by the Gram matrix, which has the same eigenvalues.
 */
export function principalComponents(features: ArrayLike<number>, n: number, size: number, most: number): Components {
  const centred = centre(features, n, size);
  const wide = size > n;
  const { values, vectors } = symmetricEigen(wide ? rowProducts(centred, n, size) : columnProducts(centred, n, size), wide ? n : size);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const last = values.length - 1;
  let raw = 0;
  for (let i = 0; i < features.length; i++) raw += features[i]! ** 2;
  // beyond the rank, and around a constant, there is only rounding noise
  const noise = Math.max(1e-10 * values[last]!, 1e-12 * raw);
  const dimensions = values.reduce((sum, value) => sum + (value > noise ? 1 : 0), 0);
  const kept = Math.min(most, dimensions);
  const scores = new Float64Array(n * kept);
  let held = 0;
  for (let k = 0; k < kept; k++) {
    const value = values[last - k]!;
    const vector = vectors.subarray((last - k) * values.length, (last - k + 1) * values.length);
    held += value;
    for (let i = 0; i < n; i++) {
      // XXᵀu = λu: the scores are √λ·u
      scores[i * kept + k] = wide ? Math.sqrt(value) * vector[i]! : along(centred, i, vector);
    }
  }
  return { scores, dimensions: kept, explained: total > 0 ? held / total : 0 };
}

function centre(features: ArrayLike<number>, n: number, size: number): Float64Array {
  const means = new Float64Array(size);
  for (let i = 0; i < n; i++) for (let j = 0; j < size; j++) means[j]! += features[i * size + j]! / n;
  return Float64Array.from(features, (x, i) => x - means[i % size]!);
}

function along(rows: Float64Array, i: number, vector: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < vector.length; j++) sum += rows[i * vector.length + j]! * vector[j]!;
  return sum;
}

function rowProducts(rows: Float64Array, n: number, size: number): Float64Array {
  const products = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      products[i * n + j] = products[j * n + i] = along(rows, i, rows.subarray(j * size, (j + 1) * size));
    }
  }
  return products;
}
