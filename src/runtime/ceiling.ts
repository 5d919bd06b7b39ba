import { GraphBuilder } from '../onnx/builder.js';
import type { Tensor } from '../tensor/tensor.js';
import { float32, sizeOf } from '../tensor/tensor.js';
import { compile } from './compile.js';
import { profile } from './profile.js';

// one output row of 16 × 16 samples, 256 channels in and out: large enough to be all arithmetic, small enough for the caches
const X = [16, 256, 16, 16];
const W = [256, 256, 3, 3];

/** Floating-point operations a second of onnxruntime's convolution kernel at its best on this machine: a share of it is what an op reaches. */
export async function kernelCeiling(threads: number): Promise<number> {
  const b = new GraphBuilder('ceiling');
  const [x, w] = [b.input('x', X), b.input('w', W)];
  const graph = b.build([b.op.Conv([x, w], { pads: [1, 1, 1, 1] }, 'y')]);
  const ones = (dims: readonly number[]) => float32(dims, new Float32Array(sizeOf(dims)).fill(1));
  const feeds = new Map<string, Tensor>([
    ['x', ones(X)],
    ['w', ones(W)],
  ]);
  const { nodes } = await profile(
    async (path) => {
      const session = await compile(graph, { threads, profile: path });
      return { run: () => session.run(feeds), release: () => session.release() };
    },
    { warmUp: 3, runs: 20 },
  );
  const speeds = nodes.filter(({ flops }) => flops > 0).map(({ flops, leastMs }) => flops / (leastMs / 1000));
  if (speeds.length === 0) throw new Error('internal: ceiling: the profile must hold the convolution');
  return Math.max(...speeds);
}
