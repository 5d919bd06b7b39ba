import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { DatasetSpec } from '../data/dataset.js';
import { DATASETS } from '../data/datasets.js';
import { isHubReference } from '../hub/reference.js';
import type { NetworkSpec } from '../models/network.js';
import { InputError } from '../tensor/input-error.js';
import { unknownName } from '../tensor/nearest.js';
import type { GivenRun } from './compared-checkpoints.js';
import { parseSpec } from './dataset-argument.js';

export interface Comparison {
  readonly name: string;
  readonly network: NetworkSpec;
  /** A folder of test images, or the name of a data set. */
  readonly data: string;
  readonly train: string | undefined;
  /** A folder of test images that are like those that P was trained on. */
  readonly source: string | undefined;
  /** Options of the data set, name=value. */
  readonly options: readonly string[];
  readonly normalize: unknown;
  /** By role; P and RI are one run each. */
  readonly checkpoints: ReadonlyMap<string, readonly GivenRun[]>;
  readonly map: readonly string[];
  /** null: all that train nothing. */
  readonly analyses: readonly string[] | null;
}

/** A name for a comparison that was given none: its network and 6 digits of a hash of all that was asked, so that no other overwrites its report. */
export async function comparedName(comparison: Omit<Comparison, 'name'>): Promise<string> {
  const text = await comparedStudy({ ...comparison, name: '' }, null);
  const { architecture, file, depth, size } = comparison.network;
  const words = typeof file === 'string' ? basename(file, '.onnx') : [architecture, depth, size].filter(isWord).join('-');
  return `${nameOf(words, 'network')}-${createHash('sha256').update(text).digest('hex').slice(0, 6)}`;
}

const isWord = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';

/** As a study may be called, or one of its data sets. */
const nameOf = (text: string, otherwise: string): string =>
  text.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || otherwise;

/** Networks are trained on photographs of this side more often than on any other. */
const SIDE = 224;

/** The study that compares networks which were trained elsewhere; paths in it are relative to the folder `to` (null: absolute). */
export async function comparedStudy(comparison: Comparison, to: string | null): Promise<string> {
  const { name, network, checkpoints, map, analyses } = comparison;
  const place = (path: string) => (isHubReference(path) ? path : to === null ? resolve(path) : relativeTo(to, path));
  const { target, spec } = await imagesOf(comparison, place);
  const runs = (role: string) => checkpoints.get(role) ?? [];
  const shared = map.length > 0 ? { map } : {};
  const lone = (role: string) => runs(role).map((run) => ({ ...placed(run, place), ...shared }));
  const [p] = lone('P');
  const source = comparison.source === undefined ? null : await sourceOf(comparison, target, place);
  if (source && !p) throw new InputError('compare: --source goes with --checkpoint P=file, got no P');
  const [random] = lone('RI');
  const arms = [...checkpoints.keys()].filter((role) => role !== 'P' && role !== 'RI');
  if (arms.length === 0)
    throw new InputError('compare: there must be a network that was trained on the images, like --checkpoint P-T1=a.safetensors, got none');
  const file = network['file'];
  return [
    '# Networks that were trained elsewhere, as carryover compare put them together.',
    'carryover: 1',
    `name: ${name}`,
    `network: ${flow(typeof file === 'string' ? { ...network, file: place(file) } : network)}`,
    'data:',
    `  ${target}: ${flow(spec)}`,
    ...(source ? [`  ${source.name}: ${flow(source.spec)}`] : []),
    ...(p ? [`pretrain: ${flow({ ...p, ...(source ? { on: source.name } : {}) })}`] : []),
    ...(random ? [`initial: ${flow(random)}`] : []),
    `targets: [${target}]`,
    'arms:',
    ...arms.flatMap((role) => [
      `  ${role}:`,
      ...(map.length > 0 ? [`    map: ${flow(map)}`] : []),
      '    checkpoints:',
      ...runs(role).map((run) => `      - ${flow(bare(placed(run, place)))}`),
    ]),
    ...(analyses ? [`analyses: ${flow(analyses)}`] : []),
    '',
  ].join('\n');
}

const relativeTo = (folder: string, path: string): string => {
  const found = relative(resolve(folder), resolve(path));
  return found === '' ? '.' : found;
};

interface Placed {
  readonly from: string;
  readonly epochs?: Readonly<Record<string, string>>;
}

function placed({ file, epochs }: GivenRun, place: (path: string) => string): Placed {
  const earlier = Object.entries(epochs).map(([epoch, path]) => [epoch, place(path)] as const);
  return { from: place(file), ...(earlier.length > 0 ? { epochs: Object.fromEntries(earlier) } : {}) };
}

const bare = (run: Placed): string | Placed => (run.epochs ? run : run.from);

/** JSON is YAML. */
const flow = (value: unknown): string => JSON.stringify(value);

async function imagesOf(
  { data, train, options, normalize }: Comparison,
  place: (path: string) => string,
): Promise<{ readonly target: string; readonly spec: DatasetSpec }> {
  const view = normalize === undefined ? {} : { normalize };
  if (!(await isFolder(data))) {
    const known = Object.keys(DATASETS);
    if (!known.includes(data))
      throw new InputError(
        `compare: --data must be a folder with a folder of images per class, or a data set; ${unknownName('data set', data, known)}`,
      );
    if (train !== undefined) throw new InputError(`compare: --train goes with a folder (--data val/), got --data ${data}`);
    const spec = parseSpec(data, options);
    const root = spec['root'];
    return { target: data, spec: { ...spec, ...(typeof root === 'string' ? { root: place(root) } : {}), ...view } };
  }
  const found = await splitsOf(data);
  const training = train ?? found.train;
  const given = parseSpec('folders', options);
  const spec = { size: SIDE, ...given, test: place(found.test), ...(training === undefined ? {} : { train: place(training) }), ...view };
  return { target: targetOf(data), spec: { ...spec, dataset: 'folders' } };
}

/** The images of P, prepared as the target's are. */
async function sourceOf(
  { source, data, options, normalize }: Comparison,
  target: string,
  place: (path: string) => string,
): Promise<{ readonly name: string; readonly spec: DatasetSpec }> {
  if (!(await isFolder(source!)))
    throw new InputError(`compare: --source must be a folder with a folder of images per class, got ${source!}`);
  if (!(await isFolder(data))) throw new InputError(`compare: --source goes with a folder (--data val/), got --data ${data}`);
  const own = targetOf(source!);
  const test = place((await splitsOf(source!)).test);
  const view = normalize === undefined ? {} : { normalize };
  return {
    name: own === target ? `${own}-source` : own,
    spec: { size: SIDE, ...parseSpec('folders', options), test, ...view, dataset: 'folders' },
  };
}

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

/** The folder itself, or its test/ (else val/) and train/ where it is divided so. */
async function splitsOf(data: string): Promise<{ readonly test: string; readonly train: string | undefined }> {
  const names = await readdir(data);
  const test = ['test', 'val', 'valid'].find((name) => names.includes(name));
  if (test === undefined || !names.includes('train')) return { test: data, train: undefined };
  return { test: join(data, test), train: join(data, 'train') };
}

const SPLITS = /^(val|valid|validation|test|train)$/i;

/** What the images are called in the report: the folder, or the one around it where that is a split's. */
function targetOf(data: string): string {
  const path = resolve(data);
  const name = SPLITS.test(basename(path)) ? basename(dirname(path)) : basename(path);
  return nameOf(name, 'images');
}
