/** An area under an ROC curve over any draw of the images it was made of: image i `counts[i]` times, once each for null. NaN where undefined. */
export type AucOver = (counts: ArrayLike<number> | null) => number;

/**
 * Area under the ROC curve of scores against a label: the chance that an image with it scores higher than one without, ties half
 * (Mann & Whitney 1947; Hanley & McNeil 1982). A target t in (0, 1), a mixed label, counts t with and 1 − t without; t < 0 is not known and
 * counts in neither. NaN when either side is empty. Scores are sorted once: every draw costs one walk over them.
 */
export function aucOf(scores: ArrayLike<number>, targets: ArrayLike<number>): AucOver {
  const order = Int32Array.from({ length: targets.length }, (_, i) => i)
    .filter((i) => targets[i]! >= 0)
    .sort((i, j) => scores[i]! - scores[j]! || i - j);
  // a run of equal scores ends here
  const last = Uint8Array.from(order, (i, k) => (k + 1 === order.length || scores[order[k + 1]!] !== scores[i] ? 1 : 0));
  const share = Float64Array.from(order, (i) => targets[i]!);
  return (counts) => {
    let [above, allWith, allWithout, has, hasNot] = [0, 0, 0, 0, 0];
    for (let k = 0; k < order.length; k++) {
      const count = counts ? counts[order[k]!]! : 1;
      has += count * share[k]!;
      hasNot += count * (1 - share[k]!);
      if (last[k] === 0) continue;
      above += has * (allWithout + hasNot / 2);
      allWith += has;
      allWithout += hasNot;
      has = hasNot = 0;
    }
    return above / (allWith * allWithout);
  };
}

/**
 * Mean over labels of the AUC of scores [n, labels] against targets [n, labels]. Labels that are undefined over all images are left out; NaN
 * when all are, and for a draw in which one of the others is.
 */
export const meanAucOf = (scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): AucOver =>
  meanOfAucs(aucsOf(scores, targets, labels));

/** The AUC of every label. */
export function aucsOf(scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): AucOver[] {
  const n = targets.length / labels;
  const column = (values: ArrayLike<number>, k: number) => Float64Array.from({ length: n }, (_, i) => values[i * labels + k]!);
  return Array.from({ length: labels }, (_, k) => aucOf(column(scores, k), column(targets, k)));
}

/** Their mean, as `meanAucOf` has it. */
export function meanOfAucs(all: readonly AucOver[]): AucOver {
  const defined = all.filter((auc) => !Number.isNaN(auc(null)));
  return (counts) => {
    let sum = 0;
    for (const auc of defined) sum += auc(counts);
    return sum / defined.length;
  };
}
