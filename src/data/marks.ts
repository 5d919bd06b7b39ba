import type { SplitName } from './dataset.js';
import { SPLITS } from './dataset.js';
import type { ListedImage } from './listing.js';

/** How many images have the mark `mark` for label `k` of `classes`. */
export function markCount(marks: Int8Array, classes: number, k: number, mark: 1 | 0 | -1): number {
  let count = 0;
  for (let at = k; at < marks.length; at += classes) if (marks[at] === mark) count++;
  return count;
}

/** Labels that no AUC can be told of: every image of a split has them, or none. Splits without images are passed over. */
export function balanceRemarks(labels: readonly string[], splits: Readonly<Record<SplitName, readonly ListedImage[]>>): string[] {
  return labels.flatMap((label, k) => {
    const lacking = SPLITS.flatMap((split) => {
      const seen = new Set(splits[split].map(({ marks }) => marks![k]!));
      if (splits[split].length === 0 || (seen.has(0) && seen.has(1))) return [];
      return [`${split} has no image ${seen.has(1) ? 'without' : 'with'} it`];
    });
    return lacking.length === 0 ? [] : [`label ${label} counts in no AUC where it does not vary: ${lacking.join(', ')}`];
  });
}

/** `1`, `0` and `?` one after the other: how marks are written into a description. */
export const marksText = (marks: Int8Array): string => Array.from(marks, (mark) => (mark < 0 ? '?' : String(mark))).join('');
export const marksOf = (text: string): Int8Array => Int8Array.from(text, (mark) => (mark === '?' ? -1 : Number(mark)));

/** The marks of these images, in this order. */
export function marksAt(marks: Int8Array, indices: ArrayLike<number>, classes: number): Int8Array {
  const chosen = new Int8Array(indices.length * classes);
  for (let k = 0; k < indices.length; k++) chosen.set(marks.subarray(indices[k]! * classes, (indices[k]! + 1) * classes), k * classes);
  return chosen;
}
