import { linearSumAssignment } from 'linear-sum-assignment';

/**
 * Linear assignment: the permutation with the largest Σᵢ gains[i, order[i]], `gains` row-major [n, n]. Shortest augmenting paths (Jonker &
 * Volgenant 1987, as in Crouse 2016), O(n³).
 */
export function assign(gains: Float64Array, n: number): Int32Array {
  const rows = Array.from({ length: n }, (_, i) => gains.subarray(i * n, (i + 1) * n));
  return Int32Array.from(linearSumAssignment(rows, { maximaze: true }).rowAssignments);
}
