// What an .onnx file must be to become a network: refusals name the node and the reason.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { buildNetwork } from '../../src/models/networks.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Value } from '../../src/onnx/graph.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { compile } from '../../src/runtime/compile.js';
import type { Type } from '../../src/tensor/tensor.js';
import { float32, int64, sizeOf, tensor } from '../../src/tensor/tensor.js';
import { compileStep } from '../../src/train/step.js';

const folder = mkdtempSync(join(tmpdir(), 'carryover-onnx-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const SHAPE = { batch: 4, channels: 3, height: 8, width: 8, classes: 5 };

interface Form {
  readonly dims?: readonly number[];
  readonly type?: Type;
  readonly domains?: Readonly<Record<string, number>>;
  /** Written without shape inference: the library may not know the op. */
  readonly foreign?: { readonly op: string; readonly domain?: string };
}

let serial = 0;
/** A file whose graph is x → body → logits, and the network from it. */
function networkOf(
  body: (b: GraphBuilder, x: Value) => Value,
  { dims = [1, 3, 8, 8], type = 'float32', foreign, domains = {} }: Form = {},
  options = {},
) {
  const b = new GraphBuilder('net', { '': 17, ...domains });
  const graph = b.build([body(b, b.input('x', dims, type))]);
  const nodes = graph.nodes.map((node) => (foreign && node.name === 'foreign' ? { ...node, domain: '', ...foreign } : node));
  const file = join(folder, `${++serial}.onnx`);
  writeFileSync(file, writeOnnx({ ...graph, nodes }));
  return buildNetwork({ architecture: 'onnx', file, ...options }, SHAPE);
}

const weights = (b: GraphBuilder, name: string, dims: readonly number[]): Value =>
  b.initializer(
    name,
    float32(
      dims,
      Float32Array.from({ length: sizeOf(dims) }, (_, i) => ((i * 7) % 11) / 11 - 0.4),
    ),
  );

const linear = (b: GraphBuilder, x: Value, name = 'fc'): Value =>
  b.op.Gemm([x, weights(b, `${name}.weight`, [5, x.dims[1]!]), weights(b, `${name}.bias`, [5])], { transB: 1 }, `${name}.out`);

const pooled = (b: GraphBuilder, x: Value): Value => b.op.Flatten([b.op.GlobalAveragePool([x])]);

test('one float32 input of images', () => {
  assert.throws(
    () => networkOf((b, x) => linear(b, b.op.Add([pooled(b, x), pooled(b, b.input('extra', [1, 3, 8, 8]))]))),
    /one input, the images, got x, extra$/,
  );
  assert.throws(() => networkOf((b, x) => linear(b, x), { dims: [1, 3] }), /input x must have 4 dimensions .*, got 2$/);
  assert.throws(
    () => networkOf((b, x) => linear(b, pooled(b, x)), { dims: [1, 3, 8, 16] }),
    /images must be 3x8x16 as the file fixes its input "x" .*, got 3x8x8$/,
  );
  assert.throws(
    () => networkOf((b, x) => linear(b, pooled(b, b.op.Cast([x], { to: 1 }))), { type: 'float64' }),
    /input x must be float32, got float64/,
  );
});

test('double precision, integer arithmetic, ops of a runtime', () => {
  const double = (b: GraphBuilder, x: Value) => {
    const w = b.initializer('conv.weight', tensor('float64', [2, 3, 1, 1], new Float64Array(6)));
    return linear(b, pooled(b, b.op.Cast([b.op.Conv([b.op.Cast([x], { to: 11 }), w], {}, 'conv')], { to: 1 })));
  };
  assert.throws(() => networkOf(double), /Conv \(node conv\): conv\.weight must be float32, got float64 \(export in float32\)$/);
  const with_ =
    (op: string, domain = '') =>
    () =>
      networkOf((b, x) => linear(b, pooled(b, b.op.Relu([x], {}, 'foreign'))), {
        foreign: { op, domain },
        domains: domain ? { [domain]: 1 } : {},
      });
  assert.throws(with_('DynamicQuantizeLinear'), /DynamicQuantizeLinear \(node foreign\): computes with integers \(export it before/);
  assert.throws(with_('ConvInteger'), /ConvInteger \(node foreign\): computes with integers .* QDQ\)$/);
  assert.throws(with_('LSTM'), /LSTM \(node foreign\): recurrent layers/);
  assert.throws(with_('NonZero'), /NonZero \(node foreign\): the size of its result depends on the image$/);
  assert.throws(with_('FusedConv', 'com.microsoft'), /FusedConv \(node foreign\): ops of com\.microsoft 1 are not standard/);
  assert.throws(with_('Det'), /Det \(node foreign\): no shape rule for this op$/);
});

test('a batch that is written into constants follows where it can', () => {
  const fixed = (shape: readonly number[]) => (b: GraphBuilder, x: Value) => linear(b, b.op.Reshape([x, b.ints(shape)]));
  for (const shape of [
    [1, -1],
    [1, 192],
    [-1, 192],
  ])
    assert.deepEqual(networkOf(fixed(shape)).graph.outputs[0]!.dims, [4, 5]);
  const mixed = (b: GraphBuilder, x: Value) => linear(b, b.op.ReduceMean([pooled(b, x)], { axes: [0], keepdims: 1 }, 'mix'));
  assert.throws(() => networkOf(mixed), /ReduceMean \(node mix\): is written for size 1 of its data \(export with a dynamic batch\)/);
  const baked = (b: GraphBuilder, x: Value) => {
    const first = b.op.Slice([x, b.ints([0]), b.ints([2]), b.ints([0])], {}, 'cut');
    return linear(b, pooled(b, first));
  };
  assert.throws(() => networkOf(baked, { dims: [2, 3, 8, 8] }), /Slice \(node cut\): is written for size 2 of its data/);
});

test('the way back from the logits must meet a linear layer', () => {
  assert.throws(
    () => networkOf((b, x) => b.op.Tanh([linear(b, pooled(b, x))], {}, 'bend')),
    /must end in a linear layer, which fine-tuning draws anew, got Tanh \(node bend\) on the way back from the logits$/,
  );
  assert.throws(() => networkOf((b, x) => b.op.Tanh([pooled(b, x)])), /a network must have weights, got none$/);
});

test('tied weights are one parameter; equal constants are not tied', () => {
  const network = networkOf((b, x) => {
    const w = weights(b, 'conv.weight', [3, 3, 1, 1]);
    const ones = b.initializer('bn1.weight', float32([3], [1, 1, 1]));
    const [tied, other] = [b.op.Identity([w], {}, 'again.weight'), b.op.Identity([ones], {}, 'bn2.weight')];
    const norm = (value: Value, scale: Value, name: string) =>
      b.op.BatchNormalization(
        [value, scale, ...['bias', 'running_mean', 'running_var'].map((each) => weights(b, `${name}.${each}`, [3]))],
        {},
      );
    return linear(b, pooled(b, norm(b.op.Conv([norm(b.op.Conv([x, w]), ones, 'bn1'), tied]), other, 'bn2')));
  });
  assert.deepEqual(network.parameters, ['conv.weight', 'bn1.weight', 'bn1.bias', 'bn2.weight', 'bn2.bias', 'fc.weight', 'fc.bias']);
  assert.deepEqual(network.buffers, ['bn1.running_mean', 'bn1.running_var', 'bn2.running_mean', 'bn2.running_var']);
});

test('what was not trained is no parameter', () => {
  const body = (b: GraphBuilder, x: Value) => {
    const pixels = b.op.Sub([x, weights(b, 'mean', [3, 1, 1])]);
    const y = b.op.Conv([pixels, weights(b, 'conv.weight', [3, 3, 1, 1])]);
    const shifted = b.op.Add([b.op.Mul([y, b.initializer('half', float32([1], [0.5]))]), weights(b, 'table', [3, 8, 8])]);
    return linear(b, pooled(b, b.op.Add([shifted, b.initializer('mask', float32([8], [0, 0, 0, 0, -100, 0, 0, -100]))])));
  };
  assert.deepEqual(networkOf(body).parameters, ['conv.weight', 'table', 'fc.weight', 'fc.bias']);
  assert.deepEqual(networkOf(body, {}, { constants: '^table$' }).parameters, ['conv.weight', 'fc.weight', 'fc.bias']);
});

test('values that no machine holds are refused by node and size, at the batch that is wanted', () => {
  const tiled = (times: number) => (b: GraphBuilder, x: Value) => {
    const y = b.op.Conv([x, weights(b, 'conv.weight', [3, 3, 1, 1])]);
    return linear(b, pooled(b, b.node('Tile', [y, b.ints([1, 1, times, times])], {}, { names: ['wide'] })[0]!));
  };
  assert.throws(
    () => networkOf(tiled(2 ** 15)),
    /^InputError: .*\.onnx: Tile \(node wide\): a value must have at most 8 GiB \(.*\), got 3,072 GiB of float32 \[4, 3, 262144, 262144\]$/,
  );
  const [most, above] = [1672, 1673];
  assert.deepEqual(networkOf(tiled(most)).graph.outputs[0]!.dims, [4, 5]);
  assert.throws(() => networkOf(tiled(above)), /Tile \(node wide\): a value must have at most 8 GiB/);
});

test('an op without a gradient: the network evaluates, training names the node', async () => {
  const network = networkOf((b, x) => {
    const y = b.op.Conv([x, weights(b, 'conv.weight', [3, 3, 1, 1])]);
    const [sorted] = b.node('CumSum', [y, b.constant(int64([2], []))], {}, { names: ['sums'] });
    return linear(b, pooled(b, sorted!));
  });
  const images = float32(
    [4, 3, 8, 8],
    new Float32Array(768).map((_, i) => Math.sin(i)),
  );
  const session = await compile(network.graph, { threads: 1 });
  const results = await session.run(new Map(network.init(1)).set('images', images), ['logits']);
  await session.release();
  assert.deepEqual(results.get('logits')!.dims, [4, 5]);
  const train = (names: readonly string[]) => compileStep(network, names, { loss: 'cross-entropy', threads: 1 });
  await assert.rejects(
    train(network.parameters),
    /InputError: gradient: CumSum \(node sums\) has no gradient here: what depends on it cannot be trained/,
  );
  // the head stands behind it
  await (await train(['fc.weight', 'fc.bias'])).release();
});
