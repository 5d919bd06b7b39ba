/** The cheapest one-to-one assignment of rows to columns, with the proof that none is cheaper. */
export interface Assignment {
  /** The column of each row. */
  readonly columns: Int32Array;
  /** Dual values: rowPrices[i] + columnPrices[j] ≤ cost[i, j] everywhere, with equality where i is assigned to j. */
  readonly rowPrices: Float64Array;
  readonly columnPrices: Float64Array;
}

/**
 * Linear assignment: minimizes Σᵢ cost[i, columns[i]] over permutations, `cost` row-major [n, n]. Shortest augmenting paths with prices
 * (Jonker & Volgenant 1987, as in Crouse 2016), O(n³). Deterministic: the first of equals.
 */
export function assign(cost: ArrayLike<number>, n: number): Assignment {
  const [u, v] = [new Float64Array(n), new Float64Array(n)];
  const columns = new Int32Array(n).fill(-1);
  // rowOf[j]: row of column j, −1 while it is free
  const rowOf = new Int32Array(n).fill(-1);
  const before = new Int32Array(n);
  const [shortest, done] = [new Float64Array(n), new Uint8Array(n)];
  for (let start = 0; start < n; start++) {
    shortest.fill(Infinity);
    done.fill(0);
    let [row, length, end] = [start, 0, -1];
    const path: number[] = [];
    // Dijkstra over reduced costs until a free column is nearest
    while (end < 0) {
      let nearest = -1;
      for (let j = 0; j < n; j++) {
        if (done[j] === 1) continue;
        const through = length + cost[row * n + j]! - u[row]! - v[j]!;
        if (through < shortest[j]!) {
          shortest[j] = through;
          before[j] = row;
        }
        if (nearest < 0 || shortest[j]! < shortest[nearest]!) nearest = j;
      }
      length = shortest[nearest]!;
      done[nearest] = 1;
      if (rowOf[nearest] === -1) end = nearest;
      else {
        path.push(nearest);
        row = rowOf[nearest]!;
      }
    }
    u[start]! += length;
    for (const j of path) {
      u[rowOf[j]!]! += length - shortest[j]!;
      v[j]! -= length - shortest[j]!;
    }
    // along the path every row takes the column by which it was reached
    for (let [j, i] = [end, -1]; i !== start;) {
      i = before[j]!;
      rowOf[j] = i;
      [j, columns[i]] = [columns[i]!, j];
    }
  }
  return { columns, rowPrices: u, columnPrices: v };
}
