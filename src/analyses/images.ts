import type { Batch, Dataset, Split } from '../data/dataset.js';
import { evaluationBatches } from '../data/batches.js';
import { marksAt } from '../data/marks.js';
import { random } from '../tensor/random.js';
import type { Subject } from './analysis.js';

/** Images a forward pass: bounds memory. Training scores with its own batch size, which may round a sum of logits differently. */
export const EVALUATION_BATCH = 64;

/** Float32 batches up to this size are prepared once and kept. */
const KEPT_BYTES = 256 * 2 ** 20;

/** These images of a split, by index. */
export function subset(data: Dataset, { ids, labels, marks, pixels }: Split, indices: ArrayLike<number>): Split {
  const size = data.channels * data.height * data.width;
  const chosen = Array.from(indices);
  const gathered = new Uint8Array(chosen.length * size);
  for (const [at, i] of chosen.entries()) gathered.set(pixels.subarray(i * size, (i + 1) * size), at * size);
  return {
    ids: chosen.map((i) => ids[i]!),
    labels: Int32Array.from(chosen, (i) => labels[i]!),
    ...(marks ? { marks: marksAt(marks, chosen, data.classes.length) } : {}),
    pixels: gathered,
  };
}

/** Indices of `samples` images drawn without replacement, ascending; all of them when there are no more than that, or no limit. */
export function drawn(count: number, samples: number | null, ...key: (string | number)[]): Int32Array {
  if (samples === null || samples >= count) return Int32Array.from({ length: count }, (_, i) => i);
  return random(...key, 'samples')
    .permutation(count)
    .slice(0, samples)
    .sort();
}

/** Batches of images that can be gone through again and again, prepared once when they fit into memory. */
export async function batchesOf(
  { data }: Pick<Subject, 'data'>,
  split: Split,
  batch: number = EVALUATION_BATCH,
): Promise<() => AsyncIterable<Batch>> {
  const stream = () => evaluationBatches({ dataset: data, split, batch });
  if (4 * split.ids.length * data.channels * data.height * data.width > KEPT_BYTES) return stream;
  const kept: Batch[] = [];
  for await (const each of stream()) kept.push(each);
  return async function* () {
    yield* kept;
  };
}
