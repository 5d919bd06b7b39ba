import type { Predictions } from './analysis.js';

/** What predictions come to, image by image. */
export interface Outcomes {
  /** The largest logit's class (the first of equals). */
  readonly predicted: Int32Array;
  /** 1 where the prediction is the label. */
  readonly right: Uint8Array;
  /** Cross-entropy −log softmax(logits)[label], in nats. */
  readonly loss: Float64Array;
  /** Probability of the first choice minus that of the second, in [0, 1]. */
  readonly margin: Float64Array;
  /** The same difference in logits. */
  readonly logitMargin: Float64Array;
}

/** Softmax and its consequences in float64. Throws when a logit is not finite; `who` names the network in the message. */
export function outcomes({ logits, labels, classes }: Pick<Predictions, 'logits' | 'labels' | 'classes'>, who: string): Outcomes {
  const n = labels.length;
  const result = {
    predicted: new Int32Array(n),
    right: new Uint8Array(n),
    loss: new Float64Array(n),
    margin: new Float64Array(n),
    logitMargin: new Float64Array(n),
  };
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    let [first, second, best] = [-Infinity, -Infinity, 0];
    for (let c = 0; c < classes; c++) {
      const z = row[c]!;
      if (!Number.isFinite(z)) throw new Error(`predictions: logits must be finite, got ${z} (${who}, image ${i})`);
      if (z > first) [second, first, best] = [first, z, c];
      else if (z > second) second = z;
    }
    let total = 0;
    for (let c = 0; c < classes; c++) total += Math.exp(row[c]! - first);
    const label = labels[i]!;
    result.predicted[i] = best;
    result.right[i] = best === label ? 1 : 0;
    result.loss[i] = Math.log(total) + first - row[label]!;
    result.margin[i] = (1 - Math.exp(second - first)) / total;
    result.logitMargin[i] = first - second;
  }
  return result;
}

/** Σ of a 0/1 column. */
export const countOf = (marks: Uint8Array): number => marks.reduce((sum, mark) => sum + mark, 0);
