import { meanAucOf } from '../tensor/auc.js';
import type { Loss } from './recipe.js';

export interface Score {
  /** Mean over the images; of independent labels over all that are known. */
  readonly loss: number;
  /** Share of images whose largest logit is the label's, in [0, 1]; of independent labels their mean AUC. */
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

/** Binary cross-entropy, mean over the known labels, and mean AUC of logits [n, labels] against marks (1, 0; −1 is not known), in float64. */
export function scoreMarks(logits: Float32Array, marks: Int8Array, labels: number): Score {
  let [sum, known] = [0, 0];
  for (let i = 0; i < marks.length; i++) {
    if (marks[i]! < 0) continue;
    known++;
    sum += softplus(marks[i] === 1 ? -logits[i]! : logits[i]!);
  }
  return { loss: sum / known, accuracy: meanAucOf(logits, marks, labels)(null) };
}

/** How good an epoch's own batches were predicted, each before its update. */
export interface Tally {
  add(logits: Float32Array, targets: Float32Array): void;
  accuracy(): number;
}

/** Share of right answers, or of independent labels the mean AUC over all images of the epoch. */
export function openTally(batch: number, classes: number, multiLabel: boolean): Tally {
  if (multiLabel) return aucTally(classes);
  let [right, seen] = [0, 0];
  return {
    add(logits, targets) {
      right += rightAnswers(logits, targets, batch);
      seen += batch;
    },
    accuracy: () => right / seen,
  };
}

function aucTally(labels: number): Tally {
  const [logits, targets]: [Float32Array[], Float32Array[]] = [[], []];
  const joined = (parts: readonly Float32Array[]) => {
    const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
    return whole;
  };
  return {
    add(some, wanted) {
      logits.push(some.slice());
      targets.push(wanted.slice());
    },
    accuracy: () => meanAucOf(joined(logits), joined(targets), labels)(null),
  };
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

/** −log σ(z) for the label, −log σ(−z) elsewhere. */
function binaryCrossEntropy(row: Float32Array, label: number): number {
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += softplus(j === label ? -row[j]! : row[j]!);
  return sum / row.length;
}

/** log(1 + exp x) = max(x, 0) + log(1 + exp(−|x|)) = −log σ(−x). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
