import { random } from '../tensor/random.js';
import type { TransformSpec } from './dataset.js';
import { normalizationTable, normalize } from './transforms/normalize.js';
import { parseTransforms } from './transforms/parse-transforms.js';
import type { Shuffle } from './shuffle.js';
import { permute, shuffleOrder } from './shuffle.js';
import { pipeline } from './transforms/pipeline.js';
import type { ImageShape } from './transforms/transform.js';
import { pixelsOf } from './transforms/transform.js';

/** Everything that batches are made of; plain data, so that it can be handed to a thread. */
export interface BatchSource {
  readonly pixels: Uint8Array;
  readonly labels: Int32Array;
  /** Independent labels, instead of `labels`. */
  readonly marks?: Int8Array;
  readonly classes: number;
  readonly shape: ImageShape;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augment: readonly TransformSpec[];
  readonly shuffle?: Shuffle;
}

/** Chance by (seed, epoch, image): an image is transformed alike whichever batch it is in and whenever that is made. */
export interface Chance {
  readonly seed: number;
  readonly epoch: number;
}

export interface FilledBatch {
  readonly images: Float32Array;
  readonly targets: Float32Array;
}

/** Makes batches of the images at `indices` (−1: zeros) in new memory. With `chance` as training sees them, without as evaluation does. */
export function batchFiller(source: BatchSource, chance?: Chance): (indices: Int32Array) => FilledBatch {
  const { pixels, labels, marks, classes, mean, std } = source;
  const transforms = parseTransforms(source.augment, source.shape);
  const transform = pipeline(transforms);
  const shape = transforms.at(-1)?.to ?? source.shape;
  const [before, after] = [pixelsOf(source.shape), pixelsOf(shape)];
  const order = source.shuffle && shuffleOrder(source.shuffle, shape);
  const unshuffled = new Float32Array(order ? after : 0);
  const table = normalizationTable(mean, std);
  checkSource(source, before);
  return (indices) => {
    const images = new Float32Array(indices.length * after);
    const targets = new Float32Array(indices.length * classes);
    indices.forEach((index, i) => {
      if (index < 0) return;
      const image = pixels.subarray(index * before, (index + 1) * before);
      const rng = chance && transforms.length > 0 ? random(chance.seed, 'augment', chance.epoch, index) : null;
      if (order) {
        normalize(transform(image, rng), table, unshuffled, 0);
        permute(unshuffled, order, images, i * after);
      } else normalize(transform(image, rng), table, images, i * after);
      if (marks) targets.set(marks.subarray(index * classes, (index + 1) * classes), i * classes);
      else targets[i * classes + labels[index]!] = 1;
    });
    return { images, targets };
  };
}

function checkSource({ pixels, labels, marks, classes, mean, std, shape }: BatchSource, imageSize: number): void {
  if (pixels.length !== labels.length * imageSize) {
    throw new Error(`internal: batches: ${labels.length} images of ${imageSize} must have as many pixels, got ${pixels.length}`);
  }
  if (mean.length !== shape.channels || std.length !== shape.channels || std.some((s) => !(s > 0))) {
    throw new Error(
      `internal: batches: mean and std must be given for ${shape.channels} channels and std > 0, got ${mean.join()} and ${std.join()}`,
    );
  }
  if (marks) {
    if (marks.length === labels.length * classes) return;
    throw new Error(`internal: batches: ${labels.length} images of ${classes} labels must have as many marks, got ${marks.length}`);
  }
  const wrong = labels.find((label) => !(label >= 0 && label < classes));
  if (wrong !== undefined) throw new Error(`internal: batches: a label must lie in [0, ${classes}), got ${wrong}`);
}
