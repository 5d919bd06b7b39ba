import { integerOption, show } from '../tensor/options.js';
import { random } from '../tensor/random.js';
import { InputError } from '../tensor/input-error.js';
import type { Dataset, DatasetSpec, Split, SplitName } from './dataset.js';
import { marksAt } from './marks.js';
import type { Normalization } from './normalize.js';
import { normalizeOption, perChannel } from './normalize.js';
import type { Shuffle } from './shuffle.js';
import { shuffleOption, shuffleOrder } from './shuffle.js';

/** Another look at the same decoded images; every data set has these options. */
export interface View {
  readonly shuffle?: Shuffle;
  /** Seed with which labels change images, split by split. */
  readonly shuffleLabels?: number;
  readonly normalize?: Normalization;
}

export const VIEW_OPTIONS: Readonly<Record<string, string>> = {
  shuffle: 'pixels, or { block, seed }: blocks of that side change places, in every image alike',
  shuffleLabels: 'seed with which labels change images, so that there is nothing to learn: a negative control',
  normalize: "what pixels are normalized with: 'imagenet', 'none' or { mean, std }; the training images' own by default",
};

/** The data set itself and how to look at it; no view: as it is. Throws InputError for options of the view that break a rule. */
export function splitView(spec: DatasetSpec): { readonly base: DatasetSpec; readonly view: View | null } {
  const { shuffle, shuffleLabels, normalize, ...base } = spec;
  const view = {
    ...(shuffle === undefined ? {} : { shuffle: shuffleOption(shuffle) }),
    ...(shuffleLabels === undefined ? {} : { shuffleLabels: integerOption('shuffleLabels', shuffleLabels, 0) }),
    ...(normalize === undefined ? {} : { normalize: normalizeOption(normalize) }),
  };
  return { base: base as DatasetSpec, view: Object.keys(view).length > 0 ? view : null };
}

/** What of a data set a view changes: pixels stay as they are, batches come in the shuffle's order. Throws InputError when it does not fit. */
export function viewOf(dataset: Dataset, { shuffle, shuffleLabels, normalize }: View): Dataset {
  if (shuffle && dataset.shuffle) throw new InputError(`shuffle: images must be shuffled once, got ${show(dataset.shuffle)} before`);
  if (shuffle) shuffleOrder(shuffle, dataset);
  const said = [
    ...(shuffle ? [`${shuffle.block === '*' ? 'all values' : `blocks of ${shuffle.block}`} shuffled by ${shuffle.seed}`] : []),
    ...(shuffleLabels === undefined ? [] : [`labels shuffled by ${shuffleLabels}`]),
    ...(normalize ? [`normalized with mean ${normalize.mean.join(' ')} and deviation ${normalize.std.join(' ')}`] : []),
  ];
  return {
    ...dataset,
    name: `${dataset.name}, ${said.join(', ')}`,
    ...(shuffle ? { shuffle } : {}),
    ...(normalize ? perChannel(normalize, dataset.channels) : {}),
    ...(shuffleLabels === undefined ? {} : { splits: withOtherLabels(dataset, shuffleLabels) }),
    remarks: [...(dataset.remarks ?? []), ...said.map((what) => `${what.replace(/^./, (first) => first.toUpperCase())}.`)],
  };
}

/** Labels keep their frequencies and lose their images. */
function withOtherLabels({ classes, splits: { train, val, test } }: Dataset, seed: number): Dataset['splits'] {
  const relabelled = (name: SplitName, split: Split): Split => {
    const order = random(seed, 'labels', name).permutation(split.labels.length);
    const labels = Int32Array.from(order, (i) => split.labels[i]!);
    return { ...split, labels, ...(split.marks ? { marks: marksAt(split.marks, order, classes.length) } : {}) };
  };
  return { train: relabelled('train', train), val: relabelled('val', val), test: relabelled('test', test) };
}
