import type { Value } from '../../onnx/graph.js';
import { NCHWC } from '../../onnx/graph.js';
import type { Blocked } from './blocked.js';
import type { Layouts } from './layouts.js';
import type { Axis } from './lines.js';
import { every, join, shifted } from './lines.js';
import { phase } from './window.js';

/** A window along one axis: output o reads o·stride + tap·dilation − pad. */
export interface Span {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
  /** Size of the result along the axis. */
  readonly out: number;
}

/** Below every float; padding of a maximum. */
const LOWEST = -3.4028234663852886e38;

/**
 * Maxima along the columns, then along the rows: a window's maximum is the maximum of its rows' maxima. `across` is the value between
 * them. Undefined when onnxruntime's pool refuses the padding.
 */
export function maxPool(l: Layouts, x: Blocked, [rows, columns]: readonly [Span, Span]): { across: Blocked; y: Blocked } | undefined {
  const bottom = Math.max(0, (rows.out - 1) * rows.stride + (rows.kernel - 1) * rows.dilation + 1 - rows.pad - x.dims[2]);
  if (Math.max(rows.pad, bottom) >= rows.kernel) return undefined;
  const across = maxAcross(l, x, columns);
  if (rows.kernel === 1 && rows.stride === 1) return { across, y: across };
  const attributes = {
    kernel_shape: [rows.kernel, 1],
    strides: [rows.stride, 1],
    dilations: [rows.dilation, 1],
    pads: [rows.pad, 0, bottom, 0],
  };
  const [n, c, , w] = across.dims;
  return { across, y: l.make(l.b.node('MaxPool', [across.value], attributes, { domain: NCHWC })[0]!, [n, c, rows.out, w], x.blank) };
}

/** A stride of s columns: maxima of each residue's columns first. The padding is written out: the op's must be smaller than its kernel. */
function maxAcross(l: Layouts, x: Blocked, { kernel, stride, dilation, pad, out }: Span): Blocked {
  const maxima: Value[] = [];
  for (let r = 0; r < stride; r++) {
    const { taps, shift, step } = phase(kernel, stride, dilation, pad, r);
    if (taps.length === 0) continue;
    const part = shifted(l, every(l, x, 3, r, stride, LOWEST), 3, shift, out + (taps.length - 1) * step, LOWEST).value;
    const attributes = { kernel_shape: [1, taps.length], strides: [1, 1], dilations: [1, step * l.block], pads: [0, 0, 0, 0] };
    maxima.push(taps.length === 1 ? part : l.b.node('MaxPool', [part], attributes, { domain: NCHWC })[0]!);
  }
  const [n, c, h] = x.dims;
  return l.make(maxima.length === 1 ? maxima[0]! : l.b.op.Max(maxima), [n, c, h, out], x.blank);
}

/**
 * dX of `maxPool`: each window's dy goes to the first of its equal maxima in row-major order, as in PyTorch. First it goes to the first
 * row whose maximum is the window's, then in that row to the first column: both steps are one-dimensional.
 */
export function maxPoolGradient(l: Layouts, x: Blocked, y: Blocked, dy: Blocked, spans: readonly [Span, Span]): Blocked | undefined {
  const pooled = maxPool(l, x, spans);
  if (!pooled) return undefined;
  const { across } = pooled;
  return toFirst(l, 3, x, across, toFirst(l, 2, across, y, dy, spans[0]), spans[1]);
}

/** dX of y = maximum of x along one axis: every dy to the first tap where x equals y. */
function toFirst(l: Layouts, axis: Axis, x: Blocked, y: Blocked, dy: Blocked, { kernel, stride, dilation, pad, out }: Span): Blocked {
  if (kernel === 1 && stride === 1) return dy;
  const { b } = l;
  const size = x.dims[axis];
  const parts = new Array<Blocked | null>(stride).fill(null);
  let rest = dy.value;
  for (let tap = 0; tap < kernel; tap++) {
    const offset = tap * dilation - pad;
    const r = ((offset % stride) + stride) % stride;
    const shift = (offset - r) / stride;
    let share = rest;
    // what nobody before took belongs to the last tap
    if (tap < kernel - 1) {
      const at = shifted(l, every(l, x, axis, r, stride, LOWEST), axis, shift, out, LOWEST);
      // x = y as 0 or 1, exactly: x ≤ y, and HardSigmoid(1 + 10³⁸·(x − y)) is 0 for every normal difference
      const equal = b.op.HardSigmoid([b.op.Sub([at.value, y.value])], { alpha: 1e38, beta: 1 });
      share = b.op.Mul([rest, equal]);
      rest = b.op.Sub([rest, share]);
    }
    const moved = shifted(l, l.make(share, dy.dims, dy.blank), axis, -shift, Math.ceil(size / stride));
    const earlier = parts[r]!;
    parts[r] = earlier ? l.make(b.op.Add([earlier.value, moved.value]), moved.dims, dy.blank) : moved;
  }
  return shifted(l, join(l, axis, parts), axis, 0, size);
}
