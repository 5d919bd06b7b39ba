import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertClose } from '../support/assert-close.js';
import { InputError } from '../../src/tensor/input-error.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, tensor } from '../../src/tensor/tensor.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import type { Attribute, Graph, Node } from '../../src/onnx/graph.js';
import { readOnnx } from '../../src/onnx/read.js';
import { writeOnnx, writeOnnxFile } from '../../src/onnx/write.js';
import { compile } from '../../src/runtime/compile.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../../test/onnx/fixtures/${name}`, import.meta.url));

async function run(graph: Graph, feeds: readonly (readonly [string, Tensor])[]): Promise<ReadonlyMap<string, Tensor>> {
  const session = await compile(graph, { threads: 1 });
  try {
    return await session.run(new Map(feeds));
  } finally {
    await session.release();
  }
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

function sample(): Graph {
  const b = new GraphBuilder('sample');
  const x = b.input('x', [2, 3, 8, 8]);
  const w = b.initializer(
    'w',
    float32(
      [4, 3, 3, 3],
      Float32Array.from({ length: 108 }, (_, i) => Math.sin(i)),
    ),
  );
  const y = b.op.HardSigmoid([b.op.Conv([x, w], { pads: [1, 1, 1, 1] })], { alpha: 0.25, beta: 1 });
  return b.build([b.op.ReduceSum([b.op.Clip([y, null, b.scalar(0.9)]), b.ints([-1])], { keepdims: 0 }, 'y')]);
}

test('what is written is read, and equal graphs give equal bytes', async () => {
  const graph = sample();
  const bytes = writeOnnx(graph);
  assert.deepEqual(await readOnnx(bytes), graph);
  assert.deepEqual(writeOnnx(await readOnnx(bytes)), bytes);
});

test('attributes of every kind and tensors of every type survive', async () => {
  const attributes: Record<string, Attribute> = {
    int: { kind: 'int', value: -3 },
    whole: { kind: 'float', value: 1 },
    float: { kind: 'float', value: Math.fround(0.1) },
    text: { kind: 'string', value: 'größer' },
    ints: { kind: 'ints', value: [1, -2, 2 ** 40] },
    floats: { kind: 'floats', value: [1, -2] },
    strings: { kind: 'strings', value: ['a', ''] },
    none: { kind: 'ints', value: [] },
    tensor: { kind: 'tensor', value: tensor('float64', [2], Float64Array.of(0.1, -0)) },
  };
  const node: Node = { op: 'Anything', domain: 'test', name: 'n', inputs: ['x', '', 'f16'], outputs: ['y', ''], attributes };
  const initializers = new Map<string, Tensor>([
    ['f16', tensor('float16', [2], Uint16Array.of(0x3c00, 0x8000))],
    ['f32', float32([], [1.5])],
    ['i8', tensor('int8', [1], Int8Array.of(-1))],
    ['i16', tensor('int16', [1], Int16Array.of(-2))],
    ['i32', tensor('int32', [1], Int32Array.of(-3))],
    ['i64', tensor('int64', [1], BigInt64Array.of(-(2n ** 63n)))],
    ['u8', tensor('uint8', [1], Uint8Array.of(255))],
    ['u16', tensor('uint16', [1], Uint16Array.of(65535))],
    ['u32', tensor('uint32', [1], Uint32Array.of(2 ** 32 - 1))],
    ['u64', tensor('uint64', [1], BigUint64Array.of(2n ** 64n - 1n))],
    ['truth', tensor('bool', [2], Uint8Array.of(1, 0))],
    ['empty', float32([0, 3])],
  ]);
  const value = { name: 'x', type: 'float32', dims: [2, 0] } as const;
  const graph: Graph = {
    name: 'every kind',
    inputs: [value],
    outputs: [{ ...value, name: 'y' }],
    nodes: [node],
    initializers,
    opsets: { '': 17, test: 3 },
  };
  assert.deepEqual(await readOnnx(writeOnnx(graph)), graph);
});

test('raw weights are views on the file where alignment allows', async () => {
  const bytes = writeOnnx({
    ...sample(),
    initializers: new Map([['w', tensor('uint8', [1000], new Uint8Array(1000).fill(7))]]),
    nodes: [],
    outputs: [],
  });
  assert.equal((await readOnnx(bytes)).initializers.get('w')!.data.buffer, bytes.buffer);
});

test("a model that PyTorch wrote gives PyTorch's logits, its batch fixed on reading", async () => {
  const { images, logits } = JSON.parse(await readFile(fixture('torch.json'), 'utf8')) as Record<'images' | 'logits', number[]>;
  const graph = await readOnnx(fixture('torch.onnx'), { dimensions: { batch: 4 } });
  assert.deepEqual(graph.outputs, [{ name: 'logits', type: 'float32', dims: [4, 5] }]);
  assert.ok(graph.initializers.has('fc.weight'));
  assert.deepEqual(
    graph.nodes.map(({ op }) => op),
    ['Conv', 'Relu', 'MaxPool', 'Conv', 'Sigmoid', 'Add', 'Reshape', 'Gemm'],
    'the arithmetic of the dynamic shape is gone',
  );
  const results = await run(graph, [['images', float32([4, 3, 16, 16], images)]]);
  assertClose(results.get('logits')!.data as Float32Array, logits!, { relative: 1e-5, absolute: 1e-6 }, 'logits');
});

test('a dynamic dimension must be fixed, and the message says how', async () => {
  await assert.rejects(readOnnx(fixture('torch.onnx')), {
    name: 'InputError',
    message: `${fixture('torch.onnx')}: input images: dimension 0 (batch) must be fixed, as in dimensions: { 'batch': 64 }, got nothing`,
  });
  await assert.rejects(readOnnx(fixture('fields.onnx')), /input x: dimension 0 \(x\[0\]\) must be fixed/);
  await assert.rejects(readOnnx(fixture('torch.onnx'), { dimensions: { batch: 1.5 } }), /must be fixed, .*got 1.5$/);
});

test('typed fields, Constant nodes and operator set 18', async () => {
  const graph = await readOnnx(fixture('fields.onnx'), { dimensions: { 'x[0]': 2 } });
  assert.equal(graph.opsets[''], 17);
  assert.deepEqual(
    graph.inputs.map(({ name }) => name),
    ['x'],
  );
  const constant = (name: string) => graph.initializers.get(name)!;
  assert.deepEqual(constant('doubles').data, Float64Array.of(0.1, -0.2));
  assert.deepEqual(constant('halves'), tensor('float16', [3], Uint16Array.of(0x3c00, 0xc000, 0x3800)));
  assert.deepEqual(constant('bytes').data, Int8Array.of(-1, 127));
  assert.deepEqual(constant('truths'), tensor('bool', [2], Uint8Array.of(1, 0)));
  assert.deepEqual(constant('large').data, BigUint64Array.of(2n ** 64n - 1n));
  assert.deepEqual(constant('unsigned').data, Uint32Array.of(2 ** 32 - 1));
  assert.deepEqual(constant('none'), float32([0]));
  assert.equal(graph.initializers.has('axes'), false, 'an attribute now');
  const results = await run(graph, [['x', float32([2, 4], [1, 2, 3, 4, 5, 6, 7, 8])]]);
  assert.deepEqual(results.get('mean'), float32([2], [5, 13]));
  assert.deepEqual(results.get('y'), float32([2, 2], [6.5, 11.5, 30.5, 35.5]));
  assert.deepEqual(results.get('z'), float32([1, 2], [14, 16]));
});

test('external data that onnx wrote', async () => {
  const graph = await readOnnx(fixture('external.onnx'));
  assert.deepEqual(graph.initializers.get('w'), float32([3, 2], [0, 1, 2, 3, 4, 5]));
  assert.deepEqual((await run(graph, [['x', float32([1, 3], [1, 1, 1])]])).get('y'), float32([1, 2], [16, 29]));
  await assert.rejects(readOnnx(await readFile(fixture('external.onnx'))), {
    name: 'InputError',
    message: "onnx file: initializer w: external data needs the model's path, got its bytes",
  });
});

test('external data that we write', async (t) => {
  const path = join(await temporary(t), 'sample.onnx');
  await writeOnnxFile(sample(), path, { external: true });
  assert.deepEqual(await readOnnx(path), sample());
  assert.ok((await readFile(path)).length < writeOnnx(sample()).length);
  await writeOnnxFile(sample(), path);
  assert.deepEqual(new Uint8Array(await readFile(path)), writeOnnx(sample()));
});

/** external.onnx with its location or numbers replaced by text of the same length. */
async function forged(folder: string, from: string, to: string): Promise<string> {
  const bytes = await readFile(fixture('external.onnx'));
  const at = bytes.indexOf(from);
  assert.ok(at >= 0 && from.length === to.length, `${from} must be in the file`);
  bytes.write(to, at);
  const path = join(folder, 'forged.onnx');
  await writeFile(path, bytes);
  return path;
}

test('external data outside the folder or the file is refused', async (t) => {
  const folder = join(await temporary(t), 'model');
  await mkdir(folder);
  const data = fixture('external.data');
  await cp(data, join(folder, '..', 'outside.bin'));
  const refused = async (from: string, to: string, message: RegExp) => {
    await assert.rejects(readOnnx(await forged(folder, from, to)), (error: Error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, message);
      return true;
    });
  };
  await refused('external.data', '../outside.bi', /initializer w: external data must lie in the model's folder, got \.\.\/outside\.bi$/);
  await refused('external.data', '/etc/hostname', /must lie in the model's folder, got \/etc\/hostname$/);
  await refused('external.data', 'external.date', /external data must be readable, got ENOENT for .*external\.date$/);
  await symlink(join('..', 'outside.bin'), join(folder, 'linked_to.bin'));
  await refused('external.data', 'linked_to.bin', /got linked_to\.bin, a link to elsewhere$/);
  await writeFile(join(folder, 'external.data'), (await readFile(data)).subarray(0, 30));
  await refused(
    'external.data',
    'external.data',
    /initializer b: external data must lie inside the 30 bytes of external\.data, got bytes 24 to 32$/,
  );
});

test('cut and mangled files are refused with an InputError, or read; they never crash', async () => {
  const bytes = await readFile(fixture('torch.onnx'));
  const attempt = async (broken: Uint8Array, what: string) => {
    try {
      await readOnnx(broken, { dimensions: { batch: 4 }, name: 'broken.onnx' });
      return true;
    } catch (error) {
      assert.ok(error instanceof InputError, `${what}: ${(error as Error).stack}`);
      assert.match(error.message, /^broken\.onnx: /);
      return false;
    }
  };
  let read = 0;
  for (let length = 0; length < bytes.length; length += 97) read += Number(await attempt(bytes.subarray(0, length), `cut to ${length}`));
  assert.equal(read, 0, 'no cut file may pass');
  for (let at = 0; at < bytes.length; at += 7) {
    const broken = Uint8Array.from(bytes);
    broken[at]! ^= 1 << (at % 8);
    await attempt(broken, `bit flipped in byte ${at}`);
  }
});

test('what is no onnx file is refused by name', async () => {
  const broken = (bytes: Uint8Array) => readOnnx(bytes, { name: 'x.onnx' });
  await assert.rejects(broken(new Uint8Array(0)), { message: 'x.onnx: must be an onnx model, got none in 0 bytes' });
  await assert.rejects(broken(new TextEncoder().encode('<html>not found</html>')), /^InputError: x\.onnx: must be /);
  await assert.rejects(readOnnx('no/such.onnx'), {
    name: 'InputError',
    message: 'no/such.onnx: must be a readable file under 2 GiB, got ENOENT',
  });
  const graph = sample();
  await assert.rejects(broken(writeOnnx({ ...graph, opsets: { '': 8 } })), {
    name: 'InputError',
    message: 'x.onnx: operator set must lie in [9, 26] (export the model again), got 8',
  });
  await assert.rejects(broken(writeOnnx({ ...graph, inputs: [{ ...graph.inputs[0]!, dims: [2, 4, 8, 8] }] })), {
    name: 'InputError',
    message: 'x.onnx: Conv (node Conv_1): input channels must be 3 (weight [4, 3, 3, 3]), got 4',
  });
});
