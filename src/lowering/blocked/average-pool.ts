import type { Window as AnyWindow } from '../../onnx/shapes/window.js';
import { float32 } from '../../tensor/tensor.js';
import { windowCounts } from '../window-counts.js';
import { convolution, inputGradient } from './convolution.js';
import { uniformFilters } from './filters.js';
import type { Blocked, Dims4, Phases } from './blocked.js';
import type { Layouts } from './layouts.js';
import type { Window } from './window.js';

/** The window with as much padding below as its last output needs (ceil_mode). */
function reaching({ kernel, strides, dilations, pads, out }: AnyWindow, height: number): Window {
  const bottom = (out[0]! - 1) * strides[0]! + (kernel[0]! - 1) * dilations[0]! + 1 - pads[0]! - height;
  return {
    kernel: [kernel[0]!, kernel[1]!],
    stride: [strides[0]!, strides[1]!],
    dilation: [dilations[0]!, dilations[1]!],
    pads: [pads[0]!, pads[1]!, Math.max(0, bottom), pads[3]!],
  };
}

/** Divides sums of `area` equal shares by what each window really averaged; dims [N, C, ho, wo]. */
function corrected(l: Layouts, x: Blocked, area: number, counts: readonly number[]): Blocked {
  if (counts.every((count) => count === area)) return x;
  const { block } = l;
  const planes = l.reshape(x.value, [x.value.dims[0]! * (x.value.dims[1]! / block), counts.length, block * block]);
  const factors = l.b.constant(
    float32(
      [counts.length, 1],
      counts.map((count) => area / count),
    ),
  );
  return l.make(l.b.op.Mul([planes, factors]), x.dims, x.blank);
}

/** Mean of each window, as a depthwise convolution with equal weights. */
export function averagePool(l: Layouts, x: Blocked, window: AnyWindow, countPads: boolean): Blocked {
  const [n, c, h, w] = x.dims;
  const area = window.kernel[0]! * window.kernel[1]!;
  const dims: Dims4 = [n, c, window.out[0]!, window.out[1]!];
  const sums = convolution(l, x, uniformFilters(l, c, 1 / area), null, reaching(window, h), dims);
  return corrected(l, sums, area, windowCounts(window, [h, w], countPads));
}

/** Its gradient, in phases; undefined where `inputGradient` has none. */
export function averagePoolGradient(l: Layouts, dy: Blocked, window: AnyWindow, dims: Dims4, countPads: boolean): Phases | undefined {
  const area = window.kernel[0]! * window.kernel[1]!;
  const shares = corrected(l, dy, area, windowCounts(window, dims.slice(2), countPads));
  return inputGradient(l, shares, uniformFilters(l, dims[1], 1 / area), reaching(window, dims[2]), dims);
}
