import type { Tensor } from '../tensor/tensor.js';
import { float32, floats } from '../tensor/tensor.js';
import type { Session } from './session.js';

/** What a forward pass needs of a batch: images, and −1 as the index of every padded row. */
export interface Inputs {
  readonly images: Float32Array;
  readonly indices: Int32Array;
}

/**
 * Runs a network over batches with these parameters and returns its logits, float32 [images, classes] row by row in the batches' order;
 * padded rows are left out. The session's graph takes `images` and the parameters and gives `logits`.
 */
export async function forward(
  session: Session,
  params: ReadonlyMap<string, Tensor>,
  batches: AsyncIterable<Inputs>,
): Promise<Float32Array> {
  const images = session.graph.inputs.find(({ name }) => name === 'images');
  const logits = session.graph.outputs.find(({ name }) => name === 'logits');
  if (!images || !logits) throw new Error('internal: forward: the graph must have an input images and an output logits');
  const classes = logits.dims[1]!;
  const parts: Float32Array[] = [];
  for await (const batch of batches) {
    const feeds = new Map(params).set('images', float32(images.dims, batch.images));
    const rows = floats((await session.run(feeds, ['logits'])).get('logits'), 'logits');
    parts.push(withoutPadding(rows, batch.indices, classes));
  }
  return concatenate(parts);
}

/** Padding comes last in a batch. */
function withoutPadding(rows: Float32Array, indices: Int32Array, classes: number): Float32Array {
  const padding = indices.indexOf(-1);
  return padding < 0 ? rows : rows.subarray(0, padding * classes);
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
