import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gradient } from '../../src/autodiff/gradient.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Graph, Value } from '../../src/onnx/graph.js';
import { NCHWC } from '../../src/onnx/graph.js';
import { withBatchStatistics } from '../../src/onnx/edits/batch-statistics.js';
import type { LowerOptions } from '../../src/lowering/lower.js';
import { lower } from '../../src/lowering/lower.js';
import type { NetworkShape } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';
import { withLoss } from '../../src/train/losses.js';
import { assertClose } from '../support/assert-close.js';
import { BLOCK_SIZES, byDefinition, native } from '../support/blocked-by-definition.js';

interface Trained {
  readonly graph: Graph;
  readonly parameters: readonly string[];
}

const small = (batch: number, side: number): NetworkShape => ({ batch, channels: 3, height: side, width: side, classes: 5 });
const fixup = (options: object, shape: NetworkShape): Trained => buildNetwork({ architecture: 'fixup-resnet', ...options }, shape);

const resnet = (options: object, shape: NetworkShape): Trained => buildNetwork({ architecture: 'resnet', ...options }, shape);
const training = ({ graph, parameters }: Trained): Trained => ({ graph: withBatchStatistics(graph).graph, parameters });

const NETWORKS: Readonly<Record<string, () => Trained>> = {
  'fixup, small': () => fixup({ widths: [16, 32], blocks: [2, 1] }, small(32, 12)),
  'fixup, small, nothing fills a block': () => fixup({ widths: [12, 24], blocks: [1, 1] }, small(20, 12)),
  'fixup 18, narrow, 7×7 stem and max-pool': () => fixup({ depth: 18, widths: [16, 16, 32, 32] }, small(16, 64)),
  'fixup, bottlenecks': () => fixup({ widths: [8, 16], blocks: [1, 1], block: 'bottleneck', stem: '7x7' }, small(16, 24)),
  'resnet on running statistics': () => resnet({ widths: [16, 32], blocks: [2, 1] }, small(32, 12)),
  'resnet in training': () => training(resnet({ widths: [16, 32], blocks: [2, 1] }, small(32, 12))),
  'resnet in training, nothing fills a block': () => training(resnet({ widths: [12, 24], blocks: [1, 1] }, small(20, 12))),
  'resnet in training, bottlenecks, 7×7 stem and max-pool': () =>
    training(resnet({ widths: [8, 16], blocks: [1, 1], block: 'bottleneck', stem: '7x7' }, small(16, 32))),
  mlp: () => buildNetwork({ architecture: 'mlp', hidden: [32, 16] }, small(16, 4)),
  'depthwise, pools, one number a channel': separable,
  'activations between convolutions, samples and channels that do not fill blocks': activations,
};

/** What mobile networks are made of. */
function separable(): Trained {
  const b = new GraphBuilder('separable');
  const images = b.input('images', [16, 3, 16, 16]);
  const parameters: string[] = [];
  const parameter = (dims: readonly number[]) => {
    parameters.push(`p${parameters.length}`);
    return b.input(parameters.at(-1)!, dims);
  };
  const affine = (x: Value) => b.op.Add([b.op.Mul([x, parameter([1, 32, 1, 1])]), parameter([32, 1, 1])]);
  let x = b.op.Relu([affine(b.op.Conv([images, parameter([32, 3, 3, 3])], { pads: [1, 1, 1, 1] }))]);
  x = b.op.MaxPool([x], { kernel_shape: [2, 2], strides: [2, 2] });
  x = b.op.Tanh([affine(b.op.Conv([x, parameter([32, 1, 3, 3])], { pads: [1, 1, 1, 1], group: 32 }))]);
  x = b.op.AveragePool([x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  x = b.op.Conv([x, parameter([64, 16, 3, 3])], { pads: [1, 1, 1, 1], group: 2 });
  x = b.op.Sub([x, b.op.Div([x, parameter([64, 1, 1])])]);
  x = b.op.Conv([x, parameter([64, 1, 3, 3])], { strides: [2, 2], pads: [1, 1, 1, 1], group: 64 });
  const logits = b.op.Gemm([b.op.Flatten([b.op.GlobalAveragePool([x])]), parameter([5, 64])], { transB: 1 }, 'logits');
  return { graph: b.build([logits]), parameters };
}

/** Every activation that runs in the blocked layout, between convolutions. */
function activations(): Trained {
  const b = new GraphBuilder('activations');
  let x = b.input('images', [20, 3, 8, 8]);
  const parameters: string[] = [];
  const parameter = (dims: readonly number[]) => {
    parameters.push(`p${parameters.length}`);
    return b.input(parameters.at(-1)!, dims);
  };
  // what saturates comes first: values grow from layer to layer
  const functions: ((x: Value) => Value)[] = [
    (v) => b.op.Add([b.op.Sin([v]), b.op.Cos([v])]),
    (v) => b.op.PRelu([v, parameter([24, 1, 1])]),
    (v) => b.op.Clip([v, b.scalar(-1), b.scalar(2.5)]),
    (v) => b.op.HardSigmoid([v]),
    (v) => b.op.HardSwish([v]),
    (v) => b.op.LeakyRelu([v], { alpha: 0.2 }),
    (v) => b.op.Elu([v]),
    (v) => b.op.Softplus([v]),
    (v) => b.op.Mul([b.op.Mul([v, b.op.Add([b.op.Erf([b.op.Mul([v, b.scalar(Math.SQRT1_2)])]), b.scalar(1)])]), b.scalar(0.5)]),
    (v) => b.op.Mul([v, b.op.Sigmoid([v])]),
  ];
  for (const f of functions) x = f(b.op.Conv([x, parameter([24, x.dims[1]!, 3, 3]), parameter([24])], { pads: [1, 1, 1, 1] }));
  const logits = b.op.Gemm([b.op.Flatten([b.op.GlobalAveragePool([x])]), parameter([5, 24])], { transB: 1 }, 'logits');
  return { graph: b.build([logits]), parameters };
}

function feedsOf(graph: Graph): Map<string, Tensor> {
  return new Map(
    graph.inputs.map(({ name, dims }) => {
      const stream = random(7, 'agreement', name);
      const fanIn = Math.max(1, sizeOf(dims.slice(1)));
      const draw = (): number => {
        if (name === 'images') return stream.normal();
        if (name === 'targets') return 1 / dims[1]!;
        // a variance is positive
        return name.endsWith('running_var') ? Math.exp(stream.normal()) : stream.normal() / Math.sqrt(fanIn) + 0.02;
      };
      return [
        name,
        float32(
          dims,
          Float32Array.from({ length: sizeOf(dims) }, () => draw()),
        ),
      ];
    }),
  );
}

async function run(lowered: Graph): Promise<ReadonlyMap<string, Tensor>> {
  const session = await compile(lowered, { threads: 1, lowering: 'standard', optimization: 'disabled' });
  const result = await session.run(feedsOf(lowered));
  await session.release();
  return result;
}

for (const { name: size, block, runnable } of BLOCK_SIZES) {
  describe(`both lowerings agree on the loss, logits and every gradient, ${size}`, () => {
    for (const [name, build] of Object.entries(NETWORKS)) {
      test(name, async () => {
        const { graph, parameters } = build();
        const step = gradient(withLoss(graph, 'cross-entropy'), { of: 'loss', wrt: ['images', ...parameters] });
        const options: LowerOptions = { kind: 'blocked', block, mostPadding: 4 };
        const lowered = lower(step, options);
        assert.equal(lowered.nodes.some(({ domain }) => domain === NCHWC), name !== 'mlp', 'convolutions run blocked'); // prettier-ignore
        const [expected, actual] = [await run(lower(step)), await run(runnable(lowered))];
        for (const [output, { dims, data }] of expected) {
          assert.deepEqual(actual.get(output)!.dims, dims);
          const [a, e] = [floats(actual.get(output), output), data as Float32Array];
          const norm = Math.sqrt(e.reduce((sum, x) => sum + x * x, 0));
          const error = Math.sqrt(e.reduce((sum, x, i) => sum + (a[i]! - x) ** 2, 0));
          assert.ok(norm > 0, `${output} is not zero`);
          assert.ok(error <= 1e-4 * norm, `${output}: relative error ${error / norm}`);
        }
      });
    }
  });
}

test('blocked ops by definition compute what the kernels of this CPU do', { skip: native === 1 }, async () => {
  for (const name of ['resnet in training, bottlenecks, 7×7 stem and max-pool', 'depthwise, pools, one number a channel']) {
    const { graph, parameters } = NETWORKS[name]!();
    const step = gradient(withLoss(graph, 'cross-entropy'), { of: 'loss', wrt: ['images', ...parameters] });
    const lowered = lower(step, { kind: 'blocked', block: native, mostPadding: 4 });
    const [expected, actual] = [await run(lowered), await run(byDefinition(lowered, native))];
    for (const [output, { data }] of expected) {
      const size = Math.max(...(data as Float32Array).map(Math.abs));
      assertClose(floats(actual.get(output), output), data as Float32Array, { absolute: 1e-4 * size }, `${name}: ${output}`);
    }
  }
});
