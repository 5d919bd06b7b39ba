import { symmetricEigen } from './symmetric-eigen.js';
import type { Design, Labelled } from './design.js';
import { columnProducts, oneHot } from './design.js';
import { mean } from './statistics.js';

const MOST_STEPS = 200;
const CONVERGED = 1e-10;
/** Eigenvalues below this share of the largest are rounding noise. */
const NOISE = 1e-12;

/**
 * LogME (You et al. 2021, arXiv 2102.11005, algorithm 1): how probable the labels are under the best Bayesian linear model on the features.
 * For each class with one-hot y: prior w ~ N(0, α⁻¹I), noise variance β⁻¹, and the logarithm of the evidence
 *
 *     L(α, β) = n/2·log β + D/2·log α − n/2·log 2π − β/2·‖Fm − y‖² − α/2·‖m‖² − ½·log|αI + βFᵀF|,   m = β(αI + βFᵀF)⁻¹Fᵀy,
 *
 * maximized by MacKay's fixed point α = γ/‖m‖², β = (n − γ)/‖Fm − y‖², γ = Σ βσ/(α + βσ) over the eigenvalues σ of FᵀF; divided by n, mean
 * over the classes that occur. Higher is better. null when there is nothing to fit (one class, or features that are all zero).
 */
export function logme(labelled: Labelled): number | null {
  const found = logEvidences(oneHot(labelled)).filter((each) => each !== null);
  return found.length === 0 ? null : mean(found);
}

/** As `logme`, column by column of any zeros and ones; null for a column that does not vary. */
export function logEvidences({ features, size, targets, columns }: Design): (number | null)[] {
  const n = targets.length / columns;
  const { values, vectors } = symmetricEigen(columnProducts(features, n, size), size);
  const largest = values.at(-1) ?? 0;
  const sigma = values.map((value) => (value > NOISE * largest ? value : 0));
  return Array.from({ length: columns }, (_, column) => {
    const y = Uint8Array.from({ length: n }, (_, i) => targets[i * columns + column]!);
    const count = y.reduce((sum, each) => sum + each, 0);
    if (!(largest > 0) || count === 0 || count === n) return null;
    return evidence(sigma, squaredCoordinates({ features, size, y }, sigma, vectors), n, count) / n;
  });
}

/** (uᵢᵀy)² = (vᵢᵀFᵀy)²/σᵢ: squares of y's coordinates along F's left singular vectors. */
function squaredCoordinates(
  { features, size, y }: Pick<Design, 'features' | 'size'> & { readonly y: Uint8Array },
  sigma: Float64Array,
  vectors: Float64Array,
): Float64Array {
  const fy = new Float64Array(size);
  for (const [i, each] of y.entries()) if (each === 1) for (let j = 0; j < size; j++) fy[j]! += features[i * size + j]!;
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
