import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { InputError } from '../tensor/input-error.js';
import { checkRegularFile } from '../tensor/regular-file.js';
import { random } from '../tensor/random.js';
import { sizeOf } from '../tensor/tensor.js';
import { channelStatistics } from './channel-statistics.js';
import type { Split } from './dataset.js';
import type { DatasetKind } from './dataset-kind.js';
import { integerOption, numberOption, oneOf, show, stringOption } from '../tensor/options.js';
import { sharedPixels } from './planes.js';

/** Array of bytes as an IDX file holds it: 0, 0, 8 (uint8), rank, each dimension as a big-endian uint32, then the values. */
interface Idx {
  readonly dims: readonly number[];
  readonly data: Uint8Array;
}

/**
 * MNIST's four files (also Fashion-MNIST, KMNIST; gzipped or not) in one folder. Validation images are drawn from the training file; ids are
 * `train/17` and `test/17`, the place in the file.
 */
export const idx: DatasetKind = {
  options: {
    root: 'the folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte (.gz or not)',
    channels: '1 (grey, the default) or 3 (the same three times)',
    classes: 'names of the classes; digits if left out',
    val: 'share of the training file for validation (0.1)',
    seed: 'of drawing validation images (0)',
    cap: 'images a split at most, drawn at random',
  },
  async load(options, { base }) {
    const root = resolve(base, stringOption('idx: root', options['root']));
    const channels = oneOf('idx: channels', options['channels'] ?? 1, [1, 3]);
    const share = numberOption('idx: val', options['val'] ?? 0.1, 0, 0.9);
    const seed = integerOption('idx: seed', options['seed'] ?? 0, 0);
    const cap = options['cap'] === undefined ? Infinity : integerOption('idx: cap', options['cap'], 1);
    const [train, test] = [await readPair(root, 'train'), await readPair(root, 't10k')];
    const [height, width] = [train.images.dims[1]!, train.images.dims[2]!];
    if (test.images.dims.slice(1).join() !== `${height},${width}`) {
      throw new InputError(
        `idx: test images must be ${height}x${width} as the training images are, got ${test.images.dims.slice(1).join('x')}`,
      );
    }
    const classes = classesOption(options['classes'], Math.max(maximum(train.labels.data), maximum(test.labels.data)) + 1);

    const order = random(seed, 'split').permutation(train.labels.data.length);
    const held = Math.round(share * order.length);
    const pick = (pair: Pair, file: string, name: string, chosen: Int32Array): Split => {
      const kept =
        chosen.length > cap
          ? random(seed, 'cap', name)
              .permutation(chosen.length)
              .slice(0, cap)
              .map((i) => chosen[i]!)
          : chosen;
      return gather(pair, file, kept.sort(), channels);
    };
    const all = Int32Array.from({ length: test.labels.data.length }, (_, i) => i);
    const splits = {
      train: pick(train, 'train', 'train', order.slice(held)),
      val: pick(train, 'train', 'val', order.slice(0, held)),
      test: pick(test, 'test', 'test', all),
    };
    const statistics = channelStatistics(splits.train.pixels, channels, height * width);
    return { name: `idx (${basename(root)})`, classes, channels, height, width, ...statistics, splits, skipped: [] };
  },
};

interface Pair {
  readonly images: Idx;
  readonly labels: Idx;
}

async function readPair(root: string, prefix: string): Promise<Pair> {
  const images = await readIdx(root, `${prefix}-images`, 3);
  const labels = await readIdx(root, `${prefix}-labels`, 1);
  if (images.dims[0] !== labels.dims[0]) {
    throw new InputError(`idx: ${prefix}-labels must hold ${images.dims[0]!} labels, one an image, got ${labels.dims[0]!}`);
  }
  return { images, labels };
}

async function readIdx(root: string, stem: string, rank: number): Promise<Idx> {
  const names = [`${stem}-idx${rank}-ubyte`, `${stem}.idx${rank}-ubyte`].flatMap((name) => [name, `${name}.gz`]);
  for (const name of names) {
    const file = join(root, name);
    if (await stat(file).catch(() => undefined)) return parseIdx(await unpacked(file), rank, file);
  }
  throw new InputError(`idx: ${root} must hold ${names[0]!} (or .gz), got neither`);
}

async function unpacked(file: string): Promise<Uint8Array> {
  await checkRegularFile(file, `idx: ${file}`);
  const bytes = await readFile(file);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return promisify(gunzip)(bytes).catch((error: Error) => {
    throw new InputError(`idx: ${file}: must be a complete gzip file, got ${error.message}`);
  });
}

/** Checks magic number and size. Throws InputError. */
export function parseIdx(bytes: Uint8Array, rank: number, what: string): Idx {
  const header = 4 + 4 * rank;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length >= 4 ? view.getUint32(0) : -1;
  if (magic !== 0x0800 + rank) {
    throw new InputError(
      `idx: ${what}: must begin with ${hex(0x0800 + rank)} (bytes, ${rank} dimensions), got ${magic < 0 ? 'too few bytes' : hex(magic)}`,
    );
  }
  if (bytes.length < header) throw new InputError(`idx: ${what}: must have a header of ${header} bytes, got ${bytes.length}`);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = header + sizeOf(dims);
  if (bytes.length !== size) {
    throw new InputError(`idx: ${what}: must have ${size} bytes for dimensions [${dims.join(', ')}], got ${bytes.length}`);
  }
  return { dims, data: bytes.subarray(header) };
}

const hex = (n: number) => `0x${n.toString(16).padStart(8, '0')}`;

/** The images at these places, each grey plane `channels` times. */
function gather({ images, labels }: Pair, file: string, places: Int32Array, channels: number): Split {
  const plane = images.dims[1]! * images.dims[2]!;
  const pixels = sharedPixels(places.length * channels * plane, 'idx');
  places.forEach((place, i) => {
    const image = images.data.subarray(place * plane, (place + 1) * plane);
    for (let c = 0; c < channels; c++) pixels.set(image, (i * channels + c) * plane);
  });
  return {
    ids: Array.from(places, (place) => `${file}/${place}`),
    labels: Int32Array.from(places, (place) => labels.data[place]!),
    pixels,
  };
}

function classesOption(given: unknown, count: number): string[] {
  if (given === undefined) return Array.from({ length: count }, (_, i) => String(i));
  const names = Array.isArray(given) ? (given as unknown[]).map(String) : [];
  if (names.length >= count && new Set(names).size === names.length) return names;
  throw new InputError(`idx: classes must be a list of ${count} different names or more, got ${show(given)}`);
}

const maximum = (data: Uint8Array) => data.reduce((a, b) => Math.max(a, b), 0);
