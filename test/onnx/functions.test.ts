// Functions that a model brings along are inlined; those that cannot be are refused.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create, toBinary } from '@bufbuild/protobuf';
import { readCheckpoint } from '../../src/checkpoints/read.js';
import { buildNetwork } from '../../src/models/networks.js';
import { AttributeProto_AttributeType as Kind, ModelProtoSchema } from '../../src/onnx/proto/onnx_pb.js';
import { readOnnx } from '../../src/onnx/read.js';
import { compile } from '../../src/runtime/compile.js';
import { openSession } from '../../src/runtime/onnxruntime.js';
import { writeOnnx } from '../../src/onnx/write.js';
import { InputError } from '../../src/tensor/input-error.js';
import { random } from '../../src/tensor/random.js';
import { toParams } from '../../src/tensor/safetensors.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';

type Model = MessageInitShape<typeof ModelProtoSchema>;
type Function = NonNullable<Model['functions']>[number];
type Node = NonNullable<Function['node']>[number];

const typed = (name: string) => ({
  name,
  type: {
    value: { case: 'tensorType' as const, value: { elemType: 1, shape: { dim: [{ value: { case: 'dimValue' as const, value: 3n } }] } } },
  },
});
const node = (opType: string, input: string[], output: string[], more: object = {}): Node => ({ opType, input, output, name: output[0]!, ...more }); // prettier-ignore
const call = (opType: string, input: string[], output: string[], more: object = {}): Node => node(opType, input, output, { domain: 'own', ...more }); // prettier-ignore
const own = (name: string, body: Node[], more: object = {}): Function => ({
  name,
  domain: 'own',
  input: ['x'],
  output: ['y'],
  node: body,
  opsetImport: [{ domain: '', version: 17n }, { domain: 'own', version: 1n }], // prettier-ignore
  ...more,
});

const bytesOf = (functions: Function[], nodes: Node[]): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 8n,
      opsetImport: [{ domain: '', version: 17n }, { domain: 'own', version: 1n }], // prettier-ignore
      graph: { name: 'main', input: [typed('a')], output: [typed('b')], node: nodes },
      functions,
    }),
  );

/** A leaky ReLU with the caller's slope, applied to x + x; inner values of both calls have one name in the function. */
const BENT = own('Bent', [node('Add', ['x', 'x'], ['twice']), node('LeakyRelu', ['twice'], ['y'], { attribute: [{ name: 'alpha', refAttrName: 'slope', type: Kind.FLOAT }] })], { attribute: ['slope'] }); // prettier-ignore
const TWICE = own('Twice', [
  call('Bent', ['x'], ['once'], { attribute: [{ name: 'slope', type: Kind.FLOAT, f: 0.5 }] }),
  call('Bent', ['once'], ['y'], { attribute: [{ name: 'slope', type: Kind.FLOAT, f: 0.25 }] }),
]);

test('functions in functions, with attributes of the caller, compute what onnxruntime makes of them', async () => {
  const bytes = bytesOf([BENT, TWICE], [call('Twice', ['a'], ['c']), node('Neg', ['c'], ['b'])]);
  const graph = await readOnnx(bytes);
  assert.deepEqual(
    graph.nodes.map(({ op, outputs }) => [op, outputs[0]]),
    [['Add', 'c/once/twice'], ['LeakyRelu', 'c/once'], ['Add', 'c/y/twice'], ['LeakyRelu', 'c'], ['Neg', 'b']], // prettier-ignore
  );
  const results = await Promise.all(
    [bytes, writeOnnx(graph)].map(async (each) => {
      const session = await openSession(each, { threads: 1, optimization: 'all' });
      const found = await session.run(new Map([['a', float32([3], [-2, 0, 3])]]), ['b']);
      await session.release();
      return found.get('b')!.data as Float32Array;
    }),
  );
  assertClose(results[1]!, results[0]!, { relative: 0 });
  assertClose(results[0]!, [1, 0, -12], { relative: 1e-6 });
});

test('a network of functions that another tool wrote, fields left out and all, gives its weights and what onnxruntime computes', async () => {
  const file = fileURLToPath(new URL('../../../test/fuzz/seeds/functions.onnx', import.meta.url));
  const network = buildNetwork({ architecture: 'onnx', file }, { batch: 2, channels: 3, height: 8, width: 8, classes: 5 });
  assert.deepEqual(network.parameters, ['w1', 's1', 'w2', 's2', 'fc.weight', 'fc.bias']);
  const checkpoint = await readCheckpoint(file);
  const { normal } = random('functions', 'images');
  const images = float32([2, 3, 8, 8], Float32Array.from({ length: 2 * 3 * 64 }, normal));
  const ours = await compile(network.graph, { threads: 1 });
  const found = await ours.run(new Map([...toParams(checkpoint.tensors), ['images', images]]));
  await ours.release();
  const session = await openSession(await readFile(file), { threads: 1, optimization: 'all' });
  const expected = await session.run(new Map([['x', images]]), ['y']);
  await session.release();
  assertClose(found.get('logits')!.data as Float32Array, expected.get('y')!.data as Float32Array, { relative: 1e-5, absolute: 1e-6 });
});

test('what cannot be inlined is refused by name', async () => {
  const refused = (functions: Function[], message: RegExp) =>
    assert.rejects(
      readOnnx(bytesOf(functions, [call('F0', ['a'], ['b'])]), { name: 'f.onnx' }),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  await refused(
    [own('F0', [call('F1', ['x'], ['y'])]), own('F1', [call('F0', ['x'], ['y'])])],
    /^f\.onnx: function F0 must not call itself/,
  );
  await refused([own('F0', [node('Relu', ['x'], ['y'])], { opsetImport: [{ domain: '', version: 18n }] })], /F0 must be written for the model's operator set 17, got 18/); // prettier-ignore
  // each level calls the next twice: 2³² nodes
  const bomb = Array.from({ length: 32 }, (_, i) => own(`F${i}`, [call(`F${i + 1}`, ['x'], ['h']), call(`F${i + 1}`, ['h'], ['y'])]));
  await refused([...bomb, own('F32', [node('Relu', ['x'], ['y'])])], /functions must come to at most 131072 nodes, got more/);
});
