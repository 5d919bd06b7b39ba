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
 * the training images, class by class, by `shares` (val 0.1 and test 0.2); but where there is a `val/` and no `test/`, as ImageFolder is mostly
 * laid out, `val/` is the test split, unless a share for test is given.
 */
export async function listFolder(root: string, shares: Shares, seed: number): Promise<Listing> {
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new InputError(`folder: root must be a folder, got ${root}`);
  const divided = (await foldersIn(join(root, 'train'))).length > 0;
  const beside = divided ? await foldersIn(root) : [];
  const own = heldOutFolders(beside, shares);
  for (const split of HELD_OUT) {
    if (own[split] !== null && shares[split] !== undefined) {
      throw new InputError(`folder: split.${split} must be left out where the folder ${own[split]}/ exists, got ${shares[split]}`);
    }
  }
  const listed = async (folder: string | null) => (folder === null ? emptyListing : listClasses(root, `${folder}/`));
  const pool = await listClasses(root, divided ? 'train/' : '');
  const held = { val: await listed(own.val), test: await listed(own.test) };
  const classes = [...pool.byClass.keys()];
  if (classes.length < 2) throw new InputError(`folder: ${root} must hold two or more class folders, got ${classes.join() || 'none'}`);

  const share = (split: HeldOut) => (own[split] === null ? (shares[split] ?? DEFAULT_SHARES[split]) : 0);
  const splits = divide(pool.byClass, { val: share('val'), test: share('test') }, seed);
  const remarks = divided ? layoutRemarks(beside, own, splits) : [];
  for (const split of HELD_OUT) {
    const unknown = [...held[split].byClass.keys()].find((name) => !pool.byClass.has(name));
    if (unknown !== undefined) throw new InputError(`folder: class ${unknown} of ${own[split]}/ must have training images, got none`);
    splits[split].push(...[...held[split].byClass].flatMap(([label, files]) => files.map((file) => ({ file, label }))));
  }
  if (splits.test.length === 0)
    throw new InputError(
      `folder: there must be test images, got none in ${root}: make a folder test/ beside train/, or give their share, split: { test: 0.2 }`,
    );
  const stray = [...pool.stray, ...held.val.stray, ...held.test.stray];
  return { classes, splits, stray, remarks: [...remarks, ...remarksOn(classes, splits)] };
}

type HeldOut = 'val' | 'test';
const HELD_OUT: readonly HeldOut[] = ['val', 'test'];
/** The folder of a split; null: it has none. */
type HeldOutFolders = Readonly<Record<HeldOut, string | null>>;

function heldOutFolders(beside: readonly string[], shares: Shares): HeldOutFolders {
  const [val, test] = HELD_OUT.map((name) => (beside.includes(name) ? name : null)) as [string | null, string | null];
  return test === null && shares.test === undefined ? { val: null, test: val } : { val, test };
}

/** What was done about splits without a folder, and folders that are none. `drawn`: before images of folders are added. */
function layoutRemarks(beside: readonly string[], own: HeldOutFolders, drawn: Readonly<Record<SplitName, readonly Listed[]>>): string[] {
  const others = beside.filter((name) => !SPLITS.includes(name as SplitName));
  const taken = own.test === 'val' ? ['there is no test/, so the images of val/ are the test split'] : [];
  const made = HELD_OUT.filter((split) => drawn[split].length > 0).map(
    (split) =>
      `${drawn[split].length} ${split === 'val' ? 'validation' : 'test'} ${drawn[split].length === 1 ? 'image is' : 'images are'} drawn from train/`,
  );
  const unused = others.length > 0 ? [`folders beside train/ that are no split are not read: ${others.join(', ')}`] : [];
  return [...taken, ...made, ...unused];
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
