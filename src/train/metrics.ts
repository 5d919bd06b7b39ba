import type { Loss } from './recipe.js';

export interface Score {
  /** Mean over the images. */
  readonly loss: number;
  /** Share of images whose largest logit is the label's, in [0, 1]. */
  readonly accuracy: number;
}

/**
 * Loss and accuracy of logits [n, classes] against class indices, in float64:
 * cross-entropy log Σ_j exp z_j − z_y, or binary cross-entropy with one-hot targets, mean over the classes.
 */
export function score(logits: Float32Array, labels: ArrayLike<number>, loss: Loss): Score {
  const n = labels.length;
  const classes = logits.length / n;
  const lossOf = loss === 'cross-entropy' ? crossEntropy : binaryCrossEntropy;
  let [sum, right] = [0, 0];
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    sum += lossOf(row, labels[i]!);
    if (argmax(row) === labels[i]) right++;
  }
  return { loss: sum / n, accuracy: right / n };
}

/** Sum over a batch of the target's share of the predicted class: the number of right answers, weighted when labels are mixed. */
export function rightAnswers(logits: Float32Array, targets: Float32Array, batch: number): number {
  const classes = logits.length / batch;
  let right = 0;
  for (let i = 0; i < batch; i++) right += targets[i * classes + argmax(logits.subarray(i * classes, (i + 1) * classes))]!;
  return right;
}

/** Index of the largest value, the first of equals. */
export function argmax(row: Float32Array): number {
  let best = 0;
  for (let j = 1; j < row.length; j++) if (row[j]! > row[best]!) best = j;
  return best;
}

function crossEntropy(row: Float32Array, label: number): number {
  const top = row[argmax(row)]!;
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += Math.exp(row[j]! - top);
  return Math.log(sum) + top - row[label]!;
}

/** −log σ(z) for the label, −log σ(−z) elsewhere; −log σ(z) = max(−z, 0) + log(1 + exp(−|z|)). */
function binaryCrossEntropy(row: Float32Array, label: number): number {
  let sum = 0;
  for (let j = 0; j < row.length; j++) {
    const z = j === label ? row[j]! : -row[j]!;
    sum += Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  }
  return sum / row.length;
}
