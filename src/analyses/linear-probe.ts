import type { Labelled } from './design.js';
import { oneHot } from './design.js';
import { ridge } from './ridge.js';

/** A linear classifier on features. */
export interface Probe {
  /** The penalty that generalized cross-validation chose. */
  readonly penalty: number;
  /** The class of each row of features [n, size]. */
  predict(features: Float32Array): Int32Array;
}

/** Ridge regression (see `ridge`) of one-hot labels; the class is that of the largest output, the first of equals. */
export function linearProbe(labelled: Labelled): Probe {
  const { size, classes } = labelled;
  const { penalty, scores } = ridge(oneHot(labelled));
  return {
    penalty,
    predict(rows) {
      const found = scores(rows);
      return Int32Array.from({ length: rows.length / size }, (_, i) => {
        const own = found.subarray(i * classes, (i + 1) * classes);
        return own.reduce((top, score, c) => (score > own[top]! ? c : top), 0);
      });
    },
  };
}
