import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gradient } from '../../src/autodiff/gradient.js';
import type { LowerOptions } from '../../src/lowering/lower.js';
import { lower } from '../../src/lowering/lower.js';
import type { Graph } from '../../src/onnx/graph.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { compile } from '../../src/runtime/compile.js';
import { random } from '../../src/tensor/random.js';
import type { FloatTensor, Tensor } from '../../src/tensor/tensor.js';
import { float32, floats, sizeOf } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { BLOCK_SIZES } from '../support/blocked-by-definition.js';
import { naiveBatchNormalization } from '../support/naive-batch-normalization.js';

const EPSILON = 1e-5;
interface Lowering {
  readonly kind: string;
  readonly options: LowerOptions;
  runnable(lowered: Graph): Graph;
}
const LOWERINGS: readonly Lowering[] = [
  { kind: 'standard', options: { kind: 'standard' }, runnable: (lowered) => lowered },
  ...BLOCK_SIZES.map(({ name, block, runnable }): Lowering => ({ kind: name, options: { kind: 'blocked', block, mostPadding: 4 }, runnable })), // prettier-ignore
];

interface Form {
  readonly dims: readonly number[];
  /** Of every channel of x; by default 0. */
  readonly mean?: number;
  readonly momentum?: number;
}

const FORMS: Readonly<Record<string, Form>> = {
  images: { dims: [16, 32, 5, 6] },
  'images whose samples do not fill a block': { dims: [12, 32, 5, 3] },
  'images whose channels do not fill a block': { dims: [16, 24, 4, 4] },
  'two blocks of samples': { dims: [32, 16, 7, 9] },
  vectors: { dims: [20, 6] },
  sequences: { dims: [5, 4, 9] },
  'a mean of a thousand standard deviations': { dims: [16, 16, 8, 8], mean: 1000 },
  'running averages in the graph': { dims: [16, 16, 4, 4], momentum: 0.75 },
};

/** y, the statistics and the gradients of Σ y·v, as one graph; x comes out of a 1×1 convolution that changes nothing, as in networks. */
function graphOf({ dims, momentum = 0 }: Form, frozen: boolean) {
  const b = new GraphBuilder('normalization');
  const [x, v] = [b.input('x', dims), b.input('v', dims)];
  const [scale, bias, mean, variance] = ['scale', 'bias', 'mean', 'variance'].map((name) => b.input(name, [dims[1]!]));
  const source = dims.length === 4 ? b.op.Conv([x, b.input('identity', [dims[1]!, dims[1]!, 1, 1])]) : x;
  const attributes = frozen ? { epsilon: EPSILON } : { epsilon: EPSILON, training_mode: 1, momentum };
  const names = frozen ? ['y'] : ['y', 'new mean', 'new variance'];
  const made = b.node('BatchNormalization', [source, scale!, bias!, mean!, variance!], attributes, { names });
  const loss = b.named(b.op.ReduceSum([b.op.Mul([made[0]!, v])], { keepdims: 0 }), 'loss');
  return gradient(b.build([loss, ...made]), { of: 'loss', wrt: ['x', 'scale', 'bias'] });
}

function feedsOf({ dims, mean = 0 }: Form): Map<string, FloatTensor> {
  const stream = random(3, 'batch normalization', dims.join());
  const draw = (shape: readonly number[], of: () => number) =>
    float32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, () => of()),
    );
  const channels = [dims[1]!];
  const feeds = new Map([
    ['x', draw(dims, () => mean + stream.normal())],
    ['v', draw(dims, stream.normal)],
    ['scale', draw(channels, () => 1 + 0.3 * stream.normal())],
    ['bias', draw(channels, stream.normal)],
    ['mean', draw(channels, () => mean + stream.normal())],
    ['variance', draw(channels, () => 0.5 + stream.uniform())],
  ]);
  if (dims.length < 4) return feeds;
  const identity = float32([dims[1]!, dims[1]!, 1, 1]);
  for (let c = 0; c < dims[1]!; c++) identity.data[c * (dims[1]! + 1)] = 1;
  return feeds.set('identity', identity);
}

for (const { kind, options, runnable } of LOWERINGS) {
  describe(`BatchNormalization, ${kind}`, () => {
    for (const [name, form] of Object.entries(FORMS)) {
      for (const frozen of [false, true]) {
        if (frozen && form.momentum) continue;
        test(`${name}, ${frozen ? 'frozen' : 'training'}`, async () => {
          const feeds = feedsOf(form);
          const of = (input: string) => feeds.get(input)!.data;
          const lowered = lower(graphOf(form, frozen), options);
          assert.ok(!lowered.nodes.some(({ domain }) => domain.includes('virtual')));
          if (options.kind === 'blocked' && form.dims.length === 4) {
            const [passes, borders] = ['Conv', 'Transpose'].map((op) => lowered.nodes.filter((node) => node.op === op).length);
            assert.ok(passes! >= 3 && borders! > 0 && !lowered.nodes.some(({ op }) => op === 'BatchNormalization'), 'runs blocked');
          }
          const session = await compile(runnable(lowered), { threads: 1, lowering: 'standard', optimization: 'disabled' });
          const found = await session.run(feeds as ReadonlyMap<string, Tensor>);
          await session.release();
          const expected = naiveBatchNormalization({
            dims: form.dims,
            x: of('x'),
            dy: of('v'),
            scale: of('scale'),
            bias: of('bias'),
            epsilon: EPSILON,
            ...(frozen ? { frozen: { mean: of('mean'), variance: of('variance') } } : {}),
          });
          // the mean is a float32: half a unit in its last place is what every deviation from it is off by
          const unit = Math.max(1, form.mean ?? 0) * 2 ** -24;
          const close = (output: string, values: ArrayLike<number>, size = 1) =>
            assertClose(floats(found.get(output), output), values, { relative: 2e-5, absolute: size * (1e-5 + 8 * unit) }, output);
          close('y', expected.y);
          close('x.grad', expected.dx);
          close('scale.grad', expected.dscale, Math.sqrt(of('x').length));
          close('bias.grad', expected.dbias, Math.sqrt(of('x').length));
          if (frozen) return;
          const running = (before: string, own: Float64Array) =>
            own.map((value, c) => (form.momentum ?? 0) * of(before)[c]! + (1 - (form.momentum ?? 0)) * value);
          close('new mean', running('mean', expected.mean));
          close('new variance', running('variance', expected.variance));
        });
      }
    }
  });
}
