import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Attributes } from '../../src/onnx/builder.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { NCHWC, VIRTUAL } from '../../src/onnx/graph.js';
import { lower } from '../../src/lowering/lower.js';
import { blockSize } from '../../src/runtime/probe.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import type { BlockSizeCase } from '../support/blocked-by-definition.js';
import { BLOCK_SIZES } from '../support/blocked-by-definition.js';
import type { Geometry } from '../support/naive-pooling.js';
import { averagePool, averagePoolGrad, maxPool, maxPoolGrad, outOf } from '../support/naive-pooling.js';

const block = await blockSize();
const skip = block === 1 ? 'this CPU has no blocked convolutions' : false;
const stream = random(5, 'blocked pooling');
const draw = (dims: readonly number[]) => float32(dims, Float32Array.from({ length: sizeOf(dims) }, stream.normal));
/** Few distinct values, negative ones too, so that windows hold ties and padding may not win. */
const drawTies = (dims: readonly number[]) =>
  float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => stream.integer(4) - 3.5),
  );

const one = (g: Partial<Geometry>): Geometry => ({
  x: [16, 16, 6, 8],
  kernel: [3, 3],
  strides: [2, 2],
  dilations: [1, 1],
  pads: [1, 1, 1, 1],
  ...g,
});

const FORMS: Readonly<Record<string, Geometry>> = {
  '3×3 stride 2': one({}),
  '3×3 stride 2, odd side, two blocks': one({ x: [32, 32, 7, 5] }),
  '2×2 stride 2': one({ kernel: [2, 2], pads: [0, 0, 0, 0] }),
  '2×2 stride 2, a column left over': one({ kernel: [2, 2], pads: [0, 0, 0, 0], x: [16, 16, 6, 7] }),
  '3×3 stride 1': one({ strides: [1, 1] }),
  '3×3 stride 3': one({ strides: [3, 3], pads: [0, 0, 0, 0], x: [16, 16, 7, 9] }),
  '5×2 stride 1×2, uneven padding': one({ kernel: [5, 2], strides: [1, 2], pads: [2, 1, 0, 0] }),
  '1×3 stride 2×1': one({ kernel: [1, 3], strides: [2, 1], pads: [0, 0, 0, 2] }),
  '2×2 stride 3': one({ kernel: [2, 2], strides: [3, 3], pads: [0, 0, 0, 0], x: [16, 16, 8, 8] }),
  '3×3 dilated': one({ strides: [1, 1], dilations: [2, 2], pads: [2, 2, 2, 2] }),
  'samples and channels that do not fill a block': one({ x: [12, 24, 6, 4] }),
  'whole image': one({ kernel: [6, 8], strides: [1, 1], pads: [0, 0, 0, 0] }),
};

const explicit = ({ kernel, strides, dilations, pads }: Geometry): Attributes => ({ kernel_shape: kernel, strides, dilations, pads });

/** Runs `build` on x behind a convolution that changes nothing, so that x is in the blocked layout. */
async function runBlocked(
  feeds: Readonly<Record<string, FloatTensor>>,
  build: (b: GraphBuilder) => void,
  { block: lanes, runnable }: BlockSizeCase,
  unblocked = 0,
): Promise<(name: string) => Float32Array> {
  const channels = feeds['in']!.dims[1]!;
  const identity = float32([channels, channels, 1, 1]);
  for (let c = 0; c < channels; c++) identity.data[c * channels + c] = 1;
  const all = new Map(Object.entries({ ...feeds, identity }));
  const b = new GraphBuilder('pool');
  const [x, w] = ['in', 'identity'].map((name) => b.input(name, all.get(name)!.dims));
  b.input('dy', feeds['dy']!.dims);
  b.op.Conv([x!, w!], {}, 'x');
  build(b);
  const graph = b.build(['y', 'dx'].map((name) => b.value(name)));
  const lowered = lower(graph, { kind: 'blocked', block: lanes, mostPadding: 4 });
  const left = lowered.nodes.filter(({ domain, op }) => domain !== NCHWC && /Pool|Scatter|ConvTranspose/.test(op));
  assert.equal(left.length, unblocked, `${left.map(({ op }) => op).join()} outside the blocked layout`);
  const session = await compile(runnable(lowered), { threads: 1, lowering: 'standard', optimization: 'disabled' });
  const result = await session.run(all);
  await session.release();
  return (name) => floats(result.get(name), name);
}

for (const size of BLOCK_SIZES) {
  describe(`MaxPool and its gradient, ${size.name}`, () => {
    for (const [name, g] of Object.entries(FORMS)) {
      test(name, async () => {
        const [x, dy] = [drawTies(g.x), draw([g.x[0], g.x[1], ...outOf(g)])];
        const got = await runBlocked(
          { in: x, dy },
          (b) => {
            const y = b.op.MaxPool([b.value('x')], explicit(g), 'y');
            b.node('MaxPoolGrad', [b.value('x'), y, b.value('dy')], { ...explicit(g), ceil_mode: 0 }, { domain: VIRTUAL, names: ['dx'] });
          },
          size,
        );
        assert.deepEqual(got('y'), Float32Array.from(maxPool(g, x.data)));
        assertClose(got('dx'), maxPoolGrad(g, x.data, dy.data), { relative: 1e-6, absolute: 1e-6 }, name);
      });
    }
  });
}

/** Gradients of strided averages go by phases, and those want sides that the stride divides. */
const divides = ({ x, strides }: Geometry) => strides[0] === strides[1] && x[2] % strides[0] === 0 && x[3] % strides[1] === 0;

for (const size of BLOCK_SIZES) {
  describe(`AveragePool and its gradient, ${size.name}`, () => {
    for (const [name, g] of Object.entries(FORMS)) {
      // onnx 17 has no dilated averages
      if (g.dilations[0] > 1) continue;
      for (const countPads of [false, true]) {
        test(`${name}, padding ${countPads ? 'counts' : 'does not count'}`, async () => {
          const [x, dy] = [draw(g.x), draw([g.x[0], g.x[1], ...outOf(g)])];
          const attributes = { kernel_shape: g.kernel, strides: g.strides, pads: g.pads, count_include_pad: Number(countPads) };
          const build = (b: GraphBuilder) => {
            b.op.AveragePool([b.value('x')], attributes, 'y');
            b.node('AveragePoolGrad', [b.value('dy')], { ...attributes, shape: g.x }, { domain: VIRTUAL, names: ['dx'] });
          };
          const got = await runBlocked({ in: x, dy }, build, size, divides(g) ? 0 : 1);
          assertClose(got('y'), averagePool(g, x.data, countPads), { relative: 1e-5, absolute: 1e-6 }, 'y');
          assertClose(got('dx'), averagePoolGrad(g, dy.data, countPads), { relative: 1e-5, absolute: 1e-6 }, 'dx');
        });
      }
    }
  });
}

test('ceil_mode: windows that hang over', { skip }, async () => {
  const x = draw([16, 16, 6, 8]);
  const b = new GraphBuilder('ceil');
  const identity = b.op.Conv([b.input('in', x.dims), b.input('w', [16, 16, 1, 1])], {}, 'x');
  const ceil = { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 1, 0, 0], ceil_mode: 1 };
  const outputs = [0, 1].map((count) => b.op.AveragePool([identity], { ...ceil, count_include_pad: count }, `average${count}`));
  const graph = b.build([...outputs, b.op.MaxPool([identity], ceil, 'maximum')]);
  const w = float32(
    [16, 16, 1, 1],
    Float32Array.from({ length: 256 }, (_, i) => (i % 17 === 0 ? 1 : 0)),
  );
  const [expected, actual] = await Promise.all(
    (['standard', 'blocked'] as const).map(async (lowering) => {
      const session = await compile(graph, { threads: 1, lowering });
      const result = await session.run(new Map([...Object.entries({ in: x, w })]));
      await session.release();
      return result;
    }),
  );
  for (const [name, { data }] of expected!)
    assertClose(floats(actual!.get(name), name), data as Float32Array, { relative: 1e-5, absolute: 1e-6 }, name);
});
