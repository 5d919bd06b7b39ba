import { columnProducts } from './design.js';
import type { Labelled } from './logme.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** Penalties that are tried, as shares of the features' mean eigenvalue. */
const PENALTIES = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100];

/** A linear classifier on features. */
export interface Probe {
  /** The penalty that generalized cross-validation chose. */
  readonly penalty: number;
  /** The class of each row of features [n, size]. */
  predict(features: Float32Array): Int32Array;
}

/**
 * Ridge regression of one-hot labels on centred features, with an intercept that is not penalized: W = (XᵀX + λI)⁻¹XᵀY, the class is that of the
 * largest output. λ is the one of PENALTIES with the least generalized cross-validation score n·RSS/(n − tr H − 1)² (Golub, Heath & Wahba
 * 1979; the intercept counts one degree of freedom), the larger of equals. All λ share one eigendecomposition.
 */
export function linearProbe({ features, size, labels, classes }: Labelled): Probe {
  const n = labels.length;
  const { means, centred } = centre(features, n, size);
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label]! += 1 / n;
  const { values, vectors } = symmetricEigen(columnProducts(centred, n, size), size);
  const sigma = values.map((value) => Math.max(0, value));
  const scale = sigma.reduce((sum, value) => sum + value, 0) / size || 1;
  const projected = project(centred, labels, { vectors, size, classes });
  // Σ (y − ȳ)² over images and classes
  const total = n * (1 - shares.reduce((sum, share) => sum + share * share, 0));
  let best = { score: Infinity, penalty: scale };
  for (const share of PENALTIES) {
    const penalty = share * scale;
    let [rss, freedom] = [total, 1];
    for (let k = 0; k < size; k++) {
      const shrunk = sigma[k]! + penalty;
      freedom += sigma[k]! / shrunk;
      let squares = 0;
      for (let c = 0; c < classes; c++) squares += projected[k * classes + c]! ** 2;
      // ‖y − Hy‖² along one direction: 2·b²/(σ+λ) − σb²/(σ+λ)² is taken off
      rss -= squares * (2 / shrunk - sigma[k]! / shrunk ** 2);
    }
    const score = (n * rss) / Math.max(1e-9, n - freedom) ** 2;
    if (score <= best.score) best = { score, penalty };
  }
  const weights = weightsOf(projected, { sigma, vectors, size, classes, penalty: best.penalty });
  return {
    penalty: best.penalty,
    predict: (rows) =>
      Int32Array.from({ length: rows.length / size }, (_, i) => {
        let [top, found] = [-Infinity, 0];
        for (let c = 0; c < classes; c++) {
          let sum = shares[c]!;
          for (let j = 0; j < size; j++) sum += (rows[i * size + j]! - means[j]!) * weights[j * classes + c]!;
          if (sum > top) [top, found] = [sum, c];
        }
        return found;
      }),
  };
}

function centre(features: Float32Array, n: number, size: number): { readonly means: Float64Array; readonly centred: Float64Array } {
  const means = new Float64Array(size);
  for (let i = 0; i < n; i++) for (let j = 0; j < size; j++) means[j]! += features[i * size + j]! / n;
  return { means, centred: Float64Array.from(features, (x, i) => x - means[i % size]!) };
}

interface Space {
  readonly vectors: Float64Array;
  readonly size: number;
  readonly classes: number;
}

/** VᵀXᵀY [size, classes]; X is centred, so that Y need not be. */
function project(centred: Float64Array, labels: Int32Array, { vectors, size, classes }: Space): Float64Array {
  const sums = new Float64Array(size * classes);
  for (const [i, label] of labels.entries()) for (let j = 0; j < size; j++) sums[j * classes + label]! += centred[i * size + j]!;
  const projected = new Float64Array(size * classes);
  for (let k = 0; k < size; k++) {
    for (let j = 0; j < size; j++) {
      const v = vectors[k * size + j]!;
      for (let c = 0; c < classes; c++) projected[k * classes + c]! += v * sums[j * classes + c]!;
    }
  }
  return projected;
}

/** V(Σ + λI)⁻¹VᵀXᵀY [size, classes]. */
function weightsOf(
  projected: Float64Array,
  { sigma, vectors, size, classes, penalty }: Space & { readonly sigma: Float64Array; readonly penalty: number },
): Float64Array {
  const weights = new Float64Array(size * classes);
  for (let k = 0; k < size; k++) {
    for (let j = 0; j < size; j++) {
      const v = vectors[k * size + j]! / (sigma[k]! + penalty);
      for (let c = 0; c < classes; c++) weights[j * classes + c]! += v * projected[k * classes + c]!;
    }
  }
  return weights;
}
