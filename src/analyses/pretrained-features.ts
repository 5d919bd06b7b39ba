import type { Split } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import type { Subject } from './analysis.js';
import { featureReader } from './features.js';
import { drawn, subset } from './images.js';
import { linearProbe } from './linear-probe.js';
import { logme } from './logme.js';
import { markPredictors } from './mark-predictors.js';
import { nearestNeighbours } from './nearest-neighbours.js';
import { mean } from './statistics.js';

/** What P's features after one epoch say of the target, without fine-tuning. Accuracies on test images; mean AUCs where labels are independent. */
export interface Predictors {
  readonly epoch: number;
  readonly logme: number | null;
  readonly probe: number | null;
  readonly neighbours: number | null;
  /** Training and test images that were looked at. */
  readonly n: readonly [train: number, test: number];
}

/** What may foretell a fine-tuned accuracy, by columns of the rows. */
export const PREDICTORS = ['logme', 'probe', 'neighbours'] as const;
export type Predictor = (typeof PREDICTORS)[number];

export interface PredictorOptions {
  /** Those that are computed; the others are null. */
  readonly predictors: readonly Predictor[];
  readonly samples: number | null;
  readonly neighbours: number;
}

/** Features are what enters P's head: the last module before it, each channel's mean. The same images at every epoch. */
export async function predictorsOf(
  subject: Subject,
  epochs: readonly number[],
  { predictors, samples, neighbours }: PredictorOptions,
  done: (share: number) => void,
): Promise<Predictors[]> {
  const { data, seed, runs } = subject;
  const p = runs.find(({ role }) => role === 'P');
  if (!p) throw new InputError('checkpoint-choice: the study must have P, got none');
  const chosen = (name: 'train' | 'test'): Split =>
    subset(data, data.splits[name], drawn(data.splits[name].ids.length, samples, seed, 'checkpoint-choice', name));
  const [train, test] = [chosen('train'), chosen('test')];
  const module = subject.network(p, { batch: 1 }).modules.at(-2);
  if (!module) throw new InputError('checkpoint-choice: the network must have a module before its head, got none');
  const reader = await featureReader(subject, p, [module], 'gap');
  try {
    const found: Predictors[] = [];
    for (const epoch of epochs) {
      const params = await p.checkpoint(epoch);
      const read = async (split: Split) => (await reader.read(params, split)).get(module.name)!;
      const [known, asked] = [await read(train), await read(test)];
      const seen = { size: known.length / train.ids.length, classes: data.classes.length, neighbours, predictors };
      found.push({ epoch, ...told([train, known], [test, asked], seen), n: [train.ids.length, test.ids.length] });
      done(found.length / epochs.length);
    }
    return found;
  } finally {
    await reader.release();
  }
}

type Seen = readonly [images: Split, features: Float32Array];

function told(
  [train, known]: Seen,
  [test, asked]: Seen,
  {
    size,
    classes,
    neighbours,
    predictors,
  }: Pick<PredictorOptions, 'neighbours' | 'predictors'> & { readonly size: number; readonly classes: number },
): Pick<Predictors, Predictor> {
  const wanted = <T>(predictor: Predictor, compute: () => T): T | null => (predictors.includes(predictor) ? compute() : null);
  if (train.marks && test.marks) {
    const marked = (marks: Int8Array, features: Float32Array) => ({ features, size, marks, labels: classes });
    // they share their decompositions: none is left out to save time
    const found = markPredictors(marked(train.marks, known), marked(test.marks, asked), neighbours);
    return {
      logme: wanted('logme', () => found.logme),
      probe: wanted('probe', () => found.probe),
      neighbours: wanted('neighbours', () => found.neighbours),
    };
  }
  const labelled = { features: known, size, labels: train.labels, classes };
  const accuracy = (predicted: Int32Array) => mean(predicted.map((label, i) => (label === test.labels[i] ? 1 : 0)));
  return {
    logme: wanted('logme', () => logme(labelled)),
    probe: wanted('probe', () => accuracy(linearProbe(labelled).predict(asked))),
    neighbours: wanted('neighbours', () => accuracy(nearestNeighbours(labelled, asked, neighbours))),
  };
}
