import { InputError } from '../tensor/input-error.js';
import type { Contents } from './checkpoint.js';
import { unpickle } from './pickle.js';
import type { TensorRef } from './pickle-values.js';
import type { Source } from './source.js';
import { findStateDict } from './state-dict.js';
import type { Dtype, StoredTensor } from './stored-tensor.js';
import { bytesOf, checkedSize } from './stored-tensor.js';
import { reach, stridedTensor } from './strided.js';
import type { Zip, ZipEntry } from './zip.js';

/** A pickle that names a hundred thousand tensors has some ten megabytes. */
const LARGEST_PICKLE = 2 ** 24;

/** How torch.save wrote before version 1.6: pickles one after another, beginning with protocol 2 and a magic number. */
export const LEGACY_MAGIC = Uint8Array.of(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);

export const hasPickle = (zip: Zip): boolean => pickleOf(zip) !== undefined;

/**
 * A file that torch.save wrote (version 1.6 or newer: a zip archive). Its pickle is read by our own restricted unpickler, which builds
 * descriptions of tensors and nothing else. Throws InputError for everything that is no dictionary of dense tensors.
 */
export async function readPth({ name: file }: Source, zip: Zip): Promise<Contents> {
  const pickle = pickleOf(zip)!;
  if (pickle.size > LARGEST_PICKLE)
    throw new InputError(`${file}: ${pickle.name} must have at most ${LARGEST_PICKLE} bytes, got ${pickle.size}`);
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  await checkByteOrder(file, zip, folder);
  const what = `${file}: ${pickle.name}`;
  const { tensors: refs, notes } = findStateDict(unpickle(await zip.read(pickle, 0, pickle.size), what), file);
  const tensors = new Map<string, StoredTensor>();
  for (const [name, ref] of refs) tensors.set(name, storedTensor(ref, `${file}: ${name}`, zip, folder));
  return { format: 'pth', tensors, metadata: {}, notes };
}

/** 'archive/data.pkl'; the folder is called as the file was. */
function pickleOf({ entries }: Zip): ZipEntry | undefined {
  return [...entries.values()].find(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
}

async function checkByteOrder(file: string, zip: Zip, folder: string): Promise<void> {
  const entry = zip.entries.get(`${folder}byteorder`);
  if (!entry) return;
  const order = new TextDecoder().decode(await zip.read(entry, 0, Math.min(entry.size, 16)));
  if (order !== 'little') throw new InputError(`${file}: byte order must be little, got ${JSON.stringify(order)}`);
}

/** Several tensors may lie in one storage. */
function storedTensor({ storage, dtype, offset, dims, strides }: TensorRef, what: string, zip: Zip, folder: string): StoredTensor {
  const entry = zip.entries.get(`${folder}data/${storage.key}`);
  if (!entry) throw new InputError(`${what}: its data must be in the archive, got no ${folder}data/${storage.key.slice(0, 40)}`);
  const size = checkedSize(dims, what);
  const held = Math.floor(entry.size / bytesOf(dtype as Dtype));
  // an expanded tensor repeats its storage: a few bytes could stand for terabytes
  if (size > held)
    throw new InputError(
      `${what}: a tensor must not have more elements than its storage (save .contiguous() tensors), got ${size} of ${held}`,
    );
  const end = reach({ dims, strides, offset });
  if (!(end <= held)) throw new InputError(`${what}: must lie inside its storage of ${held} elements, got elements ${offset} to ${end}`);
  const stored = stridedTensor({ dtype: dtype as Dtype, dims, strides, offset }, (from, length) => zip.read(entry, from, length));
  return entry.stored ? stored : { ...stored, piece: Math.max(1, size) };
}
