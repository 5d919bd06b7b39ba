import type { Window } from '../../onnx/shapes/window.js';

/**
 * Attributes of the ConvTranspose that maps gradients of a sliding window's result back to its input of spatial size `spatial`:
 * (out − 1)·stride + reach − pads + output_padding = in. What the last window leaves over becomes output_padding; where it
 * reaches beyond the padded input (ceil_mode), the end is cropped by more.
 */
export function transposedWindow({ kernel, strides, dilations, pads, out }: Window, spatial: readonly number[]) {
  const rank = spatial.length;
  const begins = pads.slice(0, rank);
  const over = spatial.map((size, i) => (out[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - begins[i]! - size);
  return {
    kernel_shape: kernel,
    strides,
    dilations,
    pads: [...begins, ...over.map((o) => Math.max(o, 0))],
    output_padding: over.map((o) => Math.max(-o, 0)),
  };
}
