import type { Split } from '../data/dataset.js';
import { InputError } from '../tensor/input-error.js';
import type { Subject } from './analysis.js';
import { featureReader } from './features.js';
import { drawn, subset } from './images.js';
import { linearProbe } from './linear-probe.js';
import { logme } from './logme.js';
import { nearestNeighbours } from './nearest-neighbours.js';
import { mean } from './statistics.js';

/** What P's features after one epoch say of the target, without fine-tuning. Accuracies on test images; null where labels are independent. */
export interface Predictors {
  readonly epoch: number;
  readonly logme: number | null;
  readonly probe: number | null;
  readonly neighbours: number | null;
  /** Training and test images that were looked at. */
  readonly n: readonly [train: number, test: number];
}

export interface PredictorOptions {
  readonly samples: number | null;
  readonly neighbours: number;
}

/** Features are what enters P's head: the last module before it, each channel's mean. The same images at every epoch. */
export async function predictorsOf(
  subject: Subject,
  epochs: readonly number[],
  { samples, neighbours }: PredictorOptions,
  done: (share: number) => void,
): Promise<Predictors[]> {
  const { data, seed, runs } = subject;
  if (data.multiLabel) return epochs.map((epoch) => ({ epoch, logme: null, probe: null, neighbours: null, n: [0, 0] }));
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
      const labelled = { features: known, size: known.length / train.ids.length, labels: train.labels, classes: data.classes.length };
      const accuracy = (predicted: Int32Array) => mean(predicted.map((label, i) => (label === test.labels[i] ? 1 : 0)));
      found.push({
        epoch,
        logme: logme(labelled),
        probe: accuracy(linearProbe(labelled).predict(asked)),
        neighbours: accuracy(nearestNeighbours(labelled, asked, neighbours)),
        n: [train.ids.length, test.ids.length],
      });
      done(found.length / epochs.length);
    }
    return found;
  } finally {
    await reader.release();
  }
}
