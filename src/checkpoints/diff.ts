import { sizeOf } from '../tensor/tensor.js';
import type { Checkpoint, Format } from './checkpoint.js';
import type { Measures, Sums } from './diff-sums.js';
import { add, measures, NOTHING, sumsOf } from './diff-sums.js';
import { pairedNames } from './paired-names.js';
import { differenceOfFolding } from './folded.js';
import { isBuffer, modulesByName } from './module-name.js';
import type { Rename } from './renames.js';
import type { Dtype, StoredTensor } from './stored-tensor.js';
import { shapesOf } from './stored-tensor.js';
import { alike } from './ways.js';

export interface TensorDiff extends Measures {
  readonly name: string;
  readonly module: string;
  readonly dims: readonly number[];
  readonly dtypeA: Dtype;
  readonly dtypeB: Dtype;
  /** Running statistics and whole numbers: measured, but left out of modules and of the whole. */
  readonly buffer: boolean;
}

export interface ModuleDiff extends Measures {
  readonly module: string;
  readonly tensors: number;
}

export interface ShapeMismatch {
  readonly name: string;
  readonly dimsA: readonly number[];
  readonly dimsB: readonly number[];
}

export interface Side {
  readonly path: string;
  readonly format: Format;
  readonly bytes: number;
  readonly notes: readonly string[];
}

/** What differs between two checkpoints. */
export interface CheckpointDiff {
  readonly a: Side;
  readonly b: Side;
  /** Over all tensors that both have in one shape (axes of length 1 do not count), buffers left out. */
  readonly whole: Measures;
  readonly modules: readonly ModuleDiff[];
  readonly tensors: readonly TensorDiff[];
  readonly shapes: readonly ShapeMismatch[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** Left out of modules and of the whole. */
  readonly buffers: readonly string[];
  /** What else a reader should know: which modules were joined, that BatchNorms of a side are folded into convolutions. */
  readonly notes: readonly string[];
}

export interface DiffOptions {
  /** Applied to the names of b. */
  readonly map?: readonly Rename[];
  progress?(share: number): void;
}

/**
 * Compares b with a, tensor by tensor, in pieces of some megabytes: two files of any size need little memory, unless a tensor cannot be
 * read in pieces (compressed, not contiguous, onnx). Rows stand in a's order, under the names that the files have in common (`pairedNames`); how
 * names were changed stands in the notes of the side.
 */
export async function diffCheckpoints(a: Checkpoint, b: Checkpoint, { map = [], progress }: DiffOptions = {}): Promise<CheckpointDiff> {
  const names = pairedNames(a.tensors, b.tensors, map);
  const { a: ours, b: others } = names;
  const modules = modulesByName(shapesOf(ours));
  const shapes: ShapeMismatch[] = [];
  const common: [name: string, x: StoredTensor, y: StoredTensor][] = [];
  for (const [name, x] of ours) {
    const y = others.get(name);
    if (!y) continue;
    if (alike(x.dims, y.dims)) common.push([name, x, y]);
    else shapes.push({ name, dimsA: x.dims, dimsB: y.dims });
  }
  const total = common.reduce((sum, [, { dims }]) => sum + sizeOf(dims), 0);
  const tensors: Measured[] = [];
  let done = 0;
  for (const [name, x, y] of common) {
    const sums = await sumsOf(x, y);
    const about = { name, module: modules.of(name), dims: x.dims, dtypeA: x.dtype, dtypeB: y.dtype };
    const buffer = isBuffer(name) || !isFloat(x.dtype) || !isFloat(y.dtype);
    tensors.push({ row: { ...about, buffer, ...measures(sums) }, sums });
    done += sizeOf(x.dims);
    progress?.(total === 0 ? 1 : done / total);
  }
  const weights = tensors.filter(({ row }) => !row.buffer);
  return {
    a: sideOf(a, names.notesA),
    b: sideOf(b, names.notesB),
    whole: measures(weights.map(({ sums }) => sums).reduce(add, NOTHING)),
    modules: modulesOf(weights),
    tensors: tensors.map(({ row }) => row),
    shapes,
    onlyA: [...ours.keys()].filter((name) => !others.has(name)),
    onlyB: [...others.keys()].filter((name) => !ours.has(name)),
    buffers: tensors.filter(({ row }) => row.buffer).map(({ row }) => row.name),
    notes: [...differenceOfFolding(shapesOf(ours), shapesOf(others)), ...(weights.length > 0 ? modules.notes : [])],
  };
}

interface Measured {
  readonly row: TensorDiff;
  readonly sums: Sums;
}

function modulesOf(tensors: readonly Measured[]): ModuleDiff[] {
  const groups = new Map<string, Sums[]>();
  for (const { row, sums } of tensors) {
    const group = groups.get(row.module);
    if (group) group.push(sums);
    else groups.set(row.module, [sums]);
  }
  return [...groups].map(([module, sums]) => ({ module, tensors: sums.length, ...measures(sums.reduce(add, NOTHING)) }));
}

const isFloat = (dtype: Dtype): boolean => dtype.startsWith('float') || dtype === 'bfloat16';
const sideOf = ({ path, format, bytes, notes }: Checkpoint, more: readonly string[]): Side => ({
  path,
  format,
  bytes,
  notes: [...notes, ...more],
});
