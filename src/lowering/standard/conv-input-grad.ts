import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { intAttribute, intsAttribute } from '../../onnx/graph.js';
import { convWindow } from '../../onnx/shapes/convolution.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Lowering } from './standard.js';
import { transposedWindow } from './transposed-window.js';

/**
 * Stride 1: a Conv of dy with the filters flipped and their channels swapped, padded by reach − 1 − pads (twice as fast as
 * ConvTranspose). Otherwise, and where that padding would be negative: ConvTranspose, which takes the filters as they are.
 */
export const convInputGrad: Lowering = (b, node, [dy, w]) => {
  const dims = intsAttribute(node, 'shape')!;
  const spatial = dims.slice(2);
  const group = intAttribute(node, 'group', 1);
  const window = convWindow(node, dims, w!.dims);
  const { kernel, strides, dilations, pads } = window;
  const begins = kernel.map((k, i) => (k - 1) * dilations[i]! - pads[i]!);
  const ends = kernel.map((k, i) => (k - 1) * dilations[i]! - pads[i + kernel.length]!);
  if (strides.every((s) => s === 1) && [...begins, ...ends].every((p) => p >= 0)) {
    const filters = flipped(b, w!, group);
    return b.op.Conv([dy!, filters], { kernel_shape: kernel, strides, dilations, group, pads: [...begins, ...ends] });
  }
  return b.op.ConvTranspose([dy!, w!], { ...transposedWindow(window, spatial), group });
};

/** [K, C/g, …k] → [C, K/g, …k], every filter turned around. */
function flipped(b: GraphBuilder, w: Value, group: number): Value {
  const [filters, channels, ...kernel] = w.dims as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  const parts = b.op.Reshape([w, b.ints([group, filters / group, channels, taps])]);
  const swapped = b.op.Transpose([parts], { perm: [0, 2, 1, 3] });
  const turned = taps === 1 ? swapped : b.op.Slice([swapped, b.ints([-1]), b.ints([-taps - 1]), b.ints([3]), b.ints([-1])]);
  return b.op.Reshape([turned, b.ints([group * channels, filters / group, ...kernel])]);
}
