/** Eigenvalues, ascending, and their orthonormal vectors: row k of `vectors` [n, n] belongs to value k. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

const MOST_SWEEPS = 60;

/**
 * Eigendecomposition of a symmetric matrix [n, n]: Householder's reduction to a tridiagonal matrix, then QL with implicit shifts
 * (Golub & Van Loan 2013, 8.3; Wilkinson & Reinsch 1971, tred2 and tql2). O(n³). The lower triangle is read.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const [diagonal, beside] = [new Float64Array(n), new Float64Array(n)];
  const q = tridiagonal(matrix, n, diagonal, beside);
  diagonalize(q, n, diagonal, beside);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[a]! - diagonal[b]!);
  const vectors = new Float64Array(n * n);
  for (const [k, from] of order.entries()) vectors.set(q.subarray(from * n, (from + 1) * n), k * n);
  return { values: Float64Array.from(order, (k) => diagonal[k]!), vectors };
}

/**
 * A = Qᵀ T Q by n − 2 reflections H = I − 2uuᵀ, each of which clears a row beyond the one beside the diagonal. Fills T's diagonal and the entries
 * beside it (entry k stands between k and k + 1); returns Q, whose rows are vectors.
 */
function tridiagonal(matrix: Float64Array, n: number, diagonal: Float64Array, beside: Float64Array): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) a[i * n + j] = i >= j ? matrix[i * n + j]! : matrix[j * n + i]!;
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const [u, p] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n - 2; k++) {
    let tail = 0;
    for (let i = k + 2; i < n; i++) tail += a[i * n + k]! ** 2;
    if (tail === 0) continue;
    const first = a[(k + 1) * n + k]!;
    const length = Math.sqrt(first * first + tail);
    // the sign that adds up: no digits are lost
    const head = first + (first < 0 ? -length : length);
    const size = Math.sqrt(head * head + tail);
    u.fill(0);
    u[k + 1] = head / size;
    for (let i = k + 2; i < n; i++) u[i] = a[i * n + k]! / size;
    reflect(a, n, k, u, p);
    // Q ← H·Q
    for (let j = 0; j < n; j++) p[j] = 0;
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) p[j]! += u[i]! * q[i * n + j]!;
    for (let i = k + 1; i < n; i++) for (let j = 0; j < n; j++) q[i * n + j]! -= 2 * u[i]! * p[j]!;
  }
  for (let i = 0; i < n; i++) {
    diagonal[i] = a[i * n + i]!;
    if (i + 1 < n) beside[i] = a[(i + 1) * n + i]!;
  }
  return q;
}

/** A ← H·A·H = A − u·wᵀ − w·uᵀ with p = 2Au, w = p − (uᵀp)u, on rows and columns from k on. */
function reflect(a: Float64Array, n: number, k: number, u: Float64Array, p: Float64Array): void {
  let along = 0;
  for (let i = k; i < n; i++) {
    let sum = 0;
    for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * u[j]!;
    p[i] = 2 * sum;
    along += u[i]! * p[i]!;
  }
  for (let i = k; i < n; i++) p[i]! -= along * u[i]!;
  for (let i = k; i < n; i++) for (let j = k; j < n; j++) a[i * n + j]! -= u[i]! * p[j]! + p[i]! * u[j]!;
}

/** QL with implicit (Wilkinson) shifts: rotations that drive the entries beside the diagonal to nothing; the same rotations turn Q's rows. */
function diagonalize(q: Float64Array, n: number, d: Float64Array, e: Float64Array): void {
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      let m = l;
      while (m + 1 < n && Math.abs(e[m]!) > Number.EPSILON * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l) break;
      if (sweep === MOST_SWEEPS) throw new Error(`internal: symmetricEigen: value ${l} of ${n} must converge within ${MOST_SWEEPS} sweeps`);
      const lead = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      const root = Math.hypot(lead, 1);
      let g = d[m]! - d[l]! + e[l]! / (lead + (lead < 0 ? -root : root));
      let [s, c, p] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const [f, b] = [s * e[i]!, c * e[i]!];
        const r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        [s, c] = [f / r, g / r];
        g = d[i + 1]! - p;
        const t = (d[i]! - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        rotate(q, n, i, c, s);
      }
      if (i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}

/** Rows i and i + 1 of Q, turned. */
function rotate(q: Float64Array, n: number, i: number, c: number, s: number): void {
  const [upper, lower] = [i * n, (i + 1) * n];
  for (let j = 0; j < n; j++) {
    const [x, y] = [q[upper + j]!, q[lower + j]!];
    q[lower + j] = s * x + c * y;
    q[upper + j] = c * x - s * y;
  }
}
