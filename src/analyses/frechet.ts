import { symmetricEigen } from './symmetric-eigen.js';

/** Mean and covariance of rows. */
export interface Gaussian {
  readonly mean: Float64Array;
  /** [k, k]. */
  readonly covariance: Float64Array;
}

/** Of rows [n, k]; `counts` says how often each row was drawn, null once. The covariance divides by n − 1. */
export function gaussianOf(rows: Float64Array, k: number, counts: Uint32Array | null): Gaussian {
  const n = rows.length / k;
  const mean = new Float64Array(k);
  let drawn = 0;
  for (let i = 0; i < n; i++) {
    const count = counts ? counts[i]! : 1;
    drawn += count;
    for (let a = 0; a < k; a++) mean[a]! += count * rows[i * k + a]!;
  }
  for (let a = 0; a < k; a++) mean[a]! /= drawn;
  const covariance = new Float64Array(k * k);
  for (let i = 0; i < n; i++) {
    const count = counts ? counts[i]! : 1;
    if (count === 0) continue;
    for (let a = 0; a < k; a++) {
      const x = (count * (rows[i * k + a]! - mean[a]!)) / (drawn - 1);
      for (let b = 0; b <= a; b++) covariance[a * k + b]! += x * (rows[i * k + b]! - mean[b]!);
    }
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) covariance[b * k + a] = covariance[a * k + b]!;
  return { mean, covariance };
}

/**
 * Squared Fréchet (2-Wasserstein) distance of two Gaussians, ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) (Dowson & Landau 1982; of features: FID,
 * Heusel et al. 2017). tr (Σ₁Σ₂)^½ = Σ √eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric; singular
 * covariances will do. From one Gaussian to any number: the square root is taken once.
 */
export function frechetFrom(a: Gaussian): (b: Gaussian) => number {
  const k = a.mean.length;
  const root = squareRoot(a.covariance, k);
  return (b) => {
    const { values } = symmetricEigen(product(product(root, b.covariance, k), root, k), k);
    let distance = 0;
    for (let i = 0; i < k; i++) {
      const spread = a.covariance[i * k + i]! + b.covariance[i * k + i]! - 2 * Math.sqrt(Math.max(0, values[i]!));
      distance += (a.mean[i]! - b.mean[i]!) ** 2 + spread;
    }
    return distance;
  };
}

/** V √Λ Vᵀ. */
function squareRoot(matrix: Float64Array, k: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix, k);
  const root = new Float64Array(k * k);
  for (let v = 0; v < k; v++) {
    const size = Math.sqrt(Math.max(0, values[v]!));
    for (let i = 0; i < k; i++) {
      const x = size * vectors[v * k + i]!;
      for (let j = 0; j < k; j++) root[i * k + j]! += x * vectors[v * k + j]!;
    }
  }
  return root;
}

function product(a: Float64Array, b: Float64Array, k: number): Float64Array {
  const result = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let l = 0; l < k; l++) {
      const x = a[i * k + l]!;
      for (let j = 0; j < k; j++) result[i * k + j]! += x * b[l * k + j]!;
    }
  }
  return result;
}
