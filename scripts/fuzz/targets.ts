// What the fuzzer reads, and the seeds that it changes: the committed fixtures and the hostile corpus.
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readCheckpointBytes } from '../../src/checkpoints/read.js';
import { bytesSource } from '../../src/checkpoints/source.js';
import { openZip } from '../../src/checkpoints/zip.js';
import { decode } from '../../src/onnx/decode.js';
import { asFloats } from '../../src/onnx/imports/as-floats.js';
import { importGraph } from '../../src/onnx/imports/import-graph.js';
import { parametersOf } from '../../src/onnx/imports/parameters.js';
import { refuseExternal } from '../../src/onnx/initializers.js';
import { readOnnx } from '../../src/onnx/read.js';
import { decodeSafetensors } from '../../src/tensor/safetensors.js';
import { HARMLESS, HOSTILE } from '../../test/checkpoints/hostile.js';
import type { Packed } from '../../test/support/zip.js';

export interface Target {
  /** Endings of its seeds. */
  readonly endings: readonly string[];
  read(bytes: Uint8Array): Promise<unknown>;
}

export const TARGETS: Readonly<Record<string, Target>> = {
  pth: { endings: ['.pth', '.npz', '.npy'], read: (bytes) => readCheckpointBytes(bytes, 'x.pth') },
  safetensors: {
    endings: ['.safetensors'],
    async read(bytes) {
      await readCheckpointBytes(bytes, 'x.safetensors');
      decodeSafetensors(bytes, 'x', { widen: true });
    },
  },
  onnx: {
    endings: ['.onnx'],
    async read(bytes) {
      await readCheckpointBytes(bytes, 'x.onnx');
      await readOnnx(bytes, { name: 'x', dimensions: { batch: 2, 'x[0]': 2 } });
    },
  },
  network: {
    endings: ['.onnx'],
    // async, so that a refusal is a rejection
    read: async (bytes) =>
      Promise.resolve(
        parametersOf(importGraph(asFloats(decode(bytes, 'x', refuseExternal)), { batch: 2, channels: 3, height: 8, width: 8 }, null), null),
      ),
  },
};

export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of an archive that can be opened. */
  readonly entries: readonly Packed[];
}

/** Seeds larger than this are slow to change and show nothing new. */
const LARGEST = 2 ** 17;
const FIXTURES = ['test/checkpoints/fixtures', 'test/onnx/fixtures', 'test/models/fixtures', 'test/autodiff/fixtures', 'test/fuzz/seeds'];

export async function seedsOf({ endings }: Target): Promise<Seed[]> {
  const files: { name: string; bytes: Uint8Array }[] = [];
  for (const folder of FIXTURES) {
    const path = fileURLToPath(new URL(`../../../${folder}/`, import.meta.url));
    for (const name of (await readdir(path)).sort())
      files.push({ name, bytes: new Uint8Array(await readFile(`${path}${name}`).catch(() => Buffer.alloc(0))) });
  }
  const wanted = [...files, ...HARMLESS, ...HOSTILE].filter(
    ({ name, bytes }) => endings.some((ending) => name.endsWith(ending)) && bytes.length > 0 && bytes.length <= LARGEST,
  );
  return Promise.all(wanted.map(async (file) => ({ ...file, entries: await entriesOf(file.bytes) })));
}

async function entriesOf(bytes: Uint8Array): Promise<Packed[]> {
  try {
    const zip = await openZip(bytesSource(bytes, 'seed'));
    const entries = [...zip.entries.values()];
    return await Promise.all(entries.map(async (entry) => ({ name: entry.name, data: await zip.read(entry, 0, entry.size) })));
  } catch {
    return [];
  }
}
