import type { Rename } from './renames.js';
import { renameAll } from './renames.js';
import type { StoredTensor } from './stored-tensor.js';
import { shapesOf } from './stored-tensor.js';
import type { Names } from './ways.js';
import { bestNames } from './ways.js';

type Tensors = ReadonlyMap<string, StoredTensor>;

/** Two files' tensors under names that they have in common, and how each one's names were changed. */
export interface PairedNames {
  readonly a: Tensors;
  readonly b: Tensors;
  readonly notesA: readonly string[];
  readonly notesB: readonly string[];
}

/**
 * The names under which most tensors of two files fit each other by name and shape: `map` on b's first; then as they are, without a prefix that
 * one side has, without those that all names of each side share, or as other libraries call them. Throws InputError as `renameAll`.
 */
export function pairedNames(a: Tensors, b: Tensors, map: readonly Rename[]): PairedNames {
  const mapped = renameAll(b, map);
  const byB = bestNames(shapesOf(a), mapped);
  const byA = bestNames(shapesOf(mapped), a);
  const [bareA, bareB] = [withoutPrefix(a), withoutPrefix(mapped)];
  const both = bareA && bareB ? bestNames(shapesOf(bareA.tensors), bareB.tensors) : undefined;
  const most = Math.max(byA.fits, byB.fits, both?.fits ?? 0);
  if (byB.fits === most) return { a, b: storedOf(byB), notesA: [], notesB: notesOf(byB) };
  if (byA.fits === most) return { a: storedOf(byA), b: mapped, notesA: notesOf(byA), notesB: [] };
  return { a: bareA!.tensors, b: storedOf(both!), notesA: [bareA!.note], notesB: [bareB!.note, ...notesOf(both!)] };
}

const storedOf = ({ own }: Names): Tensors => new Map([...own].map(([name, { stored }]) => [name, stored]));
const notesOf = ({ note }: Names): readonly string[] => (note === null ? [] : [note]);

/** Tensors without the words that all their names begin with; undefined where there are none. */
function withoutPrefix(tensors: Tensors): { readonly tensors: Tensors; readonly note: string } | undefined {
  const [first, ...others] = [...tensors.keys()];
  if (first === undefined || others.length === 0) return undefined;
  let prefix = first.slice(0, first.lastIndexOf('.') + 1);
  for (const name of others) while (!name.startsWith(prefix)) prefix = prefix.slice(0, prefix.lastIndexOf('.', prefix.length - 2) + 1);
  if (prefix === '') return undefined;
  return {
    tensors: new Map([...tensors].map(([name, stored]) => [name.slice(prefix.length), stored])),
    note: `The prefix "${prefix}" was taken from names.`,
  };
}
