import { basename, join, resolve } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { integerOption, show, stringOption } from '../tensor/options.js';
import type { CsvTable } from './csv-table.js';
import { placesOf, readCsv } from './csv-table.js';
import type { SplitName } from './dataset.js';
import { SPLITS } from './dataset.js';
import type { DatasetKind } from './dataset-kind.js';
import { sharesOption } from './folder.js';
import { holdOutGroups } from './hold-out.js';
import type { ListedImage } from './listing.js';
import { capOption, capped, decodeListing, IMAGE_OPTIONS, readOptions } from './listing.js';
import { balanceRemarks } from './marks.js';

const SIDE = 32;
const DEFAULT_SHARES = { val: 0.1, test: 0.2 };

/**
 * Any folder of images with a table of independent labels: `path,labelA,labelB,…`, paths inside the root, values 1, 0, or blank where it is
 * not known. A column `split` (train, val, test) divides the images; without it shares are drawn, of the values of a `group` column together.
 */
export const csv: DatasetKind = {
  side: SIDE,
  multiLabel: true,
  options: {
    root: 'the folder with the images and the table',
    table: 'name of the table inside root (labels.csv): a column path, a column a label, values 1, 0 or blank (not known)',
    labels: 'columns that are labels; all but path, split and group if left out',
    group: 'column whose equal values stay in one split, like a patient',
    size: `side in pixels that images are brought to (${SIDE})`,
    ...IMAGE_OPTIONS,
    split: 'shares of images (or groups) where the table has no column split, { val: 0.1, test: 0.2 }',
    seed: 'of drawing splits and of cap (0)',
  },
  async load(options, { base }) {
    const root = resolve(base, stringOption('csv: root', options['root']));
    const file = stringOption('csv: table', options['table'] ?? 'labels.csv');
    const seed = integerOption('csv: seed', options['seed'] ?? 0, 0);
    const read = readOptions('csv', options, SIDE);
    const cap = capOption('csv', options['cap']);
    const group = options['group'] === undefined ? null : stringOption('csv: group', options['group']);
    const what = `csv: ${file}`;
    const table = await readCsv(join(root, file), what);
    const labels = labelsOf(options['labels'], table, group, what);
    const images = imagesOf(table, labels, group, file);
    const shares = sharesOption('csv', options['split']);
    const divided = table.columns.includes('split');
    if (divided && options['split'] !== undefined)
      throw new InputError(`csv: split must be left out where ${file} has a column split, got ${show(options['split'])}`);
    const parts = divided
      ? bySplit(images)
      : holdOutGroups(
          images,
          { val: shares.val ?? DEFAULT_SHARES.val, test: shares.test ?? DEFAULT_SHARES.test },
          { seed, groupOf: (image) => image.group },
        );
    if (parts.train.length === 0) throw new InputError(`${what}: must list training images, got none`);
    if (parts.test.length === 0)
      throw new InputError(`${what}: there must be test images, got none: ${divided ? 'let rows have split test' : 'give them a share, split: { test: 0.2 }'}`); // prettier-ignore
    const splits = {
      train: capped(parts.train, cap, seed, 'cap', 'train'),
      val: capped(parts.val, cap, seed, 'cap', 'val'),
      test: capped(parts.test, cap, seed, 'cap', 'test'),
    };
    return decodeListing(
      'csv',
      root,
      { name: `csv (${basename(root)})`, classes: labels, multiLabel: true, splits, remarks: balanceRemarks(labels, splits) },
      read,
    );
  },
};

interface TableImage extends ListedImage {
  readonly split: SplitName | null;
  /** Its own path where nothing groups images. */
  readonly group: string;
}

function labelsOf(given: unknown, table: CsvTable, group: string | null, what: string): readonly string[] {
  if (given === undefined) {
    const labels = table.columns.filter((name) => !['path', 'split', group].includes(name));
    if (labels.length === 0) throw new InputError(`${what}:1: must have a column for each label, got ${table.columns.join(', ')}`);
    return labels;
  }
  const names: unknown = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string') || new Set(names).size < names.length)
    throw new InputError(`csv: labels must be a list of different columns, got ${show(given)}`);
  return names as string[];
}

function imagesOf(table: CsvTable, labels: readonly string[], group: string | null, file: string): TableImage[] {
  const what = `csv: ${file}`;
  const [path] = placesOf(['path'], table, what) as [number];
  const grouped = group === null ? path : placesOf([group], table, what)[0]!;
  const split = table.columns.indexOf('split');
  const places = placesOf(labels, table, what);
  const seen = new Map<string, number>();
  return table.rows.map(({ line, fields }) => {
    const said = `${file}:${line}`;
    const image = fields[path]!.trim();
    if (image === '' || image.startsWith('/') || image.split('/').includes('..'))
      throw new InputError(`csv: ${said}: path must lie inside the folder, got ${show(image)}`);
    if (seen.has(image)) throw new InputError(`csv: ${said}: an image must be listed once, got ${image} as in line ${seen.get(image)!}`);
    seen.set(image, line);
    return {
      file: image,
      said,
      group: fields[grouped]!,
      split: split < 0 ? null : splitOf(fields[split]!.trim(), said),
      marks: places.map((place, k) => markOf(fields[place]!.trim(), `${said}: ${labels[k]!}`)),
    };
  });
}

function splitOf(field: string, said: string): SplitName {
  if (SPLITS.includes(field as SplitName)) return field as SplitName;
  throw new InputError(`csv: ${said}: split must be ${SPLITS.join(', ')}, got ${show(field)}`);
}

function markOf(field: string, where: string): number {
  if (field === '') return -1;
  const value = Number(field);
  if (value === 0 || value === 1) return value;
  throw new InputError(`csv: ${where} must be 1, 0 or blank, got ${show(field)}`);
}

function bySplit(images: readonly TableImage[]): Record<SplitName, TableImage[]> {
  const of = (name: SplitName) => images.filter(({ split }) => split === name);
  return { train: of('train'), val: of('val'), test: of('test') };
}
