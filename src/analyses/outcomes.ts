import type { Predictions } from './analysis.js';
import type { OverImages } from './over-images.js';
import { markOutcomes } from './mark-outcomes.js';
import { shareOver } from './over-images.js';

/** What predictions are worth, whether an image has one label or any number of them. */
export interface Judged {
  /** Share of right predictions; of independent labels the mean of their AUCs. */
  readonly accuracy: OverImages;
  /** Of independent labels: the AUC of each. */
  readonly byLabel?: readonly OverImages[];
  /** 1 where the prediction is the label; of independent labels where all that are known lie on their side of ½. */
  readonly right: Uint8Array;
  /** Cross-entropy in nats, image by image; of independent labels so that the mean over all images is that over all known labels. */
  readonly loss: Float64Array;
  /** How far `accuracy` may move when logits that nearly tie, closer than this, change places. */
  slack(tie: number): number;
}

/** What predictions of one label an image come to. */
export interface Outcomes extends Judged {
  /** The largest logit's class (the first of equals). */
  readonly predicted: Int32Array;
  /** −log softmax(logits)[label]. */
  readonly loss: Float64Array;
  /** Probability of the first choice minus that of the second, in [0, 1]. */
  readonly margin: Float64Array;
  /** The same difference in logits. */
  readonly logitMargin: Float64Array;
}

export type Logits = Pick<Predictions, 'logits' | 'labels' | 'marks' | 'classes'>;

/** What predictions are worth. Throws when a logit is not finite; `who` names the network in the message. */
export const judge = (predictions: Logits, who: string): Judged =>
  predictions.marks ? markOutcomes(predictions.logits, predictions.marks, predictions.classes, who) : outcomes(predictions, who);

/** Softmax and its consequences in float64. Throws when a logit is not finite; `who` names the network in the message. */
export function outcomes({ logits, labels, marks, classes }: Logits, who: string): Outcomes {
  if (marks) throw new Error(`internal: outcomes: images must have one label each, got independent ones (${who})`);
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
  return {
    ...result,
    accuracy: shareOver(result.right),
    slack: (tie) => result.logitMargin.filter((margin) => margin < tie).length / n,
  };
}

/** Σ of a 0/1 column. */
export const countOf = (marks: Uint8Array): number => marks.reduce((sum, mark) => sum + mark, 0);
