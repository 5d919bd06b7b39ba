import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { intAttribute, intsAttribute } from '../../onnx/graph.js';
import { convWindow } from '../../onnx/shapes/convolution.js';
import type { Window } from '../../onnx/shapes/window.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Lowering } from './standard.js';

/**
 * dw[k, c, a, b] = Σ_{n,i,j} dy[n, k, i, j] · x[n, c, i·s + a·d − p, j·s + b·d − p]: matrix products over all positions at once.
 * x is laid out channel-major, [g, C/g, N, H, W], and padded; along every spatial axis but the first the shifted copies of a
 * kernel's row are stacked as channels, along the first each shift is a product of its own, [kw·C/g, Q] × [K/g, Q]ᵀ with
 * Q = N·Ho·Wo. kw + kh cheap copies instead of kw·kh.
 */
export const convWeightGrad: Lowering = (b, node, [x, dy]) => {
  const dims = intsAttribute(node, 'shape')!;
  const group = intAttribute(node, 'group', 1);
  const window = convWindow(node, x!.dims, dims);
  const [filters, channels] = [dims[0]! / group, dims[1]!];
  const rows = stackedRows(b, padded(b, channelMajor(b, x!, group), window), window);
  const errors = group === 1 ? channelMajor(b, dy!, 1) : positionMajor(b, dy!, group);

  const positions = sizeOf(dy!.dims) / dims[0]!;
  const products = shifts(window, 0).map((shift) => {
    const shifted = cut(b, rows, 3, shift);
    const width = sizeOf(shifted.dims) / (group * positions);
    return group === 1
      ? b.op.Gemm([matrix(b, shifted, [width, positions]), matrix(b, errors, [filters, positions])], { transB: 1 })
      : b.op.MatMul([matrix(b, shifted, [group, width, positions]), errors]);
  });
  const taps = products.length === 1 ? products[0]! : b.op.Concat(products, { axis: group === 1 ? 0 : 1 });
  // [g, kh, kw, C/g, K/g] → [g, K/g, C/g, kh, kw]
  const spread = matrix(b, taps, [group, ...window.kernel, channels, filters]);
  const rank = window.kernel.length;
  const ordered = b.op.Transpose([spread], { perm: [0, rank + 2, rank + 1, ...window.kernel.map((_, i) => i + 1)] });
  return matrix(b, ordered, dims);
};

const matrix = (b: GraphBuilder, value: Value, dims: readonly number[]): Value =>
  value.dims.join() === dims.join() ? value : b.op.Reshape([value, b.ints(dims)]);

/** [N, C, …] → [g, C/g, N, …]. */
function channelMajor(b: GraphBuilder, x: Value, group: number): Value {
  const [batch, channels, ...spatial] = x.dims as [number, number, ...number[]];
  const perm = [1, 0, ...spatial.map((_, i) => i + 2)];
  const major = batch === 1 ? x : b.op.Transpose([x], { perm });
  return matrix(b, major, [group, channels / group, batch, ...spatial]);
}

/** [N, K, …] → [g, N·positions, K/g], the right-hand side of a batched product. */
function positionMajor(b: GraphBuilder, dy: Value, group: number): Value {
  const [batch, filters, ...spatial] = dy.dims as [number, number, ...number[]];
  const parts = matrix(b, dy, [batch, group, filters / group, sizeOf(spatial)]);
  return matrix(b, b.op.Transpose([parts], { perm: [1, 0, 3, 2] }), [group, batch * sizeOf(spatial), filters / group]);
}

/** Zeros around the spatial axes, as far as a window reaches. */
function padded(b: GraphBuilder, x: Value, { kernel, strides, dilations, pads, out }: Window): Value {
  const begins = kernel.map((_, i) => pads[i]!);
  const ends = kernel.map((k, i) => Math.max(0, (out[i]! - 1) * strides[i]! + (k - 1) * dilations[i]! + 1 - begins[i]! - x.dims[i + 3]!));
  if ([...begins, ...ends].every((p) => p === 0)) return x;
  return b.op.Pad([x, b.ints([0, 0, 0, ...begins, 0, 0, 0, ...ends])]);
}

interface Shift {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** What every tap along a spatial axis sees. */
const shifts = ({ kernel, strides, dilations, out }: Window, axis: number): readonly Shift[] =>
  Array.from({ length: kernel[axis]! }, (_, tap) => {
    const start = tap * dilations[axis]!;
    return { start, end: start + (out[axis]! - 1) * strides[axis]! + 1, step: strides[axis]! };
  });

function cut(b: GraphBuilder, x: Value, axis: number, { start, end, step }: Shift): Value {
  if (start === 0 && end === x.dims[axis] && step === 1) return x;
  return b.op.Slice([x, b.ints([start]), b.ints([end]), b.ints([axis]), b.ints([step])]);
}

/** [g, c, N, H, W] → [g, kw·c, N, H, Wo]: the taps of every axis but the first become channels, last axis innermost. */
function stackedRows(b: GraphBuilder, x: Value, window: Window): Value {
  return [...window.kernel.keys()].slice(1).reduceRight((stacked, axis) => {
    const copies = shifts(window, axis).map((shift) => cut(b, stacked, axis + 3, shift));
    return copies.length === 1 ? copies[0]! : b.op.Concat(copies, { axis: 1 });
  }, x);
}
