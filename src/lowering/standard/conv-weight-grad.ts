import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { intAttribute, intsAttribute } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import { convWindow } from '../../onnx/shapes/convolution.js';
import type { Window } from '../../onnx/shapes/window.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Lowering } from './standard.js';

/**
 * dw[k, c, a, b] = Σ_{n,i,j} dy[n, k, i, j] · x[n, c, i·s + a·d − p, j·s + b·d − p]: matrix products over all positions at once,
 * [kw·C/g, Q] × [K/g, Q]ᵀ with Q = N·Ho·Wo, one a row of the kernel. For this x is laid out channel-major, [g, C/g, N, H, W]; its
 * copies shifted along all spatial axes but the first are stacked as channels. Along the first axis dy is shifted instead of x where
 * the stride allows: a third of the bytes. So kw + kh copies are made instead of kw·kh.
 */
export const convWeightGrad: Lowering = (b, node, [x, dy]) => {
  const dims = intsAttribute(node, 'shape')!;
  const group = intAttribute(node, 'group', 1);
  const window = convWindow(node, x!.dims, dims);
  const [filters, channels] = [dims[0]! / group, dims[1]!];
  const rank = window.kernel.length;
  const shiftsErrors = group === 1 && window.strides[0] === 1;
  const padAxes = [...window.kernel.keys()].slice(shiftsErrors ? 1 : 0);
  const inputs = stackedRows(b, padded(b, channelMajor(b, x!, group), window, padAxes), window);
  const products = shiftsErrors
    ? shiftedErrors(b, channelMajor(b, dy!, 1), window, x!.dims[2]!).map((errors) =>
        b.op.Gemm([rowsOf(b, inputs, 2), rowsOf(b, errors, 2)], { transB: 1 }),
      )
    : shiftedInputs(b, inputs, dy!, window, group);
  const taps = products.length === 1 ? products[0]! : b.op.Concat(products, { axis: group === 1 ? 0 : 1 });
  // [g, kh, kw, C/g, K/g] → [g, K/g, C/g, kh, kw]
  const spread = reshape(b, taps, [group, ...window.kernel, channels, filters]);
  const ordered = b.op.Transpose([spread], { perm: [0, rank + 2, rank + 1, ...window.kernel.map((_, i) => i + 1)] });
  return reshape(b, ordered, dims);
};

/** One product a tap along the first spatial axis, x shifted. */
function shiftedInputs(b: GraphBuilder, inputs: Value, dy: Value, window: Window, group: number): Value[] {
  const errors = group === 1 ? rowsOf(b, channelMajor(b, dy, 1), 2) : positionMajor(b, dy, group);
  return shifts(window, 0).map((shift) => {
    const shifted = cut(b, inputs, 3, shift);
    return group === 1 ? b.op.Gemm([rowsOf(b, shifted, 2), errors], { transB: 1 }) : b.op.MatMul([rowsOf(b, shifted, 3), errors]);
  });
}

/** dy as every tap along the first spatial axis sees it from x's `height` rows: row r is dy's row r − a·d + p, zeros outside. */
function shiftedErrors(b: GraphBuilder, dy: Value, { kernel, dilations, pads, out }: Window, height: number): Value[] {
  const [reach, pad] = [(kernel[0]! - 1) * dilations[0]!, pads[0]!];
  const begin = Math.max(0, reach - pad);
  const end = Math.max(0, height + pad - out[0]!);
  const around = dy.dims.map(() => 0);
  const wide = begin + end === 0 ? dy : b.op.Pad([dy, b.ints([...around.with(3, begin), ...around.with(3, end)])]);
  return Array.from({ length: kernel[0]! }, (_, tap) => {
    const start = begin - tap * dilations[0]! + pad;
    return cut(b, wide, 3, { start, end: start + height, step: 1 });
  });
}

/** [1, c, …] → [c, positions] (rank 2), [g, c, …] → [g, c, positions] (rank 3). */
const rowsOf = (b: GraphBuilder, value: Value, rank: 2 | 3): Value => {
  const positions = sizeOf(value.dims.slice(2));
  return reshape(b, value, rank === 2 ? [value.dims[1]!, positions] : [value.dims[0]!, value.dims[1]!, positions]);
};

/** [N, C, …] → [g, C/g, N, …]. */
function channelMajor(b: GraphBuilder, x: Value, group: number): Value {
  const [batch, channels, ...spatial] = x.dims as [number, number, ...number[]];
  const perm = [1, 0, ...spatial.map((_, i) => i + 2)];
  const major = batch === 1 ? x : b.op.Transpose([x], { perm });
  return reshape(b, major, [group, channels / group, batch, ...spatial]);
}

/** [N, K, …] → [g, N·positions, K/g], the right-hand side of a batched product. */
function positionMajor(b: GraphBuilder, dy: Value, group: number): Value {
  const [batch, filters, ...spatial] = dy.dims as [number, number, ...number[]];
  const parts = reshape(b, dy, [batch, group, filters / group, sizeOf(spatial)]);
  return reshape(b, b.op.Transpose([parts], { perm: [1, 0, 3, 2] }), [group, batch * sizeOf(spatial), filters / group]);
}

/** Zeros around the given spatial axes, as far as a window reaches. */
function padded(b: GraphBuilder, x: Value, { kernel, strides, dilations, pads, out }: Window, axes: readonly number[]): Value {
  const begins = kernel.map((_, i) => (axes.includes(i) ? pads[i]! : 0));
  const ends = kernel.map((k, i) => {
    const reach = (out[i]! - 1) * strides[i]! + (k - 1) * dilations[i]! + 1;
    return axes.includes(i) ? Math.max(0, reach - begins[i]! - x.dims[i + 3]!) : 0;
  });
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
