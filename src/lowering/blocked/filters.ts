import type { Value } from '../../onnx/graph.js';
import type { Layouts } from './layout.js';

/** Rows and columns of a kernel that one phase uses, in the order in which it meets them. */
export interface Taps {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Weights [K, C, kh, kw] as the filter of a blocked convolution: memory [K/B, C/B, kh, kw, B c, B k], or [K/B, C, kh, kw, B k] when C < B. */
export function forwardFilter(l: Layouts, w: Value, taps: Taps): Value {
  const [k, c, kh, kw] = w.dims as [number, number, number, number];
  const { b, block } = l;
  const narrow = c < block;
  const split = narrow ? l.reshape(w, [k / block, block, c, kh * kw]) : l.reshape(w, [k / block, block, c / block, block, kh * kw]);
  const turned = b.op.Transpose([split], { perm: narrow ? [0, 2, 3, 1] : [0, 2, 4, 3, 1] });
  return l.reshape(pick(l, turned, kw, kh, taps), [k, c, taps.rows.length, taps.columns.length]);
}

/** The same weights as the filter that maps dy to dx: [C, K, …], memory [C/B, K/B, kh, kw, B k, B c]. */
export function backwardFilter(l: Layouts, w: Value, taps: Taps): Value {
  const [k, c, kh, kw] = w.dims as [number, number, number, number];
  const { b, block } = l;
  const split = l.reshape(w, [k / block, block, c / block, block, kh * kw]);
  const turned = b.op.Transpose([split], { perm: [2, 0, 4, 1, 3] });
  return l.reshape(pick(l, turned, kw, kh, taps), [c, k, taps.rows.length, taps.columns.length]);
}

/** The wanted taps along axis 2 of [·, ·, kh·kw, …]. */
function pick(l: Layouts, turned: Value, kw: number, kh: number, { rows, columns }: Taps): Value {
  const index = rows.flatMap((i) => columns.map((j) => i * kw + j));
  const all = index.length === kh * kw && index.every((tap, i) => tap === i);
  return all ? turned : l.b.op.Gather([turned, l.b.ints(index)], { axis: 2 });
}
