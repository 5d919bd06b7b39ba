// onnx files that were made to do harm: cycles, sizes that lie, depth, and external data that is not theirs.
import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create, toBinary } from '@bufbuild/protobuf';
import { initializersOf, readInitializers } from '../../src/onnx/initializers.js';
import { checkBounds } from '../../src/onnx/proto/check-bounds.js';
import { AttributeProto_AttributeType as Kind, ModelProtoSchema, TensorProto_DataLocation } from '../../src/onnx/proto/onnx_pb.js';
import { buildNetwork } from '../../src/models/networks.js';
import { readOnnx } from '../../src/onnx/read.js';
import { InputError } from '../../src/tensor/input-error.js';
import { record } from '../checkpoints/hostile-onnx.js';
import { temporaryFolder } from '../support/tiny-study.js';

type GraphInit = NonNullable<MessageInitShape<typeof ModelProtoSchema>['graph']>;

const model = (graph: GraphInit): Uint8Array =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: 17n }], graph }));
const typed = (name: string, ...dims: number[]) => ({
  name,
  type: {
    value: {
      case: 'tensorType' as const,
      value: { elemType: 1, shape: { dim: dims.map((d) => ({ value: { case: 'dimValue' as const, value: BigInt(d) } })) } },
    },
  },
});
const node = (opType: string, input: string[], output: string[]) => ({ opType, input, output, name: output[0]! });
const weight = (name: string, dims: bigint[], bytes = 0) => ({ name, dataType: 1, dims, rawData: new Uint8Array(bytes) });

async function refused(bytes: Uint8Array, message: RegExp): Promise<void> {
  await assert.rejects(readOnnx(bytes, { name: 'evil.onnx' }), (error: Error) => {
    assert.ok(error instanceof InputError, error.stack);
    assert.match(error.message, message);
    assert.ok(!(error.cause instanceof TypeError || error.cause instanceof RangeError), String(error.cause));
    return true;
  });
}

test('a graph that runs in a circle is refused', async () => {
  const circle = { input: [typed('x', 1)], output: [typed('b', 1)], node: [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b'])] };
  await refused(model(circle), /^evil\.onnx: Add \(node a\): input b must be made before it is used, got no such value$/);
  await refused(model({ output: [typed('a', 1)], node: [node('Relu', ['a'], ['a'])] }), /input a must be made before it is used/);
});

test('a node without an op is refused', () =>
  refused(model({ node: [{ opType: '', input: [], output: ['y'], name: 'y' }] }), /^evil\.onnx: node y must have an op, got none$/));

test('two things of one name are refused', async () => {
  const twice = { output: [typed('y', 1)], initializer: [weight('w', [1n], 4), weight('w', [1n], 4)], node: [node('Relu', ['w'], ['y'])] };
  await refused(model(twice), /^evil\.onnx: names of initializers must differ, got "w" twice$/);
  const made = { input: [typed('x', 1)], output: [typed('y', 1)], node: [node('Relu', ['x'], ['y']), node('Relu', ['x'], ['y'])] };
  await refused(model(made), /value names must be unique, got y twice$/);
});

test('sizes that lie take no memory', async () => {
  const of = (...dims: bigint[]) =>
    model({ output: [typed('y', 1)], initializer: [weight('w', dims, 4)], node: [node('Relu', ['w'], ['y'])] });
  await refused(of(2n ** 40n), /initializer w: must have 4398046511104 bytes \(float32 \[1099511627776\]\), got 4$/);
  await refused(of(2n ** 62n, 2n ** 62n), /initializer w: /);
  await refused(of(-1n, -1n), /initializer w: dimensions must be whole numbers ≥ 0 .*got \[-1, -1\]$/);
  await refused(of(2n ** 62n, 2n ** 62n, 0n), /initializer w: /);
  const shape = { name: 's', dataType: 7, dims: [2n], int64Data: [2n ** 40n, 2n ** 20n] };
  const fill = { output: [typed('y', 1)], initializer: [shape], node: [node('ConstantOfShape', ['s'], ['y'])] };
  const graph = await readOnnx(model(fill), { name: 'evil.onnx' });
  assert.equal(graph.initializers.size, 1, 'what is large is left to the runtime, not computed');
});

test('weights outside of raw data are counted before they are read', () => {
  const most = 2 ** 26;
  // GraphProto.initializer = 5, TensorProto.int32_data = 5: a byte a number
  const whole = record(7, record(5, record(5, new Uint8Array(most + 1))));
  assert.throws(() => checkBounds(whole, 'evil.onnx'), /^InputError: evil\.onnx: must have at most 67108864 numbers in lists .*raw_data/);
});

test('a weight of integers does not grow by the number of nodes that dequantize it', () => {
  const scales = Array.from({ length: 50 }, (_, i) => weight(`scale${i}`, [], 4));
  const initializer = [{ name: 'w', dataType: 2, dims: [1000n], rawData: new Uint8Array(1000) }, ...scales];
  const nodes = scales.map(({ name }, i) => node('DequantizeLinear', ['w', name], [`y${i}`]));
  const weights = [...initializersOf(model({ initializer, node: nodes }), 'evil.onnx').values()];
  const elements = weights.reduce((sum, { data }) => sum + data.length, 0);
  assert.ok(elements < 6000, `${elements} elements of 1050`);
});

test('thousands of nodes of one name, and weights made in thousands of steps, are read like few', async (t) => {
  const n = 20_000;
  const initializer = Array.from({ length: n }, (_, i) => weight(`${i}`, [1n, 1n, 1n, 1n], 4));
  const convs = initializer.map(({ name }, i) => ({ ...node('Conv', [`v${i}`, name], [`v${i + 1}`]), name: 'a' }));
  const names = [...initializersOf(model({ initializer, node: convs }), 'evil.onnx').keys()];
  assert.deepEqual([new Set(names).size, names[0], names.at(-1)], [n, 'a.weight', `a.weight_${n}`]);

  const steps = Array.from({ length: n }, (_, i) => node('Neg', [i === 0 ? 'w' : `w${i}`], [`w${i + 1}`]));
  const net = [...steps, node('Conv', ['x', `w${n}`], ['c']), node('GlobalAveragePool', ['c'], ['p']), node('Flatten', ['p'], ['f']), node('Gemm', ['f', 'fc'], ['y'])]; // prettier-ignore
  const graph = { input: [typed('x', 1, 3, 4, 4)], output: [typed('y', 1, 2)], initializer: [weight('w', [3n, 3n, 1n, 1n], 36), weight('fc', [3n, 2n], 24)], node: net }; // prettier-ignore
  const file = join(await temporaryFolder(t), 'steps.onnx');
  await writeFile(file, model(graph));
  const { parameters } = buildNetwork({ architecture: 'onnx', file }, { batch: 1, channels: 3, height: 4, width: 4, classes: 2 });
  assert.deepEqual(parameters, ['w', 'fc']);

  // each of 3000 convolutions reads a weight one step further: four million steps
  const reading = steps.slice(0, 3000).flatMap((step, i) => [step, node('Conv', [i === 0 ? 'x' : `c${i}`, `w${i + 1}`], [`c${i + 1}`])]);
  const end = [node('GlobalAveragePool', ['c3000'], ['p']), node('Flatten', ['p'], ['f']), node('Gemm', ['f', 'fc'], ['y'])];
  await writeFile(file, model({ ...graph, node: [...reading, ...end] }));
  assert.throws(
    () => buildNetwork({ architecture: 'onnx', file }, { batch: 1, channels: 3, height: 4, width: 4, classes: 2 }),
    /^InputError: onnx: weights must be made of few constants each .*, got more than 4194304 steps by w\d+$/,
  );
});

test('a graph inside a graph inside a graph, without end, is refused', async () => {
  // AttributeProto.g = field 6, GraphProto.node = 1, NodeProto.attribute = 5, each length-delimited
  let bytes: Uint8Array = Buffer.alloc(0);
  for (let depth = 0; depth < 3000; depth++) for (const field of [6, 5, 1]) bytes = record(field, bytes);
  const whole = record(7, bytes);
  await assert.rejects(readOnnx(new Uint8Array(whole), { name: 'evil.onnx' }), /^InputError: evil\.onnx: must be /);
});

test('pieces of external data are read once and must not overlap', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'evil.onnx');
  const size = 2 ** 28;
  await writeFile(join(folder, 'data.bin'), '');
  await truncate(join(folder, 'data.bin'), size);
  const external = (name: string, offset: number, bytes: number) => ({
    name,
    dataType: 2,
    dims: [BigInt(bytes)],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: Object.entries({ location: 'data.bin', offset: String(offset), length: String(bytes) }).map(([key, value]) => ({
      key,
      value,
    })),
  });
  const before = process.memoryUsage().arrayBuffers;
  const most = 2 ** 25;
  const write = (...initializer: ReturnType<typeof external>[]) => writeFile(path, model({ initializer }));
  await write(...Array.from({ length: 500 }, (_, i) => external(`w${i}`, 0, most)));
  const shared = await readInitializers(path);
  assert.equal(shared.get('w499')!.data.buffer, shared.get('w0')!.data.buffer);
  await write(...Array.from({ length: 500 }, (_, i) => external(`w${i}`, i, most)));
  await assert.rejects(
    readInitializers(path),
    /initializer w8: pieces of data\.bin must not overlap, got 301989888 bytes of its 268435456$/,
  );
  assert.ok(process.memoryUsage().arrayBuffers - before <= 10 * most);
  await write(external('w', -1, 4));
  await assert.rejects(readInitializers(path), /offset of external data must be a whole number, got -1$/);
  await write(external('w', size, 4));
  await assert.rejects(readInitializers(path), /must lie inside the 268435456 bytes of data\.bin/);
});

test('attributes of kinds that the reader does not know are refused, and so are graphs in them', async () => {
  const branch = { ...node('If', ['x'], ['y']), attribute: [{ name: 'then_branch', type: Kind.GRAPH, g: {} }] };
  await refused(
    model({ input: [typed('x', 1)], output: [typed('y', 1)], node: [branch] }),
    /If \(node y\): attribute then_branch: control flow has no fixed graph/,
  );
});
