import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '../../src/onnx/builder.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { VIRTUAL } from '../../src/onnx/graph.js';
import type { VIRTUAL_OPS } from '../../src/onnx/virtual-ops.js';
import { lower } from '../../src/lowering/lower.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import type { NaiveConvolution } from '../support/naive-convolution.js';
import { naiveInputGradient, naiveWeightGradient, outputDims } from '../support/naive-convolution.js';
import type { Geometry } from '../support/naive-pooling.js';
import { averagePoolGrad, maxPoolGrad, outOf } from '../support/naive-pooling.js';

const stream = random(3, 'standard lowering');
const draw = (dims: readonly number[]) => float32(dims, Float32Array.from({ length: sizeOf(dims) }, stream.normal));
/** Few distinct values, so that windows hold ties. */
const drawTies = (dims: readonly number[]) =>
  float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => stream.integer(4) - 1),
  );
const pick = <T>(values: readonly T[]): T => values[stream.integer(values.length)]!;

/** A convolution; of `filters` and `group` a pool knows nothing. */
interface Convolution extends Geometry {
  readonly filters: number;
  readonly group: number;
}

const one = (g: Partial<Convolution>): Convolution => ({
  x: [2, 3, 8, 7],
  filters: 4,
  group: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [1, 1, 1, 1],
  ...g,
});

/** What networks use, then odd corners, then draws. */
const CONVOLUTIONS: readonly Convolution[] = [
  one({}),
  one({ strides: [2, 2] }),
  one({ kernel: [1, 1], pads: [0, 0, 0, 0] }),
  one({ kernel: [1, 1], pads: [0, 0, 0, 0], strides: [2, 2] }),
  one({ kernel: [7, 7], pads: [3, 3, 3, 3], strides: [2, 2], x: [2, 3, 15, 16] }),
  one({ kernel: [5, 5], pads: [2, 2, 2, 2] }),
  one({ group: 2, x: [2, 4, 6, 6] }),
  one({ group: 4, x: [1, 4, 9, 6], strides: [2, 2] }),
  one({ group: 4, filters: 8, x: [2, 4, 6, 5] }),
  one({ dilations: [2, 2], pads: [2, 2, 2, 2] }),
  one({ kernel: [1, 1], pads: [2, 1, 0, 1] }),
  one({ kernel: [2, 2], pads: [0, 0, 0, 0], strides: [3, 3] }),
  one({ x: [1, 1, 3, 3], filters: 1, pads: [0, 0, 0, 0] }),
  ...Array.from({ length: 80 }, drawn).filter((g) => Math.min(...outOf(g)) >= 1),
];

function drawn(): Convolution {
  const group = pick([1, 1, 1, 2, 3]);
  const kernel = [pick([1, 2, 3, 5, 7]), pick([1, 2, 3, 5])] as [number, number];
  const dilations = [pick([1, 1, 2]), pick([1, 1, 2, 3])] as [number, number];
  const pad = (axis: number) => stream.integer((kernel[axis]! - 1) * dilations[axis]! + 2);
  return {
    x: [1 + stream.integer(3), group * (1 + stream.integer(3)), 5 + stream.integer(7), 5 + stream.integer(7)],
    filters: group * (1 + stream.integer(3)),
    group,
    kernel,
    strides: [pick([1, 1, 2, 3]), pick([1, 1, 2, 3])],
    dilations,
    pads: [pad(0), pad(1), pad(0), pad(1)],
  };
}

const POOLS: readonly Geometry[] = [
  one({ kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], x: [2, 3, 8, 6] }),
  one({ strides: [2, 2] }),
  one({ kernel: [1, 1], strides: [2, 2], pads: [0, 0, 0, 0] }),
  one({ kernel: [2, 3], strides: [3, 1], pads: [1, 2, 0, 1] }),
  ...Array.from({ length: 40 }, () => {
    const kernel = [pick([1, 2, 3, 5]), pick([1, 2, 3])] as [number, number];
    const pads = [0, 1, 0, 1].map((axis) => stream.integer(kernel[axis]!)) as unknown as Geometry['pads'];
    return one({ kernel, pads, strides: [pick([1, 2, 3]), pick([1, 2, 3])], x: [2, 2, 5 + stream.integer(5), 5 + stream.integer(5)] });
  }),
];

async function runVirtual(op: string, inputs: readonly FloatTensor[], attributes: Attributes): Promise<Float32Array> {
  const b = new GraphBuilder(op);
  const values = inputs.map(({ dims }, i) => b.input(`in${i}`, dims));
  const graph = b.build(b.node(op, values, attributes, { domain: VIRTUAL, names: ['out'] }));
  assert.deepEqual(lower(graph).nodes.filter(({ domain }) => domain !== ''), []); // prettier-ignore
  const session = await compile(graph, { threads: 1, lowering: 'standard' });
  const result = await session.run(new Map(inputs.map((value, i) => [`in${i}`, value])));
  await session.release();
  return floats(result.get('out'), op);
}

const explicit = ({ kernel, strides, dilations, pads }: Geometry) => ({ kernel_shape: kernel, strides, dilations, pads });
const naiveOf = ({ kernel, filters, ...g }: Convolution): NaiveConvolution => ({ ...g, w: [filters, g.x[1] / g.group, ...kernel] });

/** Every lowering but BatchNormalizationGrad's, which has a file of its own, tried on its geometries. */
const CHECKS: Readonly<Record<Exclude<(typeof VIRTUAL_OPS)[number], 'BatchNormalizationGrad'>, () => Promise<void>>> = {
  async ConvInputGrad() {
    for (const g of CONVOLUTIONS) {
      const naive = naiveOf(g);
      const [dy, w] = [draw(outputDims(naive)), draw(naive.w)];
      const dx = await runVirtual('ConvInputGrad', [dy, w], { ...explicit(g), group: g.group, shape: g.x });
      assertClose(dx, naiveInputGradient(naive, dy.data, w.data), { relative: 1e-5, absolute: 2e-5 }, JSON.stringify(g));
    }
  },
  async ConvWeightGrad() {
    for (const g of CONVOLUTIONS) {
      const naive = naiveOf(g);
      const [x, dy] = [draw(g.x), draw(outputDims(naive))];
      const dw = await runVirtual('ConvWeightGrad', [x, dy], { ...explicit(g), group: g.group, shape: naive.w });
      assertClose(dw, naiveWeightGradient(naive, x.data, dy.data), { relative: 1e-5, absolute: 5e-5 }, JSON.stringify(g));
    }
  },
  async AveragePoolGrad() {
    for (const g of POOLS) {
      const dy = draw([g.x[0], g.x[1], ...outOf(g)]);
      for (const countPads of [false, true]) {
        const attributes = { ...explicit(g), ceil_mode: 0, count_include_pad: Number(countPads), shape: g.x };
        const dx = await runVirtual('AveragePoolGrad', [dy], attributes);
        assertClose(dx, averagePoolGrad(g, dy.data, countPads), { relative: 1e-5, absolute: 1e-6 }, JSON.stringify(g));
      }
    }
  },
  async MaxPoolGrad() {
    for (const g of POOLS) {
      const [x, dy] = [drawTies(g.x), draw([g.x[0], g.x[1], ...outOf(g)])];
      const y = float32(dy.dims); // its values are not read when x is there
      const dx = await runVirtual('MaxPoolGrad', [x, y, dy], { ...explicit(g), ceil_mode: 0 });
      assertClose(dx, maxPoolGrad(g, x.data, dy.data), { relative: 1e-6, absolute: 1e-6 }, JSON.stringify(g));
    }
  },
  async ReluGrad() {
    const y = float32([7], [0, 1.1754943508222875e-38, 1e-20, 1, 3e38, Infinity, 0]);
    const dy = float32([7], [1, 2, -3, 4, 5, -6, -7]);
    assert.deepEqual([...(await runVirtual('ReluGrad', [dy, y], {}))].map((v) => v + 0), [0, 2, -3, 4, 5, -6, 0]); // prettier-ignore
  },
};

test('enough geometries', () => assert.ok(CONVOLUTIONS.length > 60, String(CONVOLUTIONS.length)));

for (const [op, check] of Object.entries(CHECKS)) test(`${op} in standard ops`, check);
