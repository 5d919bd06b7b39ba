import { InputError } from '../tensor/input-error.js';
import type { FloatTensor } from '../tensor/tensor.js';
import { float32, shapeText } from '../tensor/tensor.js';
import { foldedConstants } from './folded-constants.js';
import { foldedBatchNorms } from './folded.js';
import { belongsTo, isTied } from './further-weights.js';
import { isBuffer } from './module-name.js';
import { widenedNotes } from './half-precision.js';
import type { PositionGrid } from './positions.js';
import { gridSide, resamplePositions } from './positions.js';
import type { Rename } from './renames.js';
import { listed } from './state-dict.js';
import type { StoredTensor } from './stored-tensor.js';
import { load, shapesOf } from './stored-tensor.js';
import { alike, bestNames, escaped } from './ways.js';

/** What a network expects: names and shapes, and which of them are its head. */
export interface Expected {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly head: readonly string[];
  /** Tables that may have another grid in the file. */
  readonly positions?: readonly PositionGrid[];
}

export interface MatchRow {
  /** matched, maybe with more or fewer axes of length 1; resampled: positions of another grid; shape: same name, another shape; missing in the file; unexpected in the file; further: unexpected, in a layer or block like the network's; buffer: in the file, of no use here. */
  readonly status: 'matched' | 'resampled' | 'shape' | 'missing' | 'unexpected' | 'further' | 'buffer';
  /** In the network; null for what only the file has. */
  readonly parameter: string | null;
  readonly expected: readonly number[] | null;
  /** In the file, by its own name; null for what only the network has. */
  readonly tensor: string | null;
  readonly found: readonly number[] | null;
}

export interface Match {
  /** The network's parameters in its order, then what else the file holds. */
  readonly rows: readonly MatchRow[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** How names were changed. */
  readonly notes: readonly string[];
}

/**
 * Finds the network's parameters in a checkpoint: `map` first, then the way to read the names (as they are, without a prefix that the file puts
 * before them, by the renamings of other libraries) under which most parameters fit by name and shape.
 */
export function matchParameters(
  { shapes, head, positions = [] }: Expected,
  given: ReadonlyMap<string, StoredTensor>,
  map: readonly Rename[] = [],
): Match {
  const best = bestNames(shapes, given, map);
  const tensors = new Map<string, StoredTensor>();
  const rows = [...shapes].map(([parameter, expected]): MatchRow => {
    const found = best.own.get(parameter);
    if (!found) return { status: 'missing', parameter, expected, tensor: null, found: null };
    const fits = alike(found.stored.dims, expected);
    const grid = positions.find(({ name }) => name === parameter);
    const other = grid && gridSide(grid, expected, found.stored.dims) !== undefined;
    if (fits || other) tensors.set(parameter, found.stored);
    return { status: fits ? 'matched' : other ? 'resampled' : 'shape', parameter, expected, tensor: found.name, found: found.stored.dims };
  });
  const belongs = belongsTo([...shapes.keys()].filter((name) => !head.includes(name)));
  for (const [name, { name: tensor, stored }] of best.own) {
    if (shapes.has(name)) continue;
    const status = isBuffer(name) ? 'buffer' : belongs(name, stored) ? 'further' : 'unexpected';
    rows.push({ status, parameter: null, expected: null, tensor, found: stored.dims });
  }
  return { rows, tensors, notes: best.note === null ? [] : [best.note] };
}

export interface Loaded {
  /** The body, and the head when it fits; float32. */
  readonly params: ReadonlyMap<string, FloatTensor>;
  readonly rows: readonly MatchRow[];
  readonly notes: readonly string[];
}

/**
 * How a network's parameters match a checkpoint that has all of its body: names and shapes only, weights are not read. Throws InputError, beginning
 * with `what`, when a parameter of the body is missing or has another shape, when one of both has its BatchNorms folded into convolutions, and
 * when the file is of a network with further layers or blocks, which would silently be left out.
 */
export async function fitParameters(
  expected: Expected,
  given: ReadonlyMap<string, StoredTensor>,
  { map = [], what }: { readonly map?: readonly Rename[]; readonly what: string },
): Promise<Match> {
  const match = matchParameters(expected, given, map);
  const { rows, tensors } = match;
  const head = new Set(expected.head);
  const lacking = rows.filter(({ status, parameter }) => (status === 'missing' || status === 'shape') && !head.has(parameter!));
  const folded = foldedBatchNorms(expected.shapes, shapesOf(given), lacking.map(({ parameter }) => parameter!)); // prettier-ignore
  if (folded !== undefined) throw new InputError(`${what}: ${folded}`);
  if (lacking.length > 0) throw new InputError(`${what}: ${refusal(lacking, rows)}`);
  await refuseFurther(rows, { given, matched: tensors, what });
  return match;
}

/**
 * A network's parameters from a checkpoint. A head of another size, or none, is left out and said: fine-tuning draws a fresh one. Other types
 * become float32. Throws InputError, beginning with `what`, as `fitParameters` does, and when weights are NaN or infinite.
 */
export async function loadParameters(
  expected: Expected,
  given: ReadonlyMap<string, StoredTensor>,
  options: { readonly map?: readonly Rename[]; readonly what: string },
): Promise<Loaded> {
  return readParameters(expected, await fitParameters(expected, given, options), options);
}

/** The weights of parameters that match, as `loadParameters` says. */
export async function readParameters(
  expected: Expected,
  { rows, tensors, notes }: Match,
  { what }: { readonly what: string },
): Promise<Loaded> {
  const params = new Map<string, FloatTensor>();
  const rounded: string[] = [];
  for (const [name, stored] of tensors) {
    const { type, dims, data } = await load(stored);
    if (type !== 'float32') rounded.push(name);
    const grid = rows.some(({ parameter, status }) => parameter === name && status === 'resampled') ? gridOf(expected, name) : undefined;
    const own = float32(
      grid ? dims : expected.shapes.get(name)!,
      type === 'float32' ? (data as Float32Array) : Float32Array.from(data as ArrayLike<number | bigint>, Number),
    );
    params.set(name, grid ? resamplePositions(own, grid) : own);
  }
  refuseNonFinite(params, what);
  return {
    params,
    rows,
    notes: [
      ...notes,
      ...headNotes(rows, new Set(expected.head)),
      ...positionNotes(rows, expected),
      ...axesNotes(rows),
      ...leftNotes(rows),
      ...widenedNotes(tensors),
      ...roundedNotes(rounded),
    ],
  };
}

function refusal(lacking: readonly MatchRow[], rows: readonly MatchRow[]): string {
  const named = lacking.map(
    ({ parameter, expected, found }) => `${parameter!} ${shapeText(expected!)}${found ? ` (has ${shapeText(found)})` : ''}`,
  );
  const left = rows.filter(isLeft);
  const unused = left.map(({ tensor }) => tensor!);
  const folded = foldedConstants(rowShapes(lacking), rowShapes(left));
  if (folded !== undefined) return `every parameter of the body must be in the file, got none for ${listed(named)}: ${folded}`;
  return `every parameter of the body must be in the file, got none for ${listed(named)}; not used: ${listed(unused) || 'nothing'}; a map ('regex=>replacement') renames`;
}

const rowShapes = (rows: readonly MatchRow[]): ReadonlyMap<string, readonly number[]> =>
  new Map(rows.map(({ parameter, expected, tensor, found }) => (parameter === null ? [tensor!, found!] : [parameter, expected!])));

const isLeft = ({ status }: MatchRow): boolean => status === 'unexpected' || status === 'further';

/** Names of tied weights are no further ones. */
async function refuseFurther(
  rows: readonly MatchRow[],
  { given, matched, what }: { readonly given: Match['tensors']; readonly matched: Match['tensors']; readonly what: string },
): Promise<void> {
  const further = rows.filter(({ status }) => status === 'further');
  for (const { tensor } of further) {
    if (await isTied(given.get(tensor!)!, matched.values())) continue;
    const named = further.map(({ tensor: name, found }) => `${name!} ${shapeText(found!)}`);
    const within = escaped(/^.*\.\d+\./.exec(tensor!)?.[0] ?? tensor!.slice(0, tensor!.lastIndexOf('.') + 1));
    throw new InputError(
      `${what}: must hold no layers or blocks beyond the network's (is it a deeper network's?), got ${listed(named)}; a map with nothing behind => leaves weights out ('^${within}.*=>')`,
    );
  }
}

function refuseNonFinite(params: Loaded['params'], what: string): void {
  const broken = [...params].flatMap(([name, { data }]) => {
    let count = 0;
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) count++;
    return count > 0 ? [`${count} of ${data.length} in ${name}`] : [];
  });
  if (broken.length > 0) throw new InputError(`${what}: weights must be finite in float32, got NaN or infinity: ${listed(broken)}`);
}

function headNotes(rows: readonly MatchRow[], head: ReadonlySet<string>): string[] {
  const other = rows.filter(({ status, parameter }) => parameter !== null && head.has(parameter) && status !== 'matched');
  if (other.length === 0) return [];
  const how = other.map(
    ({ parameter, expected, found }) => `${parameter!}: ${found ? `${shapeText(found)} for ${shapeText(expected!)}` : 'not in the file'}`,
  );
  return [`The head does not fit and is drawn fresh (${how.join('; ')}).`];
}

const gridOf = ({ positions = [] }: Expected, name: string): PositionGrid => positions.find((each) => each.name === name)!;

function positionNotes(rows: readonly MatchRow[], expected: Expected): string[] {
  return rows.flatMap(({ status, parameter, expected: dims, found }) => {
    if (status !== 'resampled') return [];
    const grid = gridOf(expected, parameter!);
    const side = gridSide(grid, dims!, found!)!;
    return [`${parameter!}: positions of ${side}x${side} patches became ${grid.rows}x${grid.columns} (bicubic, as timm).`];
  });
}

function axesNotes(rows: readonly MatchRow[]): string[] {
  const other = rows.filter(({ status, expected, found }) => status === 'matched' && expected!.join() !== found!.join());
  const named = other.map(({ parameter, expected, found }) => `${parameter!} ${shapeText(found!)} as ${shapeText(expected!)}`);
  return named.length > 0 ? [`Read with other axes of length 1: ${listed(named)}.`] : [];
}

function leftNotes(rows: readonly MatchRow[]): string[] {
  const left = rows.filter(isLeft).map(({ tensor }) => tensor!);
  return left.length > 0 ? [`In the file, but not in the network: ${listed(left)}.`] : [];
}

const roundedNotes = (names: readonly string[]): string[] => (names.length > 0 ? [`Became float32: ${listed(names)}.`] : []);
