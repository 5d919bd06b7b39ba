import { symmetricEigen } from './symmetric-eigen.js';
import { columnProducts } from './design.js';

const MOST_STEPS = 200;
const CONVERGED = 1e-10;
/** Eigenvalues below this share of the largest are rounding noise. */
const NOISE = 1e-12;

/** Features of images, row after row, with their labels. */
export interface Labelled {
  /** float32 [n, size]. */
  readonly features: Float32Array;
  readonly size: number;
  readonly labels: Int32Array;
  readonly classes: number;
}

/**
 * LogME (You et al. 2021, arXiv 2102.11005, algorithm 1): how probable the labels are under the best Bayesian linear model on the features.
 * For each class with one-hot y: prior w ~ N(0, α⁻¹I), noise variance β⁻¹, and the logarithm of the evidence
 *
 *     L(α, β) = n/2·log β + D/2·log α − n/2·log 2π − β/2·‖Fm − y‖² − α/2·‖m‖² − ½·log|αI + βFᵀF|,   m = β(αI + βFᵀF)⁻¹Fᵀy,
 *
 * maximized by MacKay's fixed point α = γ/‖m‖², β = (n − γ)/‖Fm − y‖², γ = Σ βσ/(α + βσ) over the eigenvalues σ of FᵀF; divided by n, mean
 * over the classes that occur. Higher is better. null when there is nothing to fit (one class, or features that are all zero).
 */
export function logme({ features, size, labels, classes }: Labelled): number | null {
  const n = labels.length;
  const { values, vectors } = symmetricEigen(columnProducts(features, n, size), size);
  const largest = values.at(-1) ?? 0;
  if (!(largest > 0)) return null;
  const sigma = values.map((value) => (value > NOISE * largest ? value : 0));
  const found: number[] = [];
  for (let label = 0; label < classes; label++) {
    const count = labels.reduce((sum, each) => sum + (each === label ? 1 : 0), 0);
    if (count === 0 || count === n) continue;
    found.push(evidence(sigma, squaredCoordinates({ features, size, labels, label }, sigma, vectors), n, count) / n);
  }
  return found.length === 0 ? null : found.reduce((sum, each) => sum + each, 0) / found.length;
}

/** (uᵢᵀy)² = (vᵢᵀFᵀy)²/σᵢ: squares of y's coordinates along F's left singular vectors. */
function squaredCoordinates(
  { features, size, labels, label }: Pick<Labelled, 'features' | 'size' | 'labels'> & { readonly label: number },
  sigma: Float64Array,
  vectors: Float64Array,
): Float64Array {
  const fy = new Float64Array(size);
  for (const [i, each] of labels.entries()) if (each === label) for (let j = 0; j < size; j++) fy[j]! += features[i * size + j]!;
  return sigma.map((value, k) => {
    if (value === 0) return 0;
    let sum = 0;
    for (let j = 0; j < size; j++) sum += vectors[k * size + j]! * fy[j]!;
    return (sum * sum) / value;
  });
}

/** The largest log evidence; `squares` sum to ‖y‖² but for what no feature explains. */
function evidence(sigma: Float64Array, squares: Float64Array, n: number, norm: number): number {
  const unexplained = Math.max(0, norm - squares.reduce((sum, each) => sum + each, 0));
  let [alpha, beta] = [1, 1];
  for (let step = 0; ; step++) {
    let [gamma, weights, residual, determinant] = [0, 0, unexplained, 0];
    for (const [k, value] of sigma.entries()) {
      const shrunk = alpha + beta * value;
      gamma += (beta * value) / shrunk;
      weights += (beta * beta * value * squares[k]!) / shrunk ** 2;
      residual += squares[k]! * (alpha / shrunk) ** 2;
      determinant += Math.log(shrunk);
    }
    const value =
      0.5 *
      (n * Math.log(beta) + sigma.length * Math.log(alpha) - n * Math.log(2 * Math.PI) - beta * residual - alpha * weights - determinant);
    const [nextAlpha, nextBeta] = [gamma / weights, (n - gamma) / residual];
    const ratio = nextAlpha / nextBeta / (alpha / beta);
    if (step === MOST_STEPS || !(nextAlpha > 0 && nextBeta > 0 && Number.isFinite(ratio)) || Math.abs(ratio - 1) < CONVERGED) return value;
    [alpha, beta] = [nextAlpha, nextBeta];
  }
}
