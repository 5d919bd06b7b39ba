import type { Value } from '../../onnx/graph.js';
import type { Blocked, Dims4, Phases } from './blocked.js';
import type { Layouts } from './layouts.js';

/** Rows (2) or columns (3) of pixels. */
export type Axis = 2 | 3;

/** A value seen along one axis: `count` lines of `size` items, `item` contiguous floats each (a column: B²; B when narrow). */
function linesOf(l: Layouts, { dims: [n, c, h, w], lanes }: Blocked, axis: Axis): { count: number; size: number; item: number } {
  const planes = l.blocksOf(n) * Math.ceil(c / lanes);
  const column = l.block * lanes;
  return axis === 3 ? { count: planes * h, size: w, item: column } : { count: planes, size: h, item: w * column };
}

const resized = ([n, c, h, w]: Dims4, axis: Axis, size: number): Dims4 => (axis === 3 ? [n, c, h, size] : [n, c, size, w]);

/** Rows or columns start … start + size − 1 of x; those outside of it hold `fill`. */
export function shifted(l: Layouts, x: Blocked, axis: Axis, start: number, size: number, fill = 0): Blocked {
  const lines = linesOf(l, x, axis);
  if (start === 0 && size === lines.size) return x;
  const { b } = l;
  const { count, item } = lines;
  const from = Math.max(0, start);
  const to = Math.min(lines.size, start + size);
  const all = l.reshape(x.value, [count, lines.size * item]);
  const part = from === 0 && to === lines.size ? all : b.op.Slice([all, b.ints([from * item]), b.ints([to * item]), b.ints([1])]);
  const outside = (items: number): Value[] => (items > 0 ? [l.filled([count, items * item], fill)] : []);
  const parts = from < to ? [...outside(from - start), part, ...outside(start + size - to)] : outside(size);
  return l.make(parts.length === 1 ? parts[0]! : b.op.Concat(parts, { axis: 1 }), resized(x.dims, axis, size), x.blank, x.lanes);
}

/** Every `stride`-th row or column of x from `first` on; a size that `stride` does not divide is filled up. */
export function every(l: Layouts, x: Blocked, axis: Axis, first: number, stride: number, fill = 0): Blocked {
  if (stride === 1) return x;
  const { count, size, item } = linesOf(l, x, axis);
  const fewer = Math.ceil(size / stride);
  const { b } = l;
  const all = l.reshape(shifted(l, x, axis, 0, fewer * stride, fill).value, [count * fewer, stride * item]);
  const part = b.op.Slice([all, b.ints([first * item]), b.ints([(first + 1) * item]), b.ints([1])]);
  return l.make(part, resized(x.dims, axis, fewer), x.blank, x.lanes);
}

/** The inverse of `every`: rows or columns of the parts in turn; null is all zero. */
export function join(l: Layouts, axis: Axis, parts: readonly (Blocked | null)[]): Blocked {
  const some = parts.find((part) => part !== null);
  if (!some) throw new Error('internal: join needs a part');
  if (parts.length === 1) return some;
  const { count, size, item } = linesOf(l, some, axis);
  const flat = (part: Blocked | null) => (part ? l.reshape(part.value, [count * size, item]) : l.filled([count * size, item]));
  const blank = parts.every((part) => part === null || part.blank);
  return l.make(l.b.op.Concat(parts.map(flat), { axis: 1 }), resized(some.dims, axis, size * parts.length), blank, some.lanes);
}

/** One value of all its pixel phases. */
export function interleave(l: Layouts, phases: Phases): Blocked {
  return join(
    l,
    2,
    phases.map((row) => (row.every((phase) => phase === null) ? null : join(l, 3, row))),
  );
}

/** These rows of an axis, in this order; the value itself when they are all of them in order. */
export function gatherRows(l: Layouts, value: Value, axis: number, rows: readonly number[]): Value {
  const all = rows.length === value.dims[axis] && rows.every((row, i) => row === i);
  return all ? value : l.b.op.Gather([value, l.b.ints(rows)], { axis });
}
