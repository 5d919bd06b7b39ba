import type { Value } from '../../onnx/graph.js';
import type { Layouts } from './layouts.js';

/** Rows and columns of a kernel that one phase uses, in the order in which it meets them. */
export interface Taps {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** The weights of a convolution as onnxruntime's blocked filters want them in memory. */
export interface Filters {
  readonly group: number;
  /** For y of x. */
  forward(taps: Taps): Value;
  /** For dx of dy. */
  backward(taps: Taps): Value;
}

/**
 * Filters of weights [K, C/group, kh, kw], padded with zeros to whole blocks. Forward: memory [K/B, C/B, kh, kw, B c, B k], or [K/B, C, kh, kw, B k] when x is narrow.
 * Backward: [C/B, K/B, kh, kw, B k, B c], group by group. Depthwise (C/group = 1, K = C): [C/B, kh, kw, B] both ways.
 */
export function filtersOf(l: Layouts, weights: Value, group: number, narrow = false): Filters {
  const depthwise = group > 1 && weights.dims[1] === 1;
  const exact = narrow || depthwise;
  const w = l.pad(weights, [l.padded(weights.dims[0]!), exact ? weights.dims[1]! : l.padded(weights.dims[1]!)]);
  const [k, c, kh, kw] = w.dims as [number, number, number, number];
  const { b, block } = l;
  const area = kh * kw;
  /** The wanted taps along an axis of kh·kw. */
  const pick = (turned: Value, axis: number, { rows, columns }: Taps): Value => {
    const index = rows.flatMap((i) => columns.map((j) => i * kw + j));
    const all = index.length === area && index.every((tap, i) => tap === i);
    return all ? turned : b.op.Gather([turned, b.ints(index)], { axis });
  };
  const shaped = (value: Value, out: number, into: number, { rows, columns }: Taps) =>
    l.reshape(value, [out, into, rows.length, columns.length]);

  if (depthwise) {
    const one = (taps: Taps) => {
      const turned = b.op.Transpose([l.reshape(w, [k / block, block, area])], { perm: [0, 2, 1] });
      return shaped(pick(turned, 1, taps), k, 1, taps);
    };
    return { group: k, forward: one, backward: one };
  }
  return {
    group,
    forward(taps) {
      const split = l.reshape(w, narrow ? [k / block, block, c, area] : [k / block, block, c / block, block, area]);
      const turned = b.op.Transpose([split], { perm: narrow ? [0, 2, 3, 1] : [0, 2, 4, 3, 1] });
      return shaped(pick(turned, 2, taps), k, c, taps);
    },
    backward(taps) {
      const each = k / group;
      const split = l.reshape(w, [group, each / block, block, c / block, block, area]);
      const turned = b.op.Transpose([split], { perm: [0, 3, 1, 5, 2, 4] });
      return shaped(pick(turned, 3, taps), c * group, each, taps);
    },
  };
}

/** Depthwise filters of one number everywhere. */
export function uniformFilters(l: Layouts, channels: number, value: number): Filters {
  const group = l.padded(channels);
  const filled = ({ rows, columns }: Taps) => l.filled([group, 1, rows.length, columns.length], value);
  return { group, forward: filled, backward: filled };
}
