import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { integerOption, numberOption, stringOption } from '../tensor/options.js';
import type { DatasetKind } from './dataset-kind.js';
import { holdOut } from './hold-out.js';
import { synsetNames, validationSynsets } from './imagenet-labels.js';
import type { ListedImage } from './listing.js';
import { capOption, capped, decodeListing, IMAGE_OPTIONS, readOptions } from './listing.js';

const SIDE = 224;
const SYNSET = /^n\d{8}$/;
const IMAGE_NAME = /\.(jpe?g|png)$/i;
/** Where Kaggle's archive keeps train/ and val/; its lists lie at its top. */
const KAGGLE = 'ILSVRC/Data/CLS-LOC';

/**
 * ImageNet (ILSVRC 2012): `train/n01440764/*.JPEG`, and `val/` with the same folders, or flat as it comes, with the list that says what is in
 * each file. The official validation images are the test split; validation images are drawn from train, where asked for. Classes are the
 * synsets of train, sorted; names come from LOC_synset_mapping.txt or synset_words.txt. CMYK files are converted, and named in a remark.
 */
export const imagenet: DatasetKind = {
  side: SIDE,
  options: {
    root: 'the folder with train/ and val/, or what Kaggle’s archive unpacks to',
    size: `side in pixels that images are brought to (${SIDE})`,
    ...IMAGE_OPTIONS,
    labels: 'the list of a flat val/, inside root; by default LOC_val_solution.csv, val.txt or imagenet_2012_validation_synset_labels.txt',
    val: 'share of a class’ training images for validation (0)',
    seed: 'of cap and of drawing validation images (0)',
  },
  async load(options, { base }) {
    const root = resolve(base, stringOption('imagenet: root', options['root']));
    const read = readOptions('imagenet', options, SIDE);
    const cap = capOption('imagenet', options['cap']);
    const share = numberOption('imagenet: val', options['val'] ?? 0, 0, 0.9);
    const seed = integerOption('imagenet: seed', options['seed'] ?? 0, 0);
    const labels = options['labels'] === undefined ? undefined : stringOption('imagenet: labels', options['labels']);

    const inside = (await isFolder(join(root, KAGGLE))) ? `${KAGGLE}/` : '';
    const synsets = (await namesIn(join(root, inside, 'train'), root)).filter((name) => SYNSET.test(name));
    if (synsets.length < 2)
      throw new InputError(`imagenet: ${join(root, inside, 'train')} must hold two synset folders (n01440764) or more, got ${synsets.join() || 'none'}`); // prettier-ignore
    const all = (await Promise.all(synsets.map((synset, label) => imagesOf(root, `${inside}train/${synset}/`, label)))).flat();
    const { train, val } = holdOut(all, share, seed);
    const official = await validationOf(root, `${inside}val/`, synsets, labels);
    return decodeListing(
      'imagenet',
      root,
      {
        name: 'imagenet',
        classes: await synsetNames(root, synsets),
        splits: {
          train: capped(train, cap, seed, 'cap', 'train'),
          val: capped(val, cap, seed, 'cap', 'val'),
          test: capped(official, cap, seed, 'cap', 'test'),
        },
        remarks: [],
      },
      { ...read, decode: { ...read.decode, watchCmyk: true } },
    );
  },
};

/** The official validation images: in synset folders, or flat beside a list. */
async function validationOf(root: string, prefix: string, synsets: readonly string[], labels: string | undefined): Promise<ListedImage[]> {
  const names = await namesIn(join(root, prefix), root);
  const folders = names.filter((name) => SYNSET.test(name));
  const files = names.filter((name) => IMAGE_NAME.test(name));
  const unknown = folders.find((name) => !synsets.includes(name));
  if (unknown !== undefined) throw new InputError(`imagenet: synset ${unknown} of val/ must have training images, got none`);
  if (folders.length > 0)
    return (await Promise.all(folders.map((name) => imagesOf(root, `${prefix}${name}/`, synsets.indexOf(name))))).flat();
  if (files.length === 0) throw new InputError(`imagenet: ${join(root, prefix)} must hold images or synset folders, got neither`);
  const said = await validationSynsets(root, files, { synsets, labels });
  return files.map((name, i) => ({ file: `${prefix}${name}`, label: said[i]! }));
}

async function imagesOf(root: string, prefix: string, label: number): Promise<ListedImage[]> {
  const files = await namesIn(join(root, prefix), root);
  if (files.length === 0) throw new InputError(`imagenet: ${prefix} must hold images, got none`);
  return files.map((name) => ({ file: `${prefix}${name}`, label }));
}

/** What lies in a folder, sorted, without hidden entries. */
async function namesIn(folder: string, root: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`imagenet: ${root} must hold train/ and val/, got ${error.code ?? error.message} for ${folder}`);
  });
  return names.filter((name) => !name.startsWith('.')).sort();
}

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
