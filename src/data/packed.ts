import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Dataset, Split, SplitName } from './dataset.js';
import { SPLITS } from './dataset.js';
import { marksOf, marksText } from './marks.js';
import { sharedPixels } from './planes.js';
import type { View } from './view.js';
import { viewOf } from './view.js';

interface DescribedSplit {
  readonly ids: readonly string[];
  /** Of a data set with independent labels: none, but `marks` as text. */
  readonly labels: readonly number[];
  readonly marks?: string;
}

/** `dataset.json`: everything but the pixels, which lie in `<split>.u8` as [count, channels, height, width]. */
interface Described extends Omit<Dataset, 'splits'> {
  readonly version: 1;
  readonly splits: Readonly<Record<SplitName, DescribedSplit>>;
}

export const DESCRIPTION = 'dataset.json';
const pixelsFile = (split: SplitName) => `${split}.u8`;
/** A single read or write of 2 GB or more fails. */
const CHUNK_BYTES = 2 ** 30;

/** Writes a data set's decoded images into a folder, the description last; the same data set gives the same bytes. */
export async function writePacked(dataset: Dataset, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const split of SPLITS) {
    const file = await open(join(directory, pixelsFile(split)), 'w');
    try {
      for (const piece of pieces(dataset.splits[split].pixels)) await file.writeFile(piece);
    } finally {
      await file.close();
    }
  }
  await writeDescription(dataset, directory);
}

/**
 * Writes another view of what `writePacked` wrote into `from`. Pixels are the same files under a second name (copied where a file system knows no
 * links). Returns the data set without its pixels. Throws InputError for a view that does not fit.
 */
export async function writeView(from: string, directory: string, view: View): Promise<Dataset> {
  const dataset = viewOf(await openDescription(join(from, DESCRIPTION)), view);
  await mkdir(directory, { recursive: true });
  for (const split of SPLITS) {
    const [old, other] = [join(from, pixelsFile(split)), join(directory, pixelsFile(split))];
    await link(old, other).catch(() => copyFile(old, other, constants.COPYFILE_EXCL));
  }
  await writeDescription(dataset, directory);
  return dataset;
}

/** What a description says of a split's images. */
function labelled({ ids, labels, marks }: DescribedSplit): Omit<Split, 'pixels'> {
  if (marks === undefined) return { ids, labels: Int32Array.from(labels) };
  return { ids, labels: new Int32Array(ids.length).fill(-1), marks: marksOf(marks) };
}

async function writeDescription({ splits: { train, val, test }, ...rest }: Dataset, directory: string): Promise<void> {
  const described = ({ ids, labels, marks }: Split): DescribedSplit =>
    marks ? { ids, labels: [], marks: marksText(marks) } : { ids, labels: [...labels] };
  const description: Described = {
    version: 1,
    ...rest,
    splits: { train: described(train), val: described(val), test: described(test) },
  };
  await writeFile(join(directory, DESCRIPTION), JSON.stringify(description));
}

/** What a description file alone says: a data set without its pixels. */
export async function openDescription(file: string): Promise<Dataset> {
  const { splits, ...rest } = await describe(file);
  const bare = (name: SplitName): Split => ({ ...labelled(splits[name]), pixels: new Uint8Array() });
  return { ...rest, splits: { train: bare('train'), val: bare('val'), test: bare('test') } };
}

/** Opens what `writePacked` wrote; pixels are read once into memory that threads share. Throws InputError when a file is missing or cut short. */
export async function openPacked(directory: string): Promise<Dataset> {
  const { version, splits, ...rest } = await describe(join(directory, DESCRIPTION));
  if (version !== 1) throw new InputError(`packed: ${directory}: version must be 1, got ${String(version)}`);
  const bytes = rest.channels * rest.height * rest.width;
  const read = async (name: SplitName): Promise<Split> => {
    const own = labelled(splits[name]);
    return { ...own, pixels: await readPixels(join(directory, pixelsFile(name)), own.ids.length * bytes) };
  };
  return { ...rest, splits: { train: await read('train'), val: await read('val'), test: await read('test') } };
}

async function describe(file: string): Promise<Described> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => unreadable(file, error));
  try {
    return JSON.parse(text) as Described;
  } catch {
    throw new InputError(
      `packed: ${file}: must be complete JSON, got ${text.length} characters that end with ${JSON.stringify(text.slice(-20))}`,
    );
  }
}

async function readPixels(path: string, bytes: number): Promise<Uint8Array> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => unreadable(path, error));
  try {
    const { size } = await file.stat();
    if (size !== bytes) throw new InputError(`packed: ${path}: must have ${bytes} bytes, got ${size}`);
    const pixels = sharedPixels(bytes, 'packed');
    for (const piece of pieces(pixels)) {
      for (let at = 0; at < piece.length;) {
        const { bytesRead } = await file.read(piece, at, piece.length - at);
        if (bytesRead === 0) throw new InputError(`packed: ${path}: must have ${bytes} bytes, got an end before`);
        at += bytesRead;
      }
    }
    return pixels;
  } finally {
    await file.close();
  }
}

function unreadable(file: string, error: NodeJS.ErrnoException): never {
  throw new InputError(`packed: ${file}: must be readable, got ${error.code ?? error.message}`);
}

function pieces(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(data.length / CHUNK_BYTES) }, (_, i) => data.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES));
}
