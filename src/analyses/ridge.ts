import type { Design } from './design.js';
import { columnProducts } from './design.js';
import { symmetricEigen } from './symmetric-eigen.js';

/** Penalties that are tried, as shares of the features' mean eigenvalue. */
const PENALTIES = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100];

export interface Ridge {
  /** The penalty that generalized cross-validation chose, for all columns together. */
  readonly penalty: number;
  /** [rows, columns] of features [rows, size]. */
  scores(features: Float32Array): Float64Array;
}

/**
 * Ridge regression on centred features, with an intercept that is not penalized: W = (XᵀX + λI)⁻¹XᵀY. λ is the one of PENALTIES with the least
 * generalized cross-validation score n·RSS/(n − tr H − 1)², the columns' RSS summed (Golub, Heath & Wahba 1979; the intercept counts one
 * degree of freedom), the larger of equals. All λ share one eigendecomposition.
 */
export function ridge(given: Design): Ridge {
  const { features, size, columns } = given;
  const n = features.length / size;
  const { means, centred } = centre(features, n, size);
  const shares = sharesOf(given, n);
  const { values, vectors } = symmetricEigen(columnProducts(centred, n, size), size);
  const sigma = values.map((value) => Math.max(0, value));
  const scale = sigma.reduce((sum, value) => sum + value, 0) / size || 1;
  const space = { vectors, size, columns };
  const projected = project(centred, given, space);
  // Σ (y − ȳ)² over rows and columns
  const total = n * shares.reduce((sum, share) => sum + share * (1 - share), 0);
  const penalty = scale * chosenShare(projected, { sigma, columns, scale, total, n });
  const weights = weightsOf(projected, { ...space, sigma, penalty });
  return {
    penalty,
    scores(rows) {
      const found = new Float64Array((rows.length / size) * columns);
      for (let i = 0; i < rows.length / size; i++) {
        for (let c = 0; c < columns; c++) {
          let sum = shares[c]!;
          for (let j = 0; j < size; j++) sum += (rows[i * size + j]! - means[j]!) * weights[j * columns + c]!;
          found[i * columns + c] = sum;
        }
      }
      return found;
    },
  };
}

function sharesOf({ targets, columns }: Design, n: number): Float64Array {
  const shares = new Float64Array(columns);
  for (const [at, y] of targets.entries()) shares[at % columns]! += y / n;
  return shares;
}

interface Scored {
  readonly sigma: Float64Array;
  readonly columns: number;
  readonly scale: number;
  readonly total: number;
  readonly n: number;
}

function chosenShare(projected: Float64Array, { sigma, columns, scale, total, n }: Scored): number {
  let best = { score: Infinity, share: 1 };
  for (const share of PENALTIES) {
    const penalty = share * scale;
    let [rss, freedom] = [total, 1];
    for (const [k, value] of sigma.entries()) {
      const shrunk = value + penalty;
      freedom += value / shrunk;
      let squares = 0;
      for (let c = 0; c < columns; c++) squares += projected[k * columns + c]! ** 2;
      // ‖y − Hy‖² along one direction: 2·b²/(σ+λ) − σb²/(σ+λ)² is taken off
      rss -= squares * (2 / shrunk - value / shrunk ** 2);
    }
    const score = (n * rss) / Math.max(1e-9, n - freedom) ** 2;
    if (score <= best.score) best = { score, share };
  }
  return best.share;
}

function centre(features: Float32Array, n: number, size: number): { readonly means: Float64Array; readonly centred: Float64Array } {
  const means = new Float64Array(size);
  for (let i = 0; i < n; i++) for (let j = 0; j < size; j++) means[j]! += features[i * size + j]! / n;
  return { means, centred: Float64Array.from(features, (x, i) => x - means[i % size]!) };
}

interface Space {
  readonly vectors: Float64Array;
  readonly size: number;
  readonly columns: number;
}

/** VᵀXᵀY [size, columns]; X is centred, so that Y need not be. */
function project(centred: Float64Array, { targets }: Design, { vectors, size, columns }: Space): Float64Array {
  const sums = new Float64Array(size * columns);
  for (const [at, y] of targets.entries()) {
    if (y === 0) continue;
    const [row, c] = [Math.floor(at / columns), at % columns];
    for (let j = 0; j < size; j++) sums[j * columns + c]! += centred[row * size + j]!;
  }
  const projected = new Float64Array(size * columns);
  for (let k = 0; k < size; k++) {
    for (let j = 0; j < size; j++) {
      const v = vectors[k * size + j]!;
      for (let c = 0; c < columns; c++) projected[k * columns + c]! += v * sums[j * columns + c]!;
    }
  }
  return projected;
}

/** V(Σ + λI)⁻¹VᵀXᵀY [size, columns]. */
function weightsOf(
  projected: Float64Array,
  { sigma, vectors, size, columns, penalty }: Space & { readonly sigma: Float64Array; readonly penalty: number },
): Float64Array {
  const weights = new Float64Array(size * columns);
  for (let k = 0; k < size; k++) {
    for (let j = 0; j < size; j++) {
      const v = vectors[k * size + j]! / (sigma[k]! + penalty);
      for (let c = 0; c < columns; c++) weights[j * columns + c]! += v * projected[k * columns + c]!;
    }
  }
  return weights;
}
