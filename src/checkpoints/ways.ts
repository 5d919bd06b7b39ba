import type { Named } from './joined.js';
import { joinAttention } from './joined.js';
import type { Rename } from './renames.js';
import { renameAll } from './renames.js';
import { RENAMINGS } from './renamings.js';
import type { StoredTensor } from './stored-tensor.js';

/** A way to read the file's names. */
interface Way {
  readonly note: string | null;
  readonly rules: readonly Rename[];
}

/** Prefixes that are tried, most frequent first. */
const MOST_PREFIXES = 3;

/** Names and shapes that are looked for. */
type Shapes = ReadonlyMap<string, readonly number[]>;

export interface Names {
  /** A file's tensors by their new names. */
  readonly own: ReadonlyMap<string, Named>;
  /** How names were changed; null: not at all. */
  readonly note: string | null;
  /** How many of those that are looked for have their name and shape. */
  readonly fits: number;
}

/**
 * A file's tensors under the names by which most of those that are looked for fit in name and shape: `map` first, then as they are, without a
 * prefix that the file puts before them, or by the renamings of other libraries. Throws InputError where `map` gives two one name.
 */
export function bestNames(shapes: Shapes, given: ReadonlyMap<string, StoredTensor>, map: readonly Rename[] = []): Names {
  return waysFor(shapes, renameAll(given, map))
    .flatMap(({ note, rules }) => {
      const own = namesAfter(given, [...map, ...rules], shapes);
      return own ? [{ note, own, fits: count(shapes, own) }] : [];
    })
    .reduce((a, b) => (b.fits > a.fits ? b : a));
}

/** Tensors by their new names, with the old ones; parts of attention as one; undefined when two would collide. */
function namesAfter(
  given: ReadonlyMap<string, StoredTensor>,
  rules: readonly Rename[],
  wanted: Shapes,
): ReadonlyMap<string, Named> | undefined {
  const named = new Map([...given].map(([name, stored]): [string, Named] => [name, { name, stored }]));
  try {
    return joinAttention(renameAll(named, rules), wanted);
  } catch {
    return undefined;
  }
}

/** Whether shapes are equal but for more or fewer axes of length 1: [12] and [12, 1, 1]. Of as many axes none may lie elsewhere ([8, 1, 3, 3] is no [1, 8, 3, 3]). */
export const alike = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length ? a.join() === b.join() : longAxes(a).join() === longAxes(b).join();

const longAxes = (dims: readonly number[]): readonly number[] => dims.filter((size) => size !== 1);

const count = (shapes: Shapes, own: ReadonlyMap<string, Named>): number =>
  [...shapes].filter(([name, dims]) => own.has(name) && alike(own.get(name)!.stored.dims, dims)).length;

function waysFor(shapes: Shapes, tensors: ReadonlyMap<string, StoredTensor>): Way[] {
  const plain: Way = { note: null, rules: [] };
  const renamings = Object.entries(RENAMINGS).map(([name, rules]): Way => ({ note: `Names were read as ${name} gives them.`, rules }));
  const prefixes = prefixesOf(shapes, tensors).map((prefix): Way => ({
    note: `The prefix "${prefix}" was taken from names.`,
    rules: [{ pattern: new RegExp(`^${escaped(prefix)}`), replacement: '' }],
  }));
  return [plain, ...prefixes, ...renamings];
}

/** What stands before a parameter's name in the file, by how often it does. */
function prefixesOf(shapes: Shapes, tensors: ReadonlyMap<string, StoredTensor>): string[] {
  const votes = new Map<string, number>();
  for (const name of tensors.keys()) {
    for (let at = name.indexOf('.'); at >= 0; at = name.indexOf('.', at + 1)) {
      const prefix = name.slice(0, at + 1);
      if (shapes.has(name.slice(at + 1))) votes.set(prefix, (votes.get(prefix) ?? 0) + 1);
    }
  }
  return [...votes]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MOST_PREFIXES)
    .map(([prefix]) => prefix);
}

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
