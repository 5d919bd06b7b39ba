import { InputError } from '../tensor/input-error.js';
import { random } from '../tensor/random.js';
import type { Batch, Dataset, Split, SplitName, TransformSpec } from './dataset.js';
import type { BatchSource } from './fill-batch.js';
import { batchFiller } from './fill-batch.js';
import { prefetch } from './prefetch.js';
import { transformedSize } from './transforms/parse-transforms.js';
import { pixelsOf } from './transforms/transform.js';

/** Batches that lie ready while one is computed on: fewer when they are large. */
const MOST_AHEAD = 8;
const BYTES_AHEAD = 128 * 2 ** 20;

interface BatchOptions {
  readonly dataset: Dataset;
  /** A split of the data set, or images of the same shape and classes. */
  readonly split: SplitName | Split;
  /** Images a batch. */
  readonly batch: number;
  readonly augment?: readonly TransformSpec[];
}

export interface TrainBatchOptions extends BatchOptions {
  readonly seed: number;
  readonly epoch: number;
}

/**
 * One epoch of training batches, made ahead in a thread from the call on (call it for the next epoch before evaluating this one, and that one waits
 * for nothing). The order is that of (seed, epoch), an image's augmentation that of (seed, epoch, index); the last short batch is left out.
 * Every batch is new memory. Throws InputError when the split has less than one batch, or `augment` does not fit the images.
 */
export function trainBatches({ dataset, split, batch, augment = [], seed, epoch }: TrainBatchOptions): AsyncIterableIterator<Batch> {
  const source = sourceOf({ dataset, split, augment, batch });
  const count = source.labels.length;
  const bytes = 4 * batch * pixelsOf(transformedSize(augment, source.shape));
  if (batch > count) throw new InputError(`batch: must be at most the ${count} training images, got ${batch}`);
  return prefetch({
    source: { ...source, pixels: shared(source.pixels) },
    chance: { seed, epoch },
    order: random(seed, 'order', epoch)
      .permutation(count)
      .slice(0, count - (count % batch)),
    batch,
    ahead: Math.max(1, Math.min(MOST_AHEAD, Math.floor(BYTES_AHEAD / bytes))),
  });
}

/**
 * All images in order, without chance: `augment` counts only for the size it leaves. The last batch is padded with zeros, its indices with −1.
 * Every batch is new memory.
 */
export async function* evaluationBatches({ dataset, split, batch, augment = [] }: BatchOptions): AsyncGenerator<Batch> {
  const source = sourceOf({ dataset, split, augment, batch });
  const count = source.labels.length;
  const fill = batchFiller(source);
  for (let first = 0; first < count; first += batch) {
    const began = performance.now();
    const indices = Int32Array.from({ length: batch }, (_, i) => (first + i < count ? first + i : -1));
    yield { ...fill(indices), indices, waitMs: performance.now() - began };
  }
}

function sourceOf({ dataset, split, augment, batch }: Required<BatchOptions>): BatchSource {
  if (!Number.isInteger(batch) || batch < 1) throw new InputError(`batch: must be a positive integer, got ${batch}`);
  const { channels, height, width, classes, mean, std, shuffle } = dataset;
  const { pixels, labels, marks } = typeof split === 'string' ? dataset.splits[split] : split;
  return {
    pixels,
    labels,
    ...(marks ? { marks } : {}),
    classes: classes.length,
    shape: { channels, height, width },
    mean,
    std,
    augment,
    ...(shuffle ? { shuffle } : {}),
  };
}

const copies = new WeakMap<Uint8Array, Uint8Array>();

/** The same pixels in memory that threads share; copied once if they are not. */
function shared(pixels: Uint8Array): Uint8Array {
  if (pixels.buffer instanceof SharedArrayBuffer) return pixels;
  let copy = copies.get(pixels);
  if (!copy) {
    copy = new Uint8Array(new SharedArrayBuffer(pixels.length));
    copy.set(pixels);
    copies.set(pixels, copy);
  }
  return copy;
}
