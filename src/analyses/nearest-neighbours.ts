import type { Labelled } from './design.js';

/**
 * The class that most of the k nearest rows of `known` have, by cosine similarity, for each row of features [n, size]. Of classes with equally many
 * the one with the nearest member wins; of equally near rows the earlier one.
 */
export function nearestNeighbours({ features: known, size, labels }: Labelled, features: Float32Array, k: number): Int32Array {
  return Int32Array.from(nearestRows(known, features, size, k), (rows) => vote(rows, labels));
}

/** For each row of features [n, size] the k rows of `known` with the largest cosine, the nearest first; of equally near ones the earlier. */
export function nearestRows(known: Float32Array, features: Float32Array, size: number, k: number): number[][] {
  const [from, to] = [unit(known, size), unit(features, size)];
  return Array.from({ length: features.length / size }, (_, i) => nearest(from, to.subarray(i * size, (i + 1) * size), k));
}

/** Rows of length 1; a row of zeros stays one. */
function unit(features: Float32Array, size: number): Float64Array {
  const rows = Float64Array.from(features);
  for (let at = 0; at < rows.length; at += size) {
    const row = rows.subarray(at, at + size);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    if (length > 0) for (let j = 0; j < size; j++) row[j]! /= length;
  }
  return rows;
}

/** Indices of the k rows with the largest product, the nearest first. */
function nearest(rows: Float64Array, x: Float64Array, k: number): number[] {
  const found: { readonly row: number; readonly similarity: number }[] = [];
  for (let at = 0, row = 0; at < rows.length; at += x.length, row++) {
    let similarity = 0;
    for (let j = 0; j < x.length; j++) similarity += rows[at + j]! * x[j]!;
    if (found.length === k && similarity <= found[k - 1]!.similarity) continue;
    let place = found.length;
    while (place > 0 && similarity > found[place - 1]!.similarity) place--;
    found.splice(place, 0, { row, similarity });
    if (found.length > k) found.pop();
  }
  return found.map(({ row }) => row);
}

function vote(rows: readonly number[], labels: Int32Array): number {
  const votes = new Map<number, number>();
  for (const row of rows) votes.set(labels[row]!, (votes.get(labels[row]!) ?? 0) + 1);
  // a Map keeps the order of first insertion: the nearest come first
  return [...votes].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}
