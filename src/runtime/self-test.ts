import { GraphBuilder } from '../onnx/builder.js';
import type { Graph } from '../onnx/graph.js';
import { VIRTUAL } from '../onnx/graph.js';
import type { LowerOptions } from '../lowering/lower.js';
import { lower } from '../lowering/lower.js';
import { writeOnnx } from '../onnx/write.js';
import { random } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { float32, sizeOf } from '../tensor/tensor.js';
import type { Provider } from './onnxruntime.js';
import { openSession } from './onnxruntime.js';
import { blockSize } from './probe.js';

let known: Promise<LowerOptions> | undefined;

/**
 * The fastest lowering that works here. The blocked ops are internal to onnxruntime, so a small network and its gradients are
 * computed both ways first (some 50 ms, once a process); when they differ, or the CPU has no blocked ops, the standard lowering serves.
 */
export function bestLowering(): Promise<LowerOptions> {
  return (known ??= choose());
}

async function choose(): Promise<LowerOptions> {
  const block = await blockSize();
  const options: LowerOptions = { kind: 'blocked', block };
  return block > 1 && (await agrees(options)) ? options : { kind: 'standard' };
}

async function agrees(options: LowerOptions): Promise<boolean> {
  try {
    return same(await results({ kind: 'standard' }), await results(options), 1e-3);
  } catch {
    return false;
  }
}

/** Throws when a provider is not here, or computes something else than the CPU does; GPUs may round factors to 10 bits (TF32). */
export async function providerAgrees(provider: Provider): Promise<void> {
  const standard: LowerOptions = { kind: 'standard' };
  // first: onnxruntime is told once a process, by its first session, whether to write errors to stderr
  const found = await results(standard, provider);
  if (!same(await results(standard), found, 5e-2)) throw new Error('results that differ from those of the CPU');
}

const same = (expected: readonly number[], actual: readonly number[], tolerance: number): boolean =>
  expected.every((x, i) => Math.abs(x - actual[i]!) <= tolerance * (1 + Math.abs(x)));

function noiseFor(graph: Graph): Map<string, Tensor> {
  const stream = random(1, 'self-test');
  return new Map(
    graph.inputs.map(({ name, dims }) => [
      name,
      float32(
        dims,
        Float32Array.from({ length: sizeOf(dims) }, () => stream.normal()),
      ),
    ]),
  );
}

/**
 * relu(conv(x, w) + dy), its max-pool, a depthwise convolution (as which average pools run), the gradients of a strided convolution and of a
 * BatchNorm behind it.
 */
function sample(): Graph {
  const b = new GraphBuilder('self-test');
  const [x, w] = [b.input('x', [16, 16, 4, 4]), b.input('w', [32, 16, 3, 3])];
  const dy = b.input('dy', [16, 32, 2, 2]);
  const window = { strides: [2, 2], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1 };
  const y = b.op.Relu([b.op.Add([b.op.Conv([x, w], window), dy])]);
  const [dx] = b.node('ConvInputGrad', [dy, w], { ...window, shape: x.dims }, { domain: VIRTUAL });
  const [dw] = b.node('ConvWeightGrad', [x, dy], { ...window, shape: w.dims }, { domain: VIRTUAL });
  const pooled = b.op.MaxPool([y], { kernel_shape: [2, 2], pads: [1, 1, 0, 0] });
  const mean = b.op.AveragePool([y], { kernel_shape: [2, 2] });
  const [dnorm] = b.node('BatchNormalizationGrad', [dy, y, b.input('scale', [32])], {}, { domain: VIRTUAL, outputs: 3 });
  return b.build([y, dx!, dw!, pooled, mean, dnorm!]);
}

/** Everything the sample gives for the same noise. */
async function results(options: LowerOptions, provider: Provider = 'cpu'): Promise<number[]> {
  const graph = sample();
  const session = await openSession(writeOnnx(lower(graph, options)), { threads: 1, optimization: 'disabled', provider });
  try {
    const outputs = await session.run(
      noiseFor(graph),
      graph.outputs.map(({ name }) => name),
    );
    return [...outputs.values()].flatMap(({ data }) => Array.from(data as Float32Array));
  } finally {
    await session.release();
  }
}
