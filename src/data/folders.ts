import { basename, resolve } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { integerOption, stringOption } from '../tensor/options.js';
import { channelStatistics } from './channel-statistics.js';
import type { Dataset, SplitName } from './dataset.js';
import { SPLITS } from './dataset.js';
import type { DatasetKind } from './dataset-kind.js';
import { classesIn } from './folder-files.js';
import type { ListedImage } from './listing.js';
import { capOption, capped, decodeListing, IMAGE_OPTIONS, readOptions } from './listing.js';

const SIDE = 32;
/** Messages list as many. */
const LISTED = 5;

/**
 * A folder for each split, wherever they lie, each with a folder per class: `{ test: 'val/', train: 'train/' }`. Test images alone will do where
 * nothing is trained. Classes are sorted by name, as PyTorch's ImageFolder numbers them. Ids are `<split>/<class>/<file>`.
 */
export const folders: DatasetKind = {
  side: SIDE,
  paths: SPLITS,
  options: {
    test: 'the folder with the test images',
    train: 'the folder with the training images; left out: none',
    val: 'the folder with the validation images; left out: none',
    size: `side in pixels that images are brought to (${SIDE})`,
    ...IMAGE_OPTIONS,
    seed: 'of drawing cap (0)',
  },
  async classes(options, { base }) {
    return (await classesIn(resolve(base, stringOption('folders: test', options['test'])))).byClass.size;
  },
  async load(options, { base }) {
    const given = SPLITS.filter((split) => split === 'test' || options[split] !== undefined);
    const roots = new Map(given.map((split) => [split, resolve(base, stringOption(`folders: ${split}`, options[split]))]));
    const seed = integerOption('folders: seed', options['seed'] ?? 0, 0);
    const cap = capOption('folders', options['cap']);
    const found = new Map<SplitName, Awaited<ReturnType<typeof classesIn>>>();
    for (const [split, root] of roots) found.set(split, await classesIn(root));
    const classes = [...found.get('test')!.byClass.keys()];
    for (const split of given) mustHave(classes, [...found.get(split)!.byClass.keys()], { split, root: roots.get(split)! });

    const listed = (split: SplitName): readonly ListedImage[] => {
      const all = classes.flatMap((name, label) =>
        (found.get(split)?.byClass.get(name) ?? []).map((file) => ({
          file: `${split}/${file}`,
          path: resolve(roots.get(split)!, file),
          label,
        })),
      );
      return capped(all, cap, seed, 'cap', split);
    };
    const stray = given.flatMap((split) =>
      found.get(split)!.stray.map((file) => ({ file: `${split}/${file}`, reason: 'lies in no class folder' })),
    );
    const dataset = await decodeListing(
      'folders',
      roots.get('test')!,
      {
        name: `folders (${given.map((split) => basename(roots.get(split)!)).join(', ')})`,
        classes,
        splits: { train: listed('train'), val: listed('val'), test: listed('test') },
        remarks: roots.has('train') ? [] : ['There are no training images.'],
        stray,
      },
      readOptions('folders', options, SIDE),
    );
    return roots.has('train') ? dataset : { ...dataset, ...statisticsOf(dataset) };
  },
};

/** Without training images those of the test images normalize. */
const statisticsOf = ({ splits: { test }, channels, height, width }: Dataset) => channelStatistics(test.pixels, channels, height * width);

function mustHave(classes: readonly string[], own: readonly string[], { split, root }: { split: SplitName; root: string }): void {
  if (own.length < 2) throw new InputError(`folders: ${root} must hold two or more class folders, got ${own.join() || 'none'}`);
  const few = (names: readonly string[]) => `${names.slice(0, LISTED).join(', ')}${names.length > LISTED ? ' …' : ''}`;
  const unknown = own.filter((name) => !classes.includes(name));
  const missing = classes.filter((name) => !own.includes(name));
  if (unknown.length > 0) throw new InputError(`folders: ${split} must have the classes of test, got ${few(unknown)} too`);
  if (missing.length > 0 && split === 'train')
    throw new InputError(`folders: train must have the classes of test, got none of ${few(missing)}`);
}
