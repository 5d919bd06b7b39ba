import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import { random } from '../tensor/random.js';
import type { SplitName } from './dataset.js';
import { SPLITS } from './dataset.js';

/** An image to be: its path inside the root with forward slashes, which is its id, and its class. */
export interface Listed {
  readonly file: string;
  readonly label: string;
}

/** Share of a class's images that go to val and test; undefined: not said. */
export interface Shares {
  readonly val: number | undefined;
  readonly test: number | undefined;
}

export interface Listing {
  readonly classes: readonly string[];
  readonly splits: Readonly<Record<SplitName, readonly Listed[]>>;
  /** Images that lie beside the class folders. */
  readonly stray: readonly string[];
  readonly remarks: readonly string[];
}

const DEFAULT_SHARES = { val: 0.1, test: 0.2 };
const IMAGE_NAME = /\.(jpe?g|png|webp|gif)$/i;

/**
 * Lists `root/train|val|test/<class>/…` when `root/train` holds folders, else `root/<class>/…`. A split without a folder of its own is drawn from
 * the others' pool, class by class: by `shares`, which default to val 0.1 and test 0.2 only where there is no split folder at all.
 */
export async function listFolder(root: string, shares: Shares, seed: number): Promise<Listing> {
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new InputError(`folder: root must be a folder, got ${root}`);
  const divided = (await foldersIn(join(root, 'train'))).length > 0;
  const own = divided ? (await foldersIn(root)).filter((name) => SPLITS.includes(name as SplitName)) : [];
  for (const split of ['val', 'test'] as const) {
    if (own.includes(split) && shares[split] !== undefined) {
      throw new InputError(`folder: split.${split} must be left out where the folder ${split}/ exists, got ${shares[split]}`);
    }
  }
  const listed = async (split: SplitName) => (own.includes(split) ? listClasses(root, `${split}/`) : emptyListing);
  const pool = divided ? await listed('train') : await listClasses(root, '');
  const [val, test] = [await listed('val'), await listed('test')];
  const classes = [...pool.byClass.keys()];
  if (classes.length < 2) throw new InputError(`folder: ${root} must hold two or more class folders, got ${classes.join() || 'none'}`);

  const drawn = divide(
    pool.byClass,
    divided ? { val: shares.val ?? 0, test: shares.test ?? 0 } : { ...DEFAULT_SHARES, ...defined(shares) },
    seed,
  );
  for (const [split, listing] of [
    ['val', val],
    ['test', test],
  ] as const) {
    const unknown = [...listing.byClass.keys()].find((name) => !pool.byClass.has(name));
    if (unknown !== undefined) throw new InputError(`folder: class ${unknown} of ${split}/ must have training images, got none`);
    drawn[split].push(...[...listing.byClass].flatMap(([label, files]) => files.map((file) => ({ file, label }))));
  }
  const stray = [...pool.stray, ...val.stray, ...test.stray];
  return { classes, splits: drawn, stray, remarks: remarksOn(classes, drawn) };
}

interface Classes {
  readonly byClass: ReadonlyMap<string, readonly string[]>;
  readonly stray: readonly string[];
}

const emptyListing: Classes = { byClass: new Map(), stray: [] };

/** Files of every class folder in `root/prefix`, at any depth. */
async function listClasses(root: string, prefix: string): Promise<Classes> {
  const byClass = new Map<string, string[]>();
  for (const label of await foldersIn(join(root, prefix))) {
    const files = await filesIn(join(root, prefix, label), `${prefix}${label}/`);
    if (files.length === 0) throw new InputError(`folder: class ${prefix}${label} must have images, got none`);
    byClass.set(label, files);
  }
  const beside = (await entriesOf(join(root, prefix))).filter(({ folder, name }) => !folder && IMAGE_NAME.test(name));
  return { byClass, stray: beside.map(({ name }) => prefix + name) };
}

/** The class folders of a folder, sorted, and the images beside them. Throws InputError when it is none. */
export async function classesIn(root: string): Promise<Classes> {
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new InputError(`folders: must be a folder, got ${root}`);
  return listClasses(root, '');
}

/** Draws each class's shares; every class keeps one training image. Lists stay sorted. */
function divide(byClass: Classes['byClass'], shares: { val: number; test: number }, seed: number): Record<SplitName, Listed[]> {
  const splits: Record<SplitName, Listed[]> = { train: [], val: [], test: [] };
  for (const [label, files] of byClass) {
    const test = Math.min(files.length - 1, Math.round(shares.test * files.length));
    const val = Math.min(files.length - 1 - test, Math.round(shares.val * files.length));
    const place = random(seed, 'split', label).permutation(files.length);
    files.forEach((file, i) => splits[place[i]! < test ? 'test' : place[i]! < test + val ? 'val' : 'train'].push({ file, label }));
  }
  return splits;
}

function remarksOn(classes: readonly string[], splits: Readonly<Record<SplitName, readonly Listed[]>>): string[] {
  return classes.flatMap((label) => {
    const count = (split: SplitName) => splits[split].filter((listed) => listed.label === label).length;
    const missing = (['val', 'test'] as const).filter((split) => splits[split].length > 0 && count(split) === 0);
    if (count('train') > 1 && missing.length === 0) return [];
    const n = count('train');
    return [
      `class ${label} has ${n} training image${n === 1 ? '' : 's'}${missing.length > 0 ? ` and none in ${missing.join(' and ')}` : ''}`,
    ];
  });
}

/** What lies in a folder, sorted, links followed, hidden entries left out; nothing when it is no folder. */
async function entriesOf(folder: string): Promise<{ readonly name: string; readonly folder: boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const seen = entries
    .filter(({ name }) => !name.startsWith('.'))
    .map(async (entry) => {
      const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => entry) : entry;
      return { name: entry.name, folder: target.isDirectory() };
    });
  return (await Promise.all(seen)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

const foldersIn = async (folder: string): Promise<string[]> =>
  (await entriesOf(folder)).filter((entry) => entry.folder).map(({ name }) => name);

/** All files below a folder. */
async function filesIn(folder: string, prefix: string): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (entry.folder) files.push(...(await filesIn(join(folder, entry.name), `${prefix}${entry.name}/`)));
    else files.push(prefix + entry.name);
  }
  return files;
}

const defined = ({ val, test }: Shares) => ({ ...(val !== undefined && { val }), ...(test !== undefined && { test }) });
