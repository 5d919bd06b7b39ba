import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Graph } from '../../src/onnx/graph.js';
import { NCHWC, VIRTUAL } from '../../src/onnx/graph.js';
import { lower } from '../../src/lowering/lower.js';
import { compile } from '../../src/runtime/compile.js';
import { blockSize } from '../../src/runtime/probe.js';
import { random } from '../../src/tensor/random.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, sizeOf } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { BLOCK_SIZES } from '../support/blocked-by-definition.js';
import type { NaiveConvolution } from '../support/naive-convolution.js';
import { naiveConvolution, naiveInputGradient, naiveWeightGradient, outputDims } from '../support/naive-convolution.js';

const block = await blockSize();
const options = { kind: 'blocked', block, mostPadding: 4 } as const;
const skip = block === 1 ? 'this CPU has no blocked convolutions' : false;

type Form = Partial<Omit<NaiveConvolution, 'x' | 'w'>> & {
  n?: number;
  c?: number;
  k?: number;
  side?: [number, number];
  kernel: [number, number];
};

const FORMS: Readonly<Record<string, Form>> = {
  '3×3': { kernel: [3, 3], pads: [1, 1, 1, 1] },
  '3×3, wide image': { kernel: [3, 3], pads: [1, 1, 1, 1], n: 16, side: [4, 20] },
  '3×3, two blocks of samples and channels': { kernel: [3, 3], pads: [1, 1, 1, 1], n: 32, c: 32, k: 48, side: [5, 4] },
  '3×3, no padding': { kernel: [3, 3], pads: [0, 0, 0, 0], side: [6, 5] },
  '3×3, uneven padding': { kernel: [3, 3], pads: [2, 0, 1, 1], side: [5, 6] },
  '1×1': { kernel: [1, 1] },
  '5×5': { kernel: [5, 5], pads: [2, 2, 2, 2], side: [6, 6] },
  '2×4': { kernel: [2, 4], pads: [1, 1, 0, 2], side: [6, 6] },
  '3×3 stride 2': { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], side: [8, 6] },
  '1×1 stride 2': { kernel: [1, 1], strides: [2, 2], side: [6, 8] },
  '7×7 stride 2': { kernel: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3], side: [12, 10] },
  '2×2 stride 2': { kernel: [2, 2], strides: [2, 2], side: [6, 6] },
  '3×3 stride 3': { kernel: [3, 3], strides: [3, 3], pads: [0, 0, 0, 0], side: [9, 6] },
  '3×3 stride 2, odd side': { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], side: [7, 5] },
  '3×3 stride 2×1': { kernel: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1], side: [6, 5] },
  '3×3 dilated': { kernel: [3, 3], dilations: [2, 2], pads: [2, 2, 2, 2], side: [7, 6] },
  'image of 3 channels': { kernel: [3, 3], pads: [1, 1, 1, 1], c: 3 },
  'image of 3 channels, 7×7 stride 2': { kernel: [7, 7], strides: [2, 2], pads: [3, 3, 3, 3], c: 3, side: [10, 12] },
  'image of 1 channel': { kernel: [5, 5], c: 1, side: [8, 8] },
  'more pads than kernel': { kernel: [1, 1], pads: [1, 1, 1, 1] },
  depthwise: { kernel: [3, 3], pads: [1, 1, 1, 1], c: 32, k: 32, group: 32 },
  'depthwise, stride 2': { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], n: 32, side: [6, 8], group: 16 },
  'depthwise, wide, 5×3, one side odd': { kernel: [5, 3], strides: [1, 2], pads: [2, 1, 2, 1], side: [5, 21], group: 16 },
  'depthwise, two filters a channel': { kernel: [3, 3], pads: [1, 1, 1, 1], k: 32, group: 16 },
  'groups of 32 to 16 channels, stride 2': { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], c: 64, k: 32, group: 2, side: [6, 4] },
  groups: { kernel: [3, 3], pads: [1, 1, 1, 1], c: 32, k: 32, group: 2 },
  'channels that do not fill a block': { kernel: [3, 3], pads: [1, 1, 1, 1], c: 24, k: 20 },
  'samples that do not fill a block': { kernel: [3, 3], pads: [1, 1, 1, 1], n: 20 },
  'neither fills a block, stride 2': { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], n: 12, c: 14, k: 28, side: [6, 4] },
  'image of 3 channels, 20 filters, 12 samples': { kernel: [3, 3], pads: [1, 1, 1, 1], n: 12, c: 3, k: 28 },
  'depthwise that does not fill a block': { kernel: [3, 3], pads: [1, 1, 1, 1], n: 12, c: 24, k: 24, group: 24 },
  'too few samples': { kernel: [3, 3], pads: [1, 1, 1, 1], n: 3 },
};

/** What is left to the standard lowering with blocks of 16. */
const STANDARD: Readonly<Record<string, readonly ('y' | 'dx' | 'dw')[]>> = {
  '3×3 stride 2, odd side': ['dx'],
  '3×3 stride 2×1': ['dx'],
  '3×3 dilated': ['dw'],
  'image of 3 channels': ['dx'],
  'image of 3 channels, 7×7 stride 2': ['dx'],
  'image of 1 channel': ['dx'],
  'image of 3 channels, 20 filters, 12 samples': ['dx'],
  'more pads than kernel': ['dx'],
  'depthwise, wide, 5×3, one side odd': ['dx'],
  'depthwise, two filters a channel': ['y', 'dx', 'dw'],
  'groups of 32 to 16 channels, stride 2': ['dw'],
  groups: ['dw'],
  'too few samples': ['y', 'dx', 'dw'],
};

const complete = ({
  n = 16,
  c = 16,
  k = 16,
  side = [4, 5],
  kernel,
  strides = [1, 1],
  dilations = [1, 1],
  pads = [0, 0, 0, 0],
  group = 1,
}: Form): NaiveConvolution => ({
  x: [n, c, ...side],
  w: [k, c / group, ...kernel],
  strides,
  dilations,
  pads,
  group,
});

const noise = (name: string, dims: readonly number[]) => {
  const stream = random(1, 'blocked', name);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => stream.normal()),
  );
};

/** Outputs that go through a standard convolution or matrix product. */
function standardParts(graph: Graph): string[] {
  const standard = new Set<string>();
  for (const { domain, op, inputs, outputs } of graph.nodes) {
    const heavy = domain === '' && ['Conv', 'ConvTranspose', 'MatMul', 'Gemm'].includes(op);
    if (heavy || inputs.some((name) => standard.has(name))) for (const name of outputs) standard.add(name);
  }
  return graph.outputs.map(({ name }) => name).filter((name) => standard.has(name));
}

async function run(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>> {
  const session = await compile(graph, { threads: 1, lowering: 'standard' });
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

for (const { name: size, block: lanes, runnable } of BLOCK_SIZES) {
  describe(`convolutions and their gradients, ${size}`, () => {
    for (const [name, form] of Object.entries(FORMS)) {
      test(name, async () => {
        const conv = complete(form);
        const y = outputDims(conv);
        const attributes = {
          kernel_shape: conv.w.slice(2),
          strides: conv.strides,
          dilations: conv.dilations,
          pads: conv.pads,
          group: conv.group,
        };
        const feeds = new Map([
          ['x', noise('x', conv.x)],
          ['w', noise('w', conv.w)],
          ['dy', noise('dy', y)],
        ]);
        const b = new GraphBuilder('conv');
        const [x, w, dy] = [...feeds].map(([input, { dims }]) => b.input(input, dims));
        b.op.Conv([x!, w!], attributes, 'y');
        b.node('ConvInputGrad', [dy!, w!], { ...attributes, shape: conv.x }, { domain: VIRTUAL, names: ['dx'] });
        b.node('ConvWeightGrad', [x!, dy!], { ...attributes, shape: conv.w }, { domain: VIRTUAL, names: ['dw'] });
        const lowered = lower(b.build(['y', 'dx', 'dw'].map((output) => b.value(output))), { ...options, block: lanes });
        if (lanes === 16) assert.deepEqual(standardParts(lowered), STANDARD[name] ?? [], 'what runs in the standard layout');
        const got = await run(runnable(lowered), feeds);

        const of = (input: string) => feeds.get(input)!.data;
        const expected = {
          y: naiveConvolution(conv, of('x'), of('w')),
          dx: naiveInputGradient(conv, of('dy'), of('w')),
          dw: naiveWeightGradient(conv, of('x'), of('dy')),
        };
        for (const [output, values] of Object.entries(expected)) {
          assertClose(got.get(output)!.data as Float32Array, values, { relative: 1e-4, absolute: 1e-4 }, output);
        }
      });
    }
  });
}

test(
  'bias, residual and ReLU are folded into the convolution, gradients of a strided pair are added before they are joined',
  { skip },
  async () => {
    const b = new GraphBuilder('block');
    const x = b.input('x', [16, 16, 6, 6]);
    const w = b.input('w', [16, 16, 3, 3]);
    const bias = b.input('bias', [16]);
    const y = b.op.Relu([b.op.Add([b.op.Conv([x, w, bias], { pads: [1, 1, 1, 1] }), x])], {}, 'y');
    const dy = b.input('dy', [16, 16, 3, 3]);
    const v = b.input('v', [16, 16, 1, 1]);
    const strided = (weight: typeof w, pad: number) =>
      b.node(
        'ConvInputGrad',
        [dy, weight],
        { strides: [2, 2], dilations: [1, 1], pads: [pad, pad, pad, pad], group: 1, shape: [16, 16, 6, 6] },
        { domain: VIRTUAL },
      )[0]!;
    const dx = b.op.Add([strided(w, 1), strided(v, 0)], {}, 'dx');
    const graph = b.build([y, dx]);
    const lowered = lower(graph, options);
    assert.deepEqual(
      lowered.nodes.filter(({ domain, op }) => domain === '' && (op === 'Relu' || op === 'Add')).map(({ op }) => op),
      [],
      'no Relu and no Add is left',
    );
    assert.equal(lowered.nodes.filter(({ domain, op }) => domain === NCHWC && op === 'Conv').length, 1 + 4 + 1);

    const feeds = new Map(graph.inputs.map(({ name, dims }) => [name, noise(name, dims)]));
    const of = (name: string) => feeds.get(name)!.data as Float32Array;
    const conv = complete({ kernel: [3, 3], pads: [1, 1, 1, 1], side: [6, 6] });
    const sums = naiveConvolution(conv, of('x'), of('w')).map((value, i) =>
      Math.max(0, value + of('bias')[Math.floor(i / 36) % 16]! + of('x')[i]!),
    );
    const one = naiveInputGradient({ ...conv, strides: [2, 2] }, of('dy'), of('w'));
    const two = naiveInputGradient({ ...conv, w: [16, 16, 1, 1], strides: [2, 2], pads: [0, 0, 0, 0] }, of('dy'), of('v'));
    const got = await run(lowered, feeds);
    assertClose(got.get('y')!.data as Float32Array, sums, { relative: 1e-4, absolute: 1e-4 }, 'y');
    assertClose(
      got.get('dx')!.data as Float32Array,
      one.map((value, i) => value + two[i]!),
      { relative: 1e-4, absolute: 1e-4 },
      'dx',
    );
  },
);

test('one number a channel: sums, differences, products and quotients with images', { skip }, async () => {
  const b = new GraphBuilder('channels');
  const x = b.input('x', [16, 32, 3, 5]);
  const c = b.input('c', [1, 32, 1, 1]);
  const d = b.input('d', [32, 1, 1]);
  let y = b.op.Conv([x, b.input('w', [32, 32, 1, 1])], {}, 'conv');
  y = b.op.Add([y, c]);
  y = b.op.Mul([d, y]);
  y = b.op.Sub([y, d]);
  y = b.op.Sub([c, y]);
  y = b.op.Div([y, d], {}, 'y');
  const graph = b.build([y, b.value('conv')]);
  const lowered = lower(graph, options);
  assert.equal(lowered.nodes.filter(({ domain, op }) => domain === NCHWC && op === 'Conv').length, 1 + 5);
  const feeds = new Map(graph.inputs.map(({ name, dims }) => [name, noise(name, dims)]));
  const got = await run(lowered, feeds);
  const of = (name: string) => feeds.get(name)!.data as Float32Array;
  const expected = (got.get('conv')!.data as Float32Array).map((value, i) => {
    const channel = Math.floor(i / 15) % 32;
    const [p, q] = [of('c')[channel]!, of('d')[channel]!];
    return (p - (q * (value + p) - q)) / q;
  });
  assertClose(got.get('y')!.data as Float32Array, expected, { relative: 1e-4, absolute: 1e-5 }, 'y');
});

test('what lies in the padding of samples and channels is never counted', { skip }, async () => {
  const b = new GraphBuilder('padding');
  const x = b.input('x', [12, 12, 3, 4]);
  const bias = b.input('bias', [12]);
  const y = b.op.Add([b.op.Conv([x, b.input('w', [12, 12, 3, 3]), bias], { pads: [1, 1, 1, 1] }), b.input('scalar', [1])], {}, 'y');
  const positive = b.op.Sqrt([b.op.Exp([b.op.Tanh([y])])]);
  const attributes = { strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1], group: 1, shape: [12, 12, 3, 3] };
  const grad = (from: typeof x, by: typeof x, name: string) =>
    b.node('ConvWeightGrad', [from, by], attributes, { domain: VIRTUAL, names: [name] })[0]!;
  const graph = b.build([
    y,
    b.op.ReduceSum([y], { keepdims: 0 }, 'all'),
    b.op.ReduceSum([y, b.ints([0, 2, 3])], {}, 'channels'),
    b.op.GlobalAveragePool([y], {}, 'mean'),
    b.op.ReduceSum([b.op.Div([y, positive]), b.ints([0, 2, 3])], {}, 'quotient'),
    b.op.MaxPool([y], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, 'maximum'),
    grad(x, y, 'dirty dy'),
    grad(y, x, 'dirty x'),
    grad(y, y, 'both dirty'),
  ]);
  const feeds = new Map(graph.inputs.map(({ name, dims }) => [name, noise(name, dims)]));
  const lowered = lower(graph, options);
  assert.ok(lowered.nodes.some(({ domain, op }) => domain === NCHWC && op === 'MaxPool'));
  const got = await run(lowered, feeds);
  for (const [name, { data }] of await run(lower(graph), feeds)) {
    assertClose(got.get(name)!.data as Float32Array, data as Float32Array, { relative: 1e-4, absolute: 1e-3 }, name);
  }
});
