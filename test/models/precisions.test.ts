// Files that do not hold float32: float16 is widened, and a network that rounds to integers evaluates. PyTorch in float64 is the oracle.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadParameters } from '../../src/checkpoints/match.js';
import { openCheckpoint } from '../../src/checkpoints/open.js';
import type { Network } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { decode } from '../../src/onnx/decode.js';
import { asFloats } from '../../src/onnx/imports/as-floats.js';
import { refuseExternal } from '../../src/onnx/initializers.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { compileForward } from '../../src/runtime/forward.js';
import type { Params } from '../../src/tensor/params.js';
import { readSafetensors, toParams } from '../../src/tensor/safetensors.js';
import { floats, tensor } from '../../src/tensor/tensor.js';
import { compileStep } from '../../src/train/step.js';
import { assertClose } from '../support/assert-close.js';
import { fixture } from '../support/fixture.js';

const NAMES = ['conv1', 'layer1.0', 'layer1.2', 'fc'].flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]);
const expected = readSafetensors(fixture('models/precisions.safetensors'));
const build = (name: string): Network =>
  buildNetwork(
    { architecture: 'onnx', file: fixture(`models/precision-${name}.onnx`) },
    { batch: 3, channels: 3, height: 8, width: 8, classes: 5 },
  );

/** The weights of a file by the network's names. */
async function weightsOf(network: Network, name: string): Promise<Params> {
  const checkpoint = await openCheckpoint(fixture(`models/precision-${name}.onnx`));
  const shapes = new Map([...network.init(0)].map(([key, { dims }]) => [key, dims]));
  const { params } = await loadParameters({ shapes, head: [] }, checkpoint.tensors, { what: name });
  await checkpoint.close();
  return params;
}

async function logitsOf(network: Network, params: Params): Promise<Float32Array> {
  const session = await compileForward(network.graph, { threads: 1 });
  const images = floats((await expected).tensors.get('images'), 'images');
  const found = await session.run(await session.prepare(params), images);
  await session.release();
  return floats(found.get('logits'), 'logits');
}

for (const name of ['half', 'quantized'])
  test(`${name}: its own weights, by PyTorch's names, give PyTorch's logits`, async () => {
    const network = build(name);
    assert.deepEqual(network.parameters, NAMES);
    const params = await weightsOf(network, name);
    const { tensors } = await expected;
    if (name === 'quantized') for (const key of NAMES) assertClose(params.get(key)!.data, tensors.get(`quantized.${key}`)!.data as Float64Array, { relative: 1e-6, absolute: 1e-9 }, key); // prettier-ignore
    assertClose(await logitsOf(network, params), tensors.get(name)!.data as Float64Array, { relative: 1e-5, absolute: 1e-5 });
  });

test('other weights go through the same rounding of activations', async () => {
  const network = build('quantized');
  const { tensors } = await expected;
  const own = toParams(new Map(NAMES.map((key) => [key, tensors.get(`weights.${key}`)!])));
  const [quantised, exact] = [await logitsOf(network, await weightsOf(network, 'quantized')), await logitsOf(network, own)];
  const furthest = Math.max(...exact.map((value, i) => Math.abs(value - quantised[i]!)));
  assert.ok(furthest > 1e-5 && furthest < 0.05, `${furthest} apart`);
});

test('what was changed is said; float16 trains, rounding to integers does not', async () => {
  const [half, quantized] = [build('half'), build('quantized')];
  assert.deepEqual(half.notes, ['float16 is computed as float32, to which 8 tensors were widened, exactly']);
  assert.deepEqual(quantized.notes, [
    '8 quantised tensors are the numbers that their integers stand for',
    'activations are rounded to integers as the file says: what lies before them cannot be trained',
  ]);
  const train = (network: Network, names: readonly string[]) => compileStep(network, names, { loss: 'cross-entropy', threads: 1 });
  await (await train(half, half.parameters)).release();
  await (await train(quantized, ['fc.weight', 'fc.bias'])).release();
  await assert.rejects(
    train(quantized, quantized.parameters),
    /InputError: gradient: DequantizeLinear \(node fc\.dequantize\) has no gradient here: what depends on it cannot be trained, only evaluated/,
  );
});

test('of one tensor notes speak in the singular', () => {
  const b = new GraphBuilder('one', { '': 17 });
  const integers = b.constant(tensor('uint8', [1, 1, 1, 1], Uint8Array.of(3)));
  const [w] = b.node('DequantizeLinear', [integers, b.scalar(0.5), b.constant(tensor('uint8', [], Uint8Array.of(1)))]);
  const quantized = writeOnnx(b.build([b.op.Conv([b.input('x', [1, 1, 2, 2]), w!], {}, 'y')]));
  assert.deepEqual(asFloats(decode(quantized, 'one.onnx', refuseExternal)).notes, [
    '1 quantised tensor is the numbers that its integers stand for',
  ]);
  const h = new GraphBuilder('half', { '': 17 });
  const half = h.constant(tensor('float16', [1, 1, 1, 1], Uint16Array.of(0x3c00)));
  const x = h.input('x', [1, 1, 2, 2], 'float16');
  const model = decode(writeOnnx(h.build([h.op.Conv([x, half], {}, 'y')])), 'half.onnx', refuseExternal);
  assert.deepEqual(asFloats(model).notes, ['float16 is computed as float32, to which 1 tensor was widened, exactly']);
});
