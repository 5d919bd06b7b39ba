import { basename, resolve } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { integerOption, numberOption, optionsOf, stringOption } from '../tensor/options.js';
import type { SplitName } from './dataset.js';
import type { DatasetKind } from './dataset-kind.js';
import type { Shares } from './folder-files.js';
import { listFolder } from './folder-files.js';
import type { ListedImage } from './listing.js';
import { capOption, capped, decodeListing, IMAGE_OPTIONS, readOptions } from './listing.js';

const SIDE = 32;

/**
 * A folder per class: `root/train/<class>/*`, `root/val/…`, `root/test/…`, or `root/<class>/*`, of which splits are drawn (see `listFolder`).
 * Ids are paths inside the root. A class keeps one image for training before any goes to val or test; `remarks` name classes that a split lacks.
 */
export const folder: DatasetKind = {
  version: 2,
  side: SIDE,
  options: {
    root: 'the folder',
    size: 'side in pixels that images are brought to (32)',
    ...IMAGE_OPTIONS,
    split: 'shares of a class for splits without a folder, { val: 0.1, test: 0.2 }; val/ is the test split where there is no test/',
    seed: 'of drawing splits and of cap (0)',
  },
  async load(options, { base }) {
    const root = resolve(base, stringOption('folder: root', options['root']));
    const seed = integerOption('folder: seed', options['seed'] ?? 0, 0);
    const read = readOptions('folder', options, SIDE);
    const cap = capOption('folder', options['cap']);
    const { classes, splits, stray, remarks } = await listFolder(root, sharesOption('folder', options['split']), seed);
    const index = new Map(classes.map((name, i) => [name, i]));
    const listed = (name: SplitName): ListedImage[] =>
      capped(splits[name], cap, seed, 'cap', name).map(({ file, label }) => ({ file, label: index.get(label)! }));
    const dataset = await decodeListing(
      'folder',
      root,
      {
        name: `folder (${basename(root)})`,
        classes,
        splits: { train: listed('train'), val: listed('val'), test: listed('test') },
        remarks,
        stray: stray.map((file) => ({ file, reason: 'lies in no class folder' })),
      },
      read,
    );
    const untrained = classes.find((_, i) => !dataset.splits.train.labels.includes(i));
    if (untrained !== undefined && cap === Infinity)
      throw new InputError(`folder: class ${untrained} must have a readable training image, got none`);
    return dataset;
  },
};

/** `{ val: 0.1, test: 0.2 }`; undefined where not said. */
export function sharesOption(kind: string, given: unknown): Shares {
  const shares = optionsOf(`${kind}: split`, given ?? {}, ['val', 'test']);
  const share = (key: 'val' | 'test') => (shares[key] === undefined ? undefined : numberOption(`${kind}: split.${key}`, shares[key], 0, 1));
  const [val, test] = [share('val'), share('test')];
  if ((val ?? 0) + (test ?? 0) >= 1)
    throw new InputError(`${kind}: split must leave images for training, got val ${val ?? 0} and test ${test ?? 0}`);
  return { val, test };
}
