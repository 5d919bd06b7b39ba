import type { Tensor } from '../tensor/tensor.js';
import { float32 } from '../tensor/tensor.js';
import { GraphBuilder } from '../onnx/builder.js';
import { NCHWC } from '../onnx/graph.js';
import { writeOnnx } from '../onnx/write.js';
import { openSession } from './onnxruntime.js';

/** Channels in a block of onnxruntime's own convolutions on this CPU; 1 when it has none. */
export type BlockSize = 16 | 8 | 1;

let known: Promise<BlockSize> | undefined;

/** Asks onnxruntime once for the block size: how many channels of one pixel it puts next to each other. */
export function blockSize(): Promise<BlockSize> {
  return (known ??= probe());
}

/** Reorders 32 channels of 2 pixels, numbered in NCHW order, so that pixel 0 holds 0, 2, 4, … and pixel 1 the odd numbers. */
async function probe(): Promise<BlockSize> {
  const b = new GraphBuilder('block-size');
  const x = b.input('x', [1, 32, 1, 2]);
  const [y] = b.node('ReorderInput', [x], {}, { domain: NCHWC, names: ['y'] });
  const feeds = new Map<string, Tensor>([
    [
      'x',
      float32(
        x.dims,
        Float32Array.from({ length: 64 }, (_, i) => i),
      ),
    ],
  ]);
  try {
    const session = await openSession(writeOnnx(b.build([y!])), { threads: 1, optimization: 'disabled' });
    try {
      const order = (await session.run(feeds, ['y'])).get('y')!.data as Float32Array;
      const block = order.indexOf(1);
      return block === 16 || block === 8 ? block : 1;
    } finally {
      await session.release();
    }
  } catch {
    return 1;
  }
}
