// A FIFO, a folder or a device in the place of a file is refused before it is opened: opening a FIFO waits for a writer, without end.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { contentHash } from '../../src/checkpoints/content-hash.js';
import { readCheckpoint } from '../../src/checkpoints/read.js';
import { readCsv } from '../../src/data/csv-table.js';
import { decodeImage } from '../../src/data/decode-image.js';
import { loadDataset } from '../../src/data/datasets.js';
import { synsetNames } from '../../src/data/imagenet-labels.js';
import { onnxHash } from '../../src/onnx/file-hash.js';
import { readInitializers } from '../../src/onnx/initializers.js';
import { openOnnx, readOnnx } from '../../src/onnx/read.js';
import { checkRegularFile } from '../../src/tensor/regular-file.js';
import { readSafetensors } from '../../src/tensor/safetensors.js';
import { record } from '../checkpoints/hostile-onnx.js';
import { temporaryFolder } from '../support/tiny-study.js';

/** A FIFO or a folder of this name, in a folder of its own. */
async function place(t: TestContext, kind: 'FIFO' | 'folder', name: string): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  if (kind === 'FIFO') execFileSync('mkfifo', [path]);
  else await mkdir(path);
  return path;
}

const READERS: Readonly<Record<string, readonly [name: string, read: (path: string) => unknown]>> = {
  'a .pth': ['x.pth', readCheckpoint],
  'a .safetensors': ['x.safetensors', readCheckpoint],
  'an index': ['x.safetensors.index.json', readCheckpoint],
  'an .onnx of weights': ['x.onnx', readCheckpoint],
  initializers: ['x.onnx', readInitializers],
  'a graph': ['x.onnx', (path) => readOnnx(path)],
  'a network': ['x.onnx', openOnnx],
  'the hash of an .onnx': ['x.onnx', onnxHash],
  'the hash of a checkpoint': ['x.pth', contentHash],
  'own safetensors': ['x.safetensors', readSafetensors],
  'a table': ['x.csv', (path) => readCsv(path, 'csv: x.csv')],
  'an image': ['x.png', (path) => decodeImage(path, new Uint8Array(12), 0, { size: 2, channels: 3, fit: 'fill' })],
  'a list of ImageNet': ['synset_words.txt', (path) => synsetNames(join(path, '..'), ['n01440764'])],
  idx: ['train-images-idx3-ubyte', (path) => loadDataset({ dataset: 'idx', root: join(path, '..') })],
};

for (const [what, [name, read]] of Object.entries(READERS)) {
  for (const [kind, message] of [
    ['FIFO', /must be a file, got a FIFO \(named pipe\)$/],
    ['folder', /must be a file, got a folder$/],
  ] as const)
    // prettier-ignore
    test(`${what}: a ${kind} is refused`, async (t) => {
      const path = await place(t, kind, name);
      await assert.rejects(async () => await read(path), message);
    });
}

test('external data and shards are files, too', async (t) => {
  const pipe = await place(t, 'FIFO', 'data.bin');
  const path = join(pipe, '../x.onnx');
  // ModelProto.graph = 7, GraphProto.initializer = 5; TensorProto.dims = 1, name = 8, external_data = 13, data_location = 14
  const of = (location: string) => record(7, record(5, [0x08, 1, 0x10, 1, 0x70, 1], record(8, 'w'), record(13, record(1, 'location'), record(2, location)))); // prettier-ignore
  for (const [location, got] of [
    ['data.bin', 'a FIFO'],
    ['.', 'a folder'],
  ] as const) {
    await writeFile(path, of(location));
    for (const read of [readInitializers, onnxHash])
      await assert.rejects(
        async () => await read(path),
        (error: Error) => {
          assert.match(error.message, new RegExp(`external data .*: must be a file, got ${got}`));
          return error.name === 'InputError';
        },
      );
  }
  const index = join(pipe, '../model.safetensors.index.json');
  await writeFile(index, JSON.stringify({ weight_map: { w: 'a.safetensors' } }));
  execFileSync('mkfifo', [join(pipe, '../a.safetensors')]);
  await assert.rejects(readCheckpoint(index), /a\.safetensors: must be a file, got a FIFO/);
  await assert.rejects(contentHash(index), /a\.safetensors: must be a file, got a FIFO/);
});

test('a link to a file is one; devices are not', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'x'), '');
  await symlink('x', join(folder, 'link'));
  await checkRegularFile(join(folder, 'link'));
  await assert.rejects(checkRegularFile('/dev/zero'), { name: 'InputError', message: '/dev/zero: must be a file, got a device' });
});
