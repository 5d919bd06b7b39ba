import type { Value } from '../../onnx/graph.js';
import type { Filters } from './filters.js';
import type { Blocked, Dims4, Phases } from './blocked.js';
import type { Layouts } from './layouts.js';
import { every, shifted } from './lines.js';
import type { Phase, Window } from './window.js';
import { gradientPhase, phase } from './window.js';

/** Up to this width zero columns are written out: MLAS computes border columns one output at a time, which costs more. */
const WRITE_OUT_PADS = 16;

interface Slide {
  readonly group: number;
  readonly phase: Phase;
  /** Columns and rows of the result. */
  readonly width: number;
  readonly rows: {
    readonly kernel: number;
    readonly stride: number;
    readonly dilation: number;
    readonly top: number;
    readonly bottom: number;
  };
}

/** One stride-1 (in columns) convolution of x with a ready filter. */
function slide(
  l: Layouts,
  x: Blocked,
  filter: Value,
  { group, phase: p, width, rows }: Slide,
  bias: Value | null,
  sum: Value | null,
): Value {
  const needed = width + (p.taps.length - 1) * p.step;
  const [left, right] = [-p.shift, p.shift + needed - x.dims[3]];
  const byOp = x.dims[3] > WRITE_OUT_PADS && left >= 0 && right >= 0;
  const padded = byOp ? x : shifted(l, x, 3, p.shift, needed);
  const [padLeft, padRight] = byOp ? [left * l.block, right * l.block] : [0, 0];
  return l.conv(
    padded.value,
    filter,
    {
      kernel_shape: [rows.kernel, p.taps.length],
      strides: [rows.stride, 1],
      dilations: [rows.dilation, p.step * l.block],
      pads: [rows.top, padLeft, rows.bottom, padRight],
      group,
    },
    bias,
    sum,
  );
}

/** Y = X ⋆ W + bias for out dims [N, K, Ho, Wo]. A column stride s becomes s convolutions over the columns of one residue, summed. */
export function convolution(l: Layouts, x: Blocked, filters: Filters, bias: Value | null, window: Window, out: Dims4): Blocked {
  const { kernel, stride, dilation, pads } = window;
  const rows = { kernel: kernel[0], stride: stride[0], dilation: dilation[0], top: pads[0], bottom: pads[2] };
  const down = Array.from({ length: kernel[0] }, (_, i) => i);
  const shift = bias && l.pad(bias, [l.padded(out[1])]);
  let y: Value | null = null;
  for (let r = 0; r < stride[1]; r++) {
    const p = phase(kernel[1], stride[1], dilation[1], pads[1], r);
    if (p.taps.length === 0) continue;
    const filter = filters.forward({ rows: down, columns: p.taps });
    // the bias goes in once; a 16-bit zero instead of an omitted bias is not needed, onnxruntime takes ''
    y = slide(l, every(l, x, 3, r, stride[1]), filter, { group: filters.group, phase: p, width: out[3], rows }, y ? null : shift, y);
  }
  // without padded samples the padding is padded channels: filters and bias are zero there
  return l.make(y!, out, (x.blank && !bias) || out[0] % l.block === 0);
}

/** dX = dY ⋆ flipped W, as stride × stride phases of dX; undefined when a phase does not fit (then the standard lowering does it). */
export function inputGradient(l: Layouts, dy: Blocked, filters: Filters, window: Window, dims: Dims4): Phases | undefined {
  const { kernel, stride, dilation, pads } = window;
  const [s, ...rest] = stride;
  if (rest.some((other) => other !== s) || dims[2] % s !== 0 || dims[3] % s !== 0) return undefined;
  const [height, width] = [dims[2] / s, dims[3] / s];
  const residues = Array.from({ length: s }, (_, r) => r);
  const down = residues.map((r) => gradientPhase(kernel[0], s, dilation[0], pads[0], r));
  const across = residues.map((r) => gradientPhase(kernel[1], s, dilation[1], pads[1], r));
  const bottom = (p: Phase) => height - 1 + p.shift + (p.taps.length - 1) * p.step - (dy.dims[2] - 1);
  if (down.some((p) => p.taps.length > 0 && (p.shift > 0 || bottom(p) < 0))) return undefined;
  const blank = dy.blank || dims[0] % l.block === 0;
  return down.map((v) =>
    across.map((h) => {
      if (v.taps.length === 0 || h.taps.length === 0) return null;
      const rows = { kernel: v.taps.length, stride: 1, dilation: v.step, top: -v.shift, bottom: bottom(v) };
      const filter = filters.backward({ rows: v.taps, columns: h.taps });
      return l.make(
        slide(l, dy, filter, { group: filters.group, phase: h, width, rows }, null, null),
        [dims[0], dims[1], height, width],
        blank,
      );
    }),
  );
}
