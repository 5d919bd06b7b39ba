import type { Value } from '../../onnx/graph.js';
import type { Layouts } from './layouts.js';
import { gatherRows } from './lines.js';

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
 *
 * onnxruntime's Transpose moves single floats, on one thread. Its reorders turn B × B squares in registers and Gather copies whole rows, both on
 * all threads: the same order takes a third of the time.
 */
export function filtersOf(l: Layouts, weights: Value, group: number, narrow = false): Filters {
  const depthwise = group > 1 && weights.dims[1] === 1;
  const exact = narrow || depthwise;
  const w = l.pad(weights, [l.padded(weights.dims[0]!), exact ? weights.dims[1]! : l.padded(weights.dims[1]!)]);
  const [k, c, kh, kw] = w.dims as [number, number, number, number];
  const { block } = l;
  const area = kh * kw;
  const taps = ({ rows, columns }: Taps) => rows.flatMap((i) => columns.map((j) => i * kw + j));
  const shaped = (value: Value, out: number, into: number, { rows, columns }: Taps) =>
    l.reshape(value, [out, into, rows.length, columns.length]);

  // [K/B, C·kh·kw rows, B k]
  const outputsInnermost = l.reorderInput(l.reshape(w, [k / block, block, 1, c * area]));
  const rows = l.reshape(outputsInnermost, [k / block, c * area, block]);
  /** [K/B, C/B, wanted taps, B c, B k]; with `lanes` 1 [K/B, C, wanted taps, B k]. */
  const forward = (wanted: readonly number[], lanes: number): Value => {
    const inputs = Array.from({ length: lanes }, (_, i) => i);
    return gatherRows(l, rows, 1, blocksOf(c, lanes).flatMap((first) => wanted.flatMap((tap) => inputs.map((i) => (first + i) * area + tap)))); // prettier-ignore
  };

  if (depthwise) {
    const one = (wanted: Taps) => shaped(forward(taps(wanted), 1), k, 1, wanted);
    return { group: k, forward: one, backward: one };
  }
  return {
    group,
    forward: (wanted) => shaped(forward(taps(wanted), narrow ? 1 : block), k, c, wanted),
    backward(wanted) {
      if (area === 1) {
        // one reorder of [K/group, C/group] matrices
        const turned = l.reorderInput(l.reshape(w, [group, 1, k / group, c]), { last: true });
        return shaped(turned, c * group, k / group, wanted);
      }
      const all = Array.from({ length: area }, (_, tap) => tap);
      const squares = l.reshape(forward(all, block), [(k / block) * (c / block) * area, block, 1, block]);
      const turned = l.reshape(l.reorderOutput(squares, block), [squares.dims[0]!, block * block]);
      const [each, inputs] = [k / group / block, c / block];
      const order = Array.from({ length: group }, (_, g) =>
        Array.from({ length: inputs }, (_, i) =>
          Array.from({ length: each }, (_, o) => taps(wanted).map((tap) => ((g * each + o) * inputs + i) * area + tap)),
        ),
      );
      return shaped(gatherRows(l, turned, 0, order.flat(3)), c * group, k / group, wanted);
    },
  };
}

/** 0, lanes, 2·lanes … below count. */
const blocksOf = (count: number, lanes: number): number[] => Array.from({ length: count / lanes }, (_, i) => i * lanes);

/** Depthwise filters of one number everywhere. */
export function uniformFilters(l: Layouts, channels: number, value: number): Filters {
  const group = l.padded(channels);
  const filled = ({ rows, columns }: Taps) => l.filled([group, 1, rows.length, columns.length], value);
  return { group, forward: filled, backward: filled };
}
