import { meanAucOf } from '../tensor/auc.js';
import { logEvidences } from './logme.js';
import { nearestRows } from './nearest-neighbours.js';
import { ridge } from './ridge.js';
import { mean } from './statistics.js';

/** Features of images with independent labels: marks 1, 0, −1 (not known). */
export interface Marked {
  /** float32 [n, size]. */
  readonly features: Float32Array;
  readonly size: number;
  /** [n, labels]. */
  readonly marks: Int8Array;
  readonly labels: number;
}

export interface MarkPredictors {
  /** Mean over labels; null when none varies. */
  readonly logme: number | null;
  /** Mean AUC over labels; null when no label varies among the images asked. */
  readonly probe: number | null;
  readonly neighbours: number | null;
}

/**
 * What features of some images tell of other images' independent labels: LogME label by label; AUC of the scores of a ridge regression on the
 * marks; AUC of the share of the k nearest neighbours that have the label. Each label is learned from the images of which it is known.
 */
export function markPredictors(known: Marked, asked: Marked, k: number): MarkPredictors {
  const { size, labels } = known;
  const n = asked.marks.length / labels;
  const [linear, near] = [new Float64Array(n * labels), new Float64Array(n * labels)];
  const evidences: (number | null)[] = [];
  for (const { rows, columns } of alike(known)) {
    const features = new Float32Array(rows.length * size);
    for (const [i, row] of rows.entries()) features.set(known.features.subarray(row * size, (row + 1) * size), i * size);
    const targets = Uint8Array.from(
      { length: rows.length * columns.length },
      (_, at) => known.marks[rows[Math.floor(at / columns.length)]! * labels + columns[at % columns.length]!]!,
    );
    const design = { features, size, targets, columns: columns.length };
    evidences.push(...logEvidences(design));
    const scores = ridge(design).scores(asked.features);
    const nearest = nearestRows(features, asked.features, size, k);
    for (let i = 0; i < n; i++) {
      for (const [c, label] of columns.entries()) {
        linear[i * labels + label] = scores[i * columns.length + c]!;
        near[i * labels + label] = mean(nearest[i]!.map((row) => targets[row * columns.length + c]!));
      }
    }
  }
  const found = evidences.filter((each) => each !== null);
  const auc = (scores: Float64Array) => {
    const value = meanAucOf(scores, asked.marks, labels)(null);
    return Number.isNaN(value) ? null : value;
  };
  return { logme: found.length === 0 ? null : mean(found), probe: auc(linear), neighbours: auc(near) };
}

/** Labels that are known of the same images, together: they share their decompositions. Labels of which nothing is known are left out. */
function alike({ marks, labels }: Marked): { readonly rows: number[]; readonly columns: number[] }[] {
  const found = new Map<string, { rows: number[]; columns: number[] }>();
  for (let label = 0; label < labels; label++) {
    const rows: number[] = [];
    for (let i = 0; i < marks.length / labels; i++) if (marks[i * labels + label]! >= 0) rows.push(i);
    const key = rows.join();
    const group = found.get(key) ?? { rows, columns: [] };
    found.set(key, group);
    group.columns.push(label);
  }
  return [...found.values()].filter(({ rows }) => rows.length > 0);
}
