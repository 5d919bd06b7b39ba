import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import { chexpert } from './chexpert.js';
import { csv } from './csv.js';
import type { Dataset, DatasetSpec } from './dataset.js';
import type { DatasetKind } from './dataset-kind.js';
import { domainnet } from './domainnet.js';
import { emoji } from './emoji.js';
import { folder } from './folder.js';
import { folders } from './folders.js';
import { idx } from './idx.js';
import { imagenet } from './imagenet.js';
import { optionsOf } from '../tensor/options.js';
import { splitView, VIEW_OPTIONS, viewOf } from './view.js';

/** Every data set that a study can name. To add one: a file like `idx.ts`, and its name here. */
export const DATASETS: Readonly<Record<string, DatasetKind>> = { chexpert, csv, domainnet, emoji, folder, folders, idx, imagenet };

/** Options of every data set, each with what it means; the last ones are common to all. */
export const datasetOptions: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries(DATASETS).map(([name, { options }]) => [name, { ...options, ...VIEW_OPTIONS }]),
);

/** Side of the square images of a data set, before anything is read; undefined when only its files tell. */
export function sideOf({ dataset, size }: DatasetSpec): number | undefined {
  return typeof size === 'number' ? size : DATASETS[dataset]?.side;
}

/** Throws InputError for options that break a rule of the data set, as far as that shows before its files are looked at. */
export const checkOptions = ({ dataset, ...options }: DatasetSpec): void => DATASETS[dataset]?.check?.(options);

/** How many classes a data set has, before its images are read; undefined when only reading them tells. Throws InputError for what it cannot have. */
export async function classCount({ dataset, ...options }: DatasetSpec, where: { readonly base: string }): Promise<number | undefined> {
  return DATASETS[dataset]?.classes?.(splitView({ dataset, ...options }).base, where);
}

/** Raised when the same options and files would give other images. */
export const versionOf = ({ dataset }: DatasetSpec): number => DATASETS[dataset]?.version ?? 1;

/** The options of a data set that are folders and are given. */
export const pathsOf = (spec: DatasetSpec): string[] =>
  (DATASETS[spec.dataset]?.paths ?? ['root']).filter((key) => typeof spec[key] === 'string');

/** Whether the images of a data set have independent labels instead of one class. */
export const isMultiLabel = ({ dataset }: DatasetSpec): boolean =>
  (Object.hasOwn(DATASETS, dataset) && DATASETS[dataset]!.multiLabel) ?? false;

/** What a data set reads of its root; undefined: all of it. */
export const partsOf = ({ dataset, ...options }: DatasetSpec): readonly string[] | undefined =>
  Object.hasOwn(DATASETS, dataset) ? DATASETS[dataset]!.parts?.(options) : undefined;

/** Decodes the images of `{ dataset: 'emoji', domains: [noto] }`. Relative paths start at `base`. Throws InputError, also when no test image is left. */
export async function loadDataset(spec: DatasetSpec, { base = process.cwd() }: { base?: string } = {}): Promise<Dataset> {
  const { base: own, view } = splitView(spec);
  const { dataset: name, ...options } = own;
  if (!Object.hasOwn(DATASETS, name)) throw new InputError(`dataset: ${unknownName('dataset', name, Object.keys(DATASETS))}`);
  const kind = DATASETS[name]!;
  const loaded = await kind.load(optionsOf(name, options, Object.keys(kind.options)), { base });
  if (loaded.splits.test.ids.length === 0)
    throw new InputError(`${name}: there must be test images, on which every network is judged, got none`);
  return view ? viewOf(loaded, view) : loaded;
}
