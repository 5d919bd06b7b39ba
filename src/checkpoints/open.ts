import { InputError } from '../tensor/input-error.js';
import type { Checkpoint, Contents } from './checkpoint.js';
import { NPY_MAGIC, readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { readOnnxContents } from './onnx.js';
import { stripPrefixes } from './prefixes.js';
import { hasPickle, LEGACY_MAGIC, readPth } from './pth.js';
import { readSafetensorsContents, readShardedSafetensors } from './safetensors.js';
import type { Source } from './source.js';
import { bytesSource, fileSource } from './source.js';
import { openZip } from './zip.js';

/**
 * Opens a checkpoint of any format and reads its table of contents; tensors are read when they are asked for. The format is told by the
 * file's first bytes, not by its name (an .onnx file has none: its name must end so). Nothing in a file is ever executed.
 * Throws an InputError that names file, rule and value for what is broken, hostile or of another format.
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const source = await fileSource(path);
  try {
    if (path.endsWith('.json')) {
      const { shards, ...contents } = await readShardedSafetensors(source);
      const close = async () => {
        for (const each of [source, ...shards]) await each.close();
      };
      return { ...stripPrefixes(contents), path, bytes: contents.bytes, close };
    }
    const contents = stripPrefixes(await contentsOf(source, { onDisk: true }));
    return { ...contents, path, bytes: source.size, close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The same of a file that is in memory; `name` is for messages, and its ending tells an onnx file. */
export async function openCheckpointBytes(bytes: Uint8Array, name: string): Promise<Checkpoint> {
  const source = bytesSource(bytes, name);
  const contents = stripPrefixes(await contentsOf(source, { onDisk: false }));
  return { ...contents, path: name, bytes: source.size, close: () => source.close() };
}

async function contentsOf(source: Source, where: { readonly onDisk: boolean }): Promise<Contents> {
  const { name: file, size } = source;
  const first = await source.read(0, Math.min(16, size));
  const begins = (...magic: readonly number[]) => first.byteLength >= magic.length && magic.every((byte, i) => first[i] === byte);
  if (begins(0x50, 0x4b, 3, 4) || begins(0x50, 0x4b, 5, 6)) {
    const zip = await openZip(source);
    return hasPickle(zip) ? readPth(source, zip) : readNpz(source, zip);
  }
  if (begins(...NPY_MAGIC)) return readNpy(source);
  if (begins(...LEGACY_MAGIC)) {
    const again = 'torch.save(torch.load(path), path) with torch 1.6 or newer rewrites it';
    throw new InputError(`${file}: must be a zip archive as torch.save writes since version 1.6 (${again}), got the older format`);
  }
  if (begins(0x80) && first[1]! >= 2 && first[1]! <= 5)
    throw new InputError(
      `${file}: must be a checkpoint that torch.save wrote, got a bare pickle (protocol ${first[1]!}), which is not read`,
    );
  if (file.endsWith('.onnx')) return readOnnxContents(source, where);
  // 8 bytes of length, then JSON
  if (file.endsWith('.safetensors') || begins(...first.subarray(0, 8), 0x7b)) return readSafetensorsContents(source);
  throw new InputError(
    `${file}: must be a checkpoint (.safetensors, .safetensors.index.json, .pth, .npz, .npy, .onnx), got ${size} bytes that begin with ${Buffer.from(first.subarray(0, 8)).toString('hex') || 'nothing'}`,
  );
}
