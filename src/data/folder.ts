import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { random } from '../tensor/random.js';
import { channelStatistics } from './channel-statistics.js';
import type { Skipped, Split, SplitName } from './dataset.js';
import type { DatasetKind } from './dataset-kind.js';
import type { DecodeOptions } from './decode-image.js';
import { decodeImage, FITS } from './decode-image.js';
import type { Listed, Shares } from './folder-files.js';
import { listFolder } from './folder-files.js';
import { integerOption, numberOption, oneOf, optionsOf, stringOption } from '../tensor/options.js';
import { sharedPixels } from './planes.js';

/** Failures that an error message lists. */
const LISTED = 10;
const SIDE = 32;

/**
 * A folder per class: `root/train/<class>/*`, `root/val/…`, `root/test/…`, or `root/<class>/*`, of which splits are drawn (see `listFolder`).
 * Ids are paths inside the root. A class keeps one image for training before any goes to val or test; `remarks` name classes that a split lacks.
 */
export const folder: DatasetKind = {
  side: SIDE,
  options: {
    root: 'the folder',
    size: 'side in pixels that images are brought to (32)',
    fit: "'cover' (cut to a square, the default), 'contain' (white margins) or 'fill' (distort)",
    channels: '3 (RGB, the default) or 1 (grey)',
    split: 'shares of a class for splits without a folder, { val: 0.1, test: 0.2 }',
    seed: 'of drawing splits and of cap (0)',
    corrupt: "files that are no readable image: 'refuse' (the default) or 'skip'",
    cap: 'images a split at most, drawn at random',
  },
  async load(options, { base }) {
    const root = resolve(base, stringOption('folder: root', options['root']));
    const seed = integerOption('folder: seed', options['seed'] ?? 0, 0);
    const decode: DecodeOptions = {
      size: integerOption('folder: size', options['size'] ?? SIDE, 1),
      channels: oneOf('folder: channels', options['channels'] ?? 3, [1, 3]),
      fit: oneOf('folder: fit', options['fit'] ?? 'cover', FITS),
    };
    const corrupt = oneOf('folder: corrupt', options['corrupt'] ?? 'refuse', ['refuse', 'skip']);
    const cap = options['cap'] === undefined ? Infinity : integerOption('folder: cap', options['cap'], 1);
    const { classes, splits: listed, stray, remarks } = await listFolder(root, sharesOption(options['split']), seed);

    const skipped: Skipped[] = stray.map((file) => ({ file, reason: 'lies in no class folder' }));
    const read = async (name: SplitName) => {
      const made = await readSplit(root, capped(listed[name], cap, random(seed, 'cap', name)), classes, decode);
      skipped.push(...made.failed);
      return made.split;
    };
    const splits = { train: await read('train'), val: await read('val'), test: await read('test') };
    if (corrupt === 'refuse' && skipped.length > 0) throw new InputError(refusal(root, skipped));
    const untrained = classes.find((_, i) => !splits.train.labels.includes(i));
    if (untrained !== undefined && cap === Infinity)
      throw new InputError(`folder: class ${untrained} must have a readable training image, got none`);
    return {
      name: `folder (${basename(root)})`,
      classes,
      channels: decode.channels,
      height: decode.size,
      width: decode.size,
      ...channelStatistics(splits.train.pixels, decode.channels, decode.size ** 2),
      splits,
      skipped,
      remarks,
    };
  },
};

function sharesOption(given: unknown): Shares {
  const shares = optionsOf('folder: split', given ?? {}, ['val', 'test']);
  const share = (key: 'val' | 'test') => (shares[key] === undefined ? undefined : numberOption(`folder: split.${key}`, shares[key], 0, 1));
  const [val, test] = [share('val'), share('test')];
  if ((val ?? 0) + (test ?? 0) >= 1)
    throw new InputError(`folder: split must leave images for training, got val ${val ?? 0} and test ${test ?? 0}`);
  return { val, test };
}

function capped(listed: readonly Listed[], cap: number, rng: { permutation(n: number): Int32Array }): readonly Listed[] {
  if (listed.length <= cap) return listed;
  const chosen = rng.permutation(listed.length).slice(0, cap).sort();
  return Array.from(chosen, (i) => listed[i]!);
}

/** Decodes some files at a time; what fails is left out and reported in order. */
async function readSplit(
  root: string,
  listed: readonly Listed[],
  classes: readonly string[],
  decode: DecodeOptions,
): Promise<{ split: Split; failed: Skipped[] }> {
  const bytes = decode.channels * decode.size ** 2;
  const pixels = sharedPixels(listed.length * bytes, 'folder');
  const reasons = new Map<number, string>();
  let next = 0;
  const reader = async () => {
    for (let i = next++; i < listed.length; i = next++) {
      await decodeImage(join(root, listed[i]!.file), pixels, i * bytes, decode).catch((error: Error) => reasons.set(i, error.message));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, reader));

  const good = Array.from(listed.keys()).filter((i) => !reasons.has(i));
  if (reasons.size > 0) good.forEach((from, to) => pixels.copyWithin(to * bytes, from * bytes, (from + 1) * bytes));
  const index = new Map(classes.map((name, i) => [name, i]));
  return {
    split: {
      ids: good.map((i) => listed[i]!.file),
      labels: Int32Array.from(good, (i) => index.get(listed[i]!.label)!),
      pixels: pixels.subarray(0, good.length * bytes),
    },
    failed: listed.flatMap(({ file }, i) => (reasons.has(i) ? [{ file, reason: reasons.get(i)! }] : [])),
  };
}

function refusal(root: string, skipped: readonly Skipped[]): string {
  const lines = skipped.slice(0, LISTED).map(({ file, reason }) => `\n  ${file}: ${reason}`);
  const more = skipped.length > LISTED ? `\n  and ${skipped.length - LISTED} more` : '';
  return `folder: every file of ${root} must be a readable image, got ${skipped.length} that ${skipped.length === 1 ? 'is' : 'are'} not (corrupt: skip leaves them out):${lines.join('')}${more}`;
}
