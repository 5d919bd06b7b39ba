import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Options } from '../tensor/options.js';
import { integerOption, oneOf } from '../tensor/options.js';
import { random } from '../tensor/random.js';
import { channelStatistics } from './channel-statistics.js';
import type { Dataset, Skipped, Split, SplitName } from './dataset.js';
import type { DecodeOptions } from './decode-image.js';
import { decodeImage, FITS } from './decode-image.js';
import { sharedPixels } from './planes.js';

/** An image to be decoded. */
export interface ListedImage {
  /** Path inside the root, with forward slashes: its id. */
  readonly file: string;
  /** Where it lies, when that is not inside the root. */
  readonly path?: string;
  /** Where it stands in a list, for messages: 'real_train.txt:17'. */
  readonly said?: string;
  /** Its class; with `marks` left out. */
  readonly label?: number;
  /** Its independent labels: 1, 0, or −1 where it is not known. */
  readonly marks?: readonly number[];
}

/** What a data set of image files holds, before any of them is read. */
export interface Listing {
  readonly name: string;
  readonly classes: readonly string[];
  /** An image has any number of the classes, each known or not, instead of exactly one. */
  readonly multiLabel?: boolean;
  readonly splits: Readonly<Record<SplitName, readonly ListedImage[]>>;
  readonly remarks: readonly string[];
  /** Files that belong nowhere. */
  readonly stray?: readonly Skipped[];
}

/** How the images of a listing are read. */
export interface ReadOptions {
  readonly decode: DecodeOptions;
  /** What to do with files that are no readable image. */
  readonly corrupt: 'refuse' | 'skip';
}

/** Options that every data set of image files has, with what they mean. */
export const IMAGE_OPTIONS = {
  fit: "'cover' (cut to a square, the default), 'contain' (white margins) or 'fill' (distort)",
  channels: '3 (RGB, the default) or 1 (grey)',
  corrupt: "files that are no readable image: 'refuse' (the default) or 'skip'",
  cap: 'images a split at most, drawn at random',
} as const;

/** These options as written for a data set `kind` whose images have `side` by default. */
export function readOptions(kind: string, options: Options, side: number): ReadOptions {
  return {
    decode: {
      size: integerOption(`${kind}: size`, options['size'] ?? side, 1),
      channels: oneOf(`${kind}: channels`, options['channels'] ?? 3, [1, 3]),
      fit: oneOf(`${kind}: fit`, options['fit'] ?? 'cover', FITS),
    },
    corrupt: oneOf(`${kind}: corrupt`, options['corrupt'] ?? 'refuse', ['refuse', 'skip']),
  };
}

export const capOption = (kind: string, given: unknown): number =>
  given === undefined ? Infinity : integerOption(`${kind}: cap`, given, 1);

/** At most `cap` of these, drawn by the key, in their order. */
export function capped<T>(listed: readonly T[], cap: number, ...key: (string | number)[]): readonly T[] {
  if (listed.length <= cap) return listed;
  const chosen = random(...key)
    .permutation(listed.length)
    .slice(0, cap)
    .sort();
  return Array.from(chosen, (i) => listed[i]!);
}

/** Decodes the images of a listing. Throws InputError that names every file (up to ten) which is no readable image, unless they may be skipped. */
export async function decodeListing(
  kind: string,
  root: string,
  { name, classes, multiLabel = false, splits: listed, remarks, stray = [] }: Listing,
  { decode, corrupt }: ReadOptions,
): Promise<Dataset> {
  const skipped: Skipped[] = [...stray];
  const cmyk: string[] = [];
  const read = async (split: SplitName) => {
    const made = await readSplit(kind, root, listed[split], { ...decode, multiLabel });
    skipped.push(...made.failed);
    cmyk.push(...made.cmyk);
    return made.split;
  };
  const splits = { train: await read('train'), val: await read('val'), test: await read('test') };
  if (corrupt === 'refuse' && skipped.length > 0) throw new InputError(refusal(kind, root, skipped));
  const { channels, size } = decode;
  return {
    name,
    classes,
    ...(multiLabel ? { multiLabel } : {}),
    channels,
    height: size,
    width: size,
    ...channelStatistics(splits.train.pixels, channels, size ** 2),
    splits,
    skipped,
    remarks: [...remarks, ...(cmyk.length > 0 ? [convertedRemark(cmyk)] : [])],
  };
}

/** Decodes some files at a time; what fails is left out and reported in order. */
async function readSplit(
  kind: string,
  root: string,
  listed: readonly ListedImage[],
  { multiLabel, ...decode }: DecodeOptions & { readonly multiLabel: boolean },
): Promise<{ split: Split; failed: Skipped[]; cmyk: string[] }> {
  const bytes = decode.channels * decode.size ** 2;
  const pixels = sharedPixels(listed.length * bytes, kind);
  const reasons = new Map<number, string>();
  const converted = new Set<number>();
  let next = 0;
  const reader = async () => {
    for (let i = next++; i < listed.length; i = next++) {
      await decodeImage(listed[i]!.path ?? join(root, listed[i]!.file), pixels, i * bytes, decode).then(
        ({ cmyk }) => cmyk && converted.add(i),
        (error: Error) => reasons.set(i, error.message),
      );
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 2 }, reader));

  const good = [...listed.keys()].filter((i) => !reasons.has(i));
  if (reasons.size > 0) good.forEach((from, to) => pixels.copyWithin(to * bytes, from * bytes, (from + 1) * bytes));
  return {
    split: {
      ids: good.map((i) => listed[i]!.file),
      labels: Int32Array.from(good, (i) => listed[i]!.label ?? -1),
      ...(multiLabel ? { marks: Int8Array.from(good.flatMap((i) => listed[i]!.marks!)) } : {}),
      pixels: pixels.subarray(0, good.length * bytes),
    },
    failed: listed.flatMap(({ file, said }, i) => {
      const reason = reasons.get(i);
      return reason === undefined ? [] : [{ file, reason: said === undefined ? reason : `${reason} (${said})` }];
    }),
    cmyk: [...converted].sort((a, b) => a - b).map((i) => listed[i]!.file),
  };
}

/** Failures that a message lists. */
const LISTED = 10;

function refusal(kind: string, root: string, skipped: readonly Skipped[]): string {
  const lines = skipped.slice(0, LISTED).map(({ file, reason }) => `\n  ${file}: ${reason}`);
  const more = skipped.length > LISTED ? `\n  and ${skipped.length - LISTED} more` : '';
  return `${kind}: every file of ${root} must be a readable image, got ${skipped.length} that ${skipped.length === 1 ? 'is' : 'are'} not (corrupt: skip leaves them out):${lines.join('')}${more}`;
}

function convertedRemark(files: readonly string[]): string {
  const more = files.length > LISTED ? ` and ${files.length - LISTED} more` : '';
  return `${files.length} CMYK JPEG${files.length === 1 ? ' was' : 's were'} converted to RGB: ${files.slice(0, LISTED).join(', ')}${more}`;
}
