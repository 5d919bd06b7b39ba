// Checkpoints that PyTorch and NumPy wrote (fixtures/make-checkpoints.py), against what was in them.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCheckpoint } from '../../src/checkpoints/open.js';
import { readCheckpoint, readCheckpointBytes } from '../../src/checkpoints/read.js';
import { pieces } from '../../src/checkpoints/stored-tensor.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import { float32 } from '../../src/tensor/tensor.js';
import { fixture } from '../support/fixture.js';
import { temporaryFolder } from '../support/tiny-study.js';

const at = (name: string) => fixture(`checkpoints/${name}`);
type Expected = Record<string, { dims: number[]; values: number[] }>;
const values = JSON.parse(await readFile(at('values.json'), 'utf8')) as Record<string, Expected>;

for (const file of ['training.pth', 'kinds.pth', 'protocol4.pth', 'nested.pth', 'arrays.npz', 'packed.npz', 'array.npy']) {
  test(`${file} holds what its writer put in`, async () => {
    const { tensors } = await readCheckpoint(at(file));
    assert.deepEqual([...tensors.keys()].sort(), Object.keys(values[file]!).sort());
    for (const [name, { dims, values: expected }] of Object.entries(values[file]!)) {
      const { dims: got, data } = tensors.get(name)!;
      assert.deepEqual([got, Array.from(data as ArrayLike<number>, Number)], [dims, expected], name);
    }
  });
}

test('half precision is widened, other types stay, and a note says so', async () => {
  const { tensors, notes } = await readCheckpoint(at('kinds.pth'));
  const types = Object.fromEntries([...tensors].map(([name, { type }]) => [name, type]));
  assert.deepEqual(
    [types['half'], types['bfloat'], types['double'], types['long'], types['char'], types['bool']],
    ['float32', 'float32', 'float64', 'int64', 'int8', 'bool'],
  );
  assert.deepEqual(notes, ['Widened from half precision to float32, exactly: half, bfloat.']);
});

test('a torchvision network keeps its names, shapes and sums', async () => {
  const { tensors } = await readCheckpoint(at('resnet.pth'));
  const expected = values['resnet.pth'] as unknown as Record<string, { dims: number[]; sum: number; first: number }>;
  assert.deepEqual([...tensors.keys()], Object.keys(expected));
  for (const [name, { dims, sum, first }] of Object.entries(expected)) {
    const data = Array.from(tensors.get(name)!.data as ArrayLike<number>, Number);
    assert.deepEqual(tensors.get(name)!.dims, dims, name);
    assert.equal(data[0], first, name);
    assert.ok(Math.abs(data.reduce((a, b) => a + b, 0) - sum) <= 1e-9 * (1 + Math.abs(sum)), name);
  }
});

test('weights are found in a training checkpoint; what stands beside them and DataParallel is named', async () => {
  const { notes } = await readCheckpoint(at('training.pth'));
  assert.deepEqual(notes, [
    'Weights were found under "state_dict"; left out beside it: epoch, arch, best_acc1, best, args, optimizer, seed, rng.',
    'Names began with "module." (DataParallel), which is stripped.',
  ]);
  assert.deepEqual((await readCheckpoint(at('nested.pth'))).notes, ['Weights were found under "model"; left out beside it: lr_scheduler.']);
});

test('reading in pieces gives the same numbers, strided tensors too', async () => {
  const checkpoint = await openCheckpoint(at('kinds.pth'));
  for (const [name, stored] of checkpoint.tensors) {
    const piece = stored.piece > 1000 ? 3 : stored.piece;
    const found: number[] = [];
    for await (const part of pieces({ ...stored, piece })) found.push(...Array.from(part));
    assert.deepEqual(found, values['kinds.pth']![name]!.values, name);
  }
  await checkpoint.close();
});

test('tensors of an uncompressed file in memory are views on it', async () => {
  const bytes = new Uint8Array(await readFile(at('resnet.pth')));
  const { tensors } = await readCheckpointBytes(bytes, 'resnet.pth');
  assert.equal(tensors.get('layer4.0.conv2.weight')!.data.buffer, bytes.buffer);
});

const REFUSED: Readonly<Record<string, RegExp>> = {
  'legacy.pth': /must be a zip archive as torch\.save writes since version 1\.6 .*, got the older format$/,
  'expanded.pth': /w: a tensor must not have more elements than its storage .*got 1000 of 1$/,
  'whole-module.pth':
    /must be made of tensors only \(save weights alone: .*\), got the global "torch\.nn\.modules\.container\.Sequential"$/,
  'script.pth': /this is a TorchScript archive; .*got the global "__torch__\.torch\.nn\.modules\.activation\.ReLU"$/,
  'sparse.pth': /got the global "torch\._utils\._rebuild_sparse_tensor"$/,
  'big-endian.npy': /type must be plain little-endian numbers .*, got ">f4"$/,
  'objects.npy': /type must be plain little-endian numbers .*, got "\|O"$/,
  'make-checkpoints.py': /must be a checkpoint \(\.safetensors, .*\), got \d+ bytes that begin with [0-9a-f]{16}$/,
};

for (const [file, message] of Object.entries(REFUSED)) {
  test(`${file} is refused by name`, async () => {
    await assert.rejects(readCheckpoint(at(file)), (error: Error) => {
      assert.equal(error.name, 'InputError');
      assert.ok(error.message.startsWith(at(file)), error.message);
      assert.match(error.message, message);
      return true;
    });
  });
}

test('the format is told by what is in the file, not by its name', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'pytorch_model.bin');
  await writeFile(path, await readFile(at('protocol4.pth')));
  assert.equal((await readCheckpoint(path)).format, 'pth');
  await writeFile(path, encodeSafetensors(new Map([['w', float32([1], [2])]])));
  assert.equal((await readCheckpoint(path)).format, 'safetensors');
  await writeFile(path, '');
  await assert.rejects(readCheckpoint(path), /got 0 bytes that begin with nothing$/);
  await assert.rejects(readCheckpoint(folder), /must be a file, got a folder$/);
  await assert.rejects(readCheckpoint(join(folder, 'none.pth')), /must be a readable file, got ENOENT$/);
});

test('initializers of an onnx file, external data too', async () => {
  const plain = await readCheckpoint(fixture('onnx/torch.onnx'));
  assert.ok(plain.tensors.has('fc.weight'));
  const { tensors } = await readCheckpoint(fixture('onnx/external.onnx'));
  assert.deepEqual(tensors.get('w'), float32([3, 2], [0, 1, 2, 3, 4, 5]));
});

test('sharded safetensors: one checkpoint of several files, bfloat16 widened', async (t) => {
  const folder = await temporaryFolder(t);
  const write = (name: string, content: Uint8Array | string) => writeFile(join(folder, name), content);
  await write('model-1.safetensors', encodeSafetensors(new Map([['a', float32([2], [1, 2])]])));
  const header = JSON.stringify({
    b: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] },
    c: { dtype: 'F16', shape: [1], data_offsets: [4, 6] },
  });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  // 1.5, −2 in bfloat16; 0.5 in half
  await write('model-2.safetensors', Buffer.concat([length, Buffer.from(header), Buffer.from([0xc0, 0x3f, 0x00, 0xc0, 0x00, 0x38])]));
  const index = join(folder, 'model.safetensors.index.json');
  const map = { a: 'model-1.safetensors', b: 'model-2.safetensors', c: 'model-2.safetensors' };
  await write('model.safetensors.index.json', JSON.stringify({ metadata: {}, weight_map: map }));
  const { tensors, notes } = await readCheckpoint(index);
  assert.deepEqual(
    [...tensors].map(([name, { data }]) => [name, ...(data as Float32Array)]),
    [
      ['a', 1, 2],
      ['b', 1.5, -2],
      ['c', 0.5],
    ],
  );
  assert.deepEqual(notes, [
    '2 files belong to the index model.safetensors.index.json.',
    'Widened from half precision to float32, exactly: b, c.',
  ]);

  const refused = async (weightMap: unknown, message: RegExp) => {
    await write('model.safetensors.index.json', JSON.stringify({ weight_map: weightMap }));
    await assert.rejects(readCheckpoint(index), message);
  };
  await refused({ ...map, b: '../model-2.safetensors' }, /b: must be in a \.safetensors file of the same folder, got "\.\.\/model-2/);
  await refused({ ...map, b: 'model-1.safetensors' }, /b: must be listed in model-1\.safetensors as the index says, got it in model-2/);
  await refused({ ...map, d: 'model-2.safetensors' }, /d: must be in model-2\.safetensors, got no such tensor there$/);
  await refused([], /must have weight_map/);
});
