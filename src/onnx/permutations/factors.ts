/**
 * What an axis is made of: the axis of a flattened [C, H, W] map is C × H × W, row-major, and C alone may be permuted. An axis of size 1 has
 * no factors. Factors that must be permuted alike are tied into one; one that a later op splits (the width of attention into heads) is
 * replaced by its parts wherever it stands.
 */
export interface Factor {
  readonly size: number;
  /** Permuting it would change what the network computes: pixels, classes, images of a batch. */
  pinned: boolean;
  /** What it is tied to or split into. */
  becomes: readonly Factor[] | null;
}

export type Axis = readonly Factor[];

/** A factor of its own; none for size 1. */
export const free = (size: number): Axis => (size === 1 ? [] : [{ size, pinned: false, becomes: null }]);
export const pinned = (size: number): Axis => (size === 1 ? [] : [{ size, pinned: true, becomes: null }]);

/** The factors that an axis has come down to. */
export const leaves = (axis: Axis): Factor[] => axis.flatMap((factor) => (factor.becomes ? leaves(factor.becomes) : [factor]));

export function pin(axis: Axis): void {
  for (const factor of leaves(axis)) factor.pinned = true;
}

/** Thrown where factors do not divide one another; whoever walks the graph names the node. */
export class Unaligned extends Error {}

function split(factor: Factor, first: number): void {
  if (factor.size % first !== 0) throw new Unaligned(`an axis of ${factor.size} does not divide into ${first}`);
  factor.becomes = [first, factor.size / first].map((size) => ({ size, pinned: factor.pinned, becomes: null }));
}

/** Takes the next factor off a list; of size `most` or less, split where it is larger. */
function next(queue: Factor[], most: number): Factor {
  const [first, ...rest] = leaves(queue);
  if (!first) throw new Unaligned('axes of different sizes');
  if (first.size > most) {
    split(first, most);
    return next(queue, most);
  }
  queue.splice(0, queue.length, ...rest);
  return first;
}

/** Ties two axes of one size, factor by factor. */
export function tie(a: Axis, b: Axis): void {
  const [left, right] = [[...a], [...b]];
  while (leaves(left).length > 0 && leaves(right).length > 0) {
    const size = Math.min(leaves(left)[0]!.size, leaves(right)[0]!.size);
    const [x, y] = [next(left, size), next(right, size)];
    if (x === y) continue;
    y.becomes = [x];
    x.pinned ||= y.pinned;
  }
  if (leaves(left).length + leaves(right).length > 0) throw new Unaligned('axes of different sizes');
}

/** The same factors, dealt out anew over axes of these sizes: a reshape. */
export function dealt(axes: readonly Axis[], dims: readonly number[]): Axis[] {
  const queue = axes.flat();
  return dims.map((dim) => {
    const taken: Factor[] = [];
    for (let left = dim; left > 1; left /= taken.at(-1)!.size) taken.push(next(queue, left));
    return taken;
  });
}
