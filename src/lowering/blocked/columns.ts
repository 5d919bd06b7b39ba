import type { Value } from '../../onnx/graph.js';
import type { Blocked, Layouts, Phases } from './layout.js';

/** Contiguous floats of one column: B² (B when narrow). */
const columnOf = (l: Layouts, x: Blocked): number => l.block * x.lanes;

/** Rows of pixels in memory: N/B · C/lanes · H. */
const linesOf = (l: Layouts, { dims: [n, c, h], lanes }: Blocked): number => (n / l.block) * (c / lanes) * h;

/** Columns start … start + width − 1 of x; columns outside of it are zero. */
export function columns(l: Layouts, x: Blocked, start: number, width: number): Blocked {
  const [n, c, h, w] = x.dims;
  if (start === 0 && width === w) return x;
  const { b } = l;
  const column = columnOf(l, x);
  const from = Math.max(0, start);
  const to = Math.min(w, start + width);
  const all = l.reshape(x.value, [linesOf(l, x), w * column]);
  const part = from === 0 && to === w ? all : b.op.Slice([all, b.ints([from * column]), b.ints([to * column]), b.ints([1])]);
  const zeros = (count: number): Value[] => (count > 0 ? [l.zeros([all.dims[0]!, count * column])] : []);
  const parts = [...zeros(from - start), part, ...zeros(start + width - to)];
  return l.make(parts.length === 1 ? part : b.op.Concat(parts, { axis: 1 }), [n, c, h, width], x.lanes);
}

/** Every `stride`-th column of x from `first` on; a width that `stride` does not divide is padded with zeros. */
export function everyColumn(l: Layouts, x: Blocked, first: number, stride: number): Blocked {
  if (stride === 1) return x;
  const [n, c, h, w] = x.dims;
  const width = Math.ceil(w / stride);
  const { b } = l;
  const column = columnOf(l, x);
  const all = l.reshape(columns(l, x, 0, width * stride).value, [linesOf(l, x) * width, stride * column]);
  const part = b.op.Slice([all, b.ints([first * column]), b.ints([(first + 1) * column]), b.ints([1])]);
  return l.make(part, [n, c, h, width], x.lanes);
}

/** The inverse of splitting by rows and columns: one value of all its phases. */
export function interleave(l: Layouts, phases: Phases): Blocked {
  const stride = phases.length;
  const some = phases.flat().find((phase) => phase !== null);
  if (!some) throw new Error('internal: interleave needs a phase');
  const [n, c, h, w] = some.dims;
  const { b } = l;
  const column = columnOf(l, some);
  const lines = linesOf(l, some);
  const flat = (phase: Blocked | null) => (phase ? l.reshape(phase.value, [lines * w, column]) : l.zeros([lines * w, column]));
  const wide = phases.map((row) => l.reshape(b.op.Concat(row.map(flat), { axis: 1 }), [lines, w * stride * column]));
  return l.make(b.op.Concat(wide, { axis: 1 }), [n, c, h * stride, w * stride]);
}
