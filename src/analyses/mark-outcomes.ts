import { aucsOf, meanAucOf, meanOfAucs } from '../tensor/auc.js';
import type { Judged } from './outcomes.js';

/**
 * What logits [n, labels] are worth against marks (1, 0, −1 not known), in float64. Loss: binary cross-entropy log(1 + exp(∓z)), over the
 * known labels of an image, times n / (all known labels), so that its mean over images is the mean over known labels. Throws when a logit is
 * not finite, or nothing is known.
 */
export function markOutcomes(logits: Float32Array, marks: Int8Array, labels: number, who: string): Judged {
  const n = marks.length / labels;
  const [right, loss] = [new Uint8Array(n).fill(1), new Float64Array(n)];
  let known = 0;
  for (let at = 0; at < marks.length; at++) {
    const [z, mark, i] = [logits[at]!, marks[at]!, Math.floor(at / labels)];
    if (!Number.isFinite(z)) throw new Error(`predictions: logits must be finite, got ${z} (${who}, image ${i})`);
    if (mark < 0) continue;
    known++;
    const wrongWay = mark === 1 ? -z : z;
    loss[i]! += Math.max(wrongWay, 0) + Math.log1p(Math.exp(-Math.abs(wrongWay)));
    if (wrongWay >= 0) right[i] = 0;
  }
  const areas = aucsOf(logits, marks, labels);
  const area = meanOfAucs(areas);
  const value = area(null);
  if (Number.isNaN(value)) throw new Error(`internal: predictions: some label must vary among the images, got none (${who})`);
  return {
    accuracy: { n, of: area },
    byLabel: areas.map((of) => ({ n, of })),
    right,
    loss: loss.map((sum) => (sum * n) / known),
    slack(tie) {
      // those that have a label moved up, then down, against those that have not
      const moved = (by: number) =>
        meanAucOf(
          Float64Array.from(logits, (z, at) => z + (marks[at] === 1 ? by : 0)),
          marks,
          labels,
        )(null);
      return moved(tie) - moved(-tie);
    },
  };
}
