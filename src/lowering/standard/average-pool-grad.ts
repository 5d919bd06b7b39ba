import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { intAttribute, intsAttribute } from '../../onnx/graph.js';
import { poolWindow } from '../../onnx/shapes/pooling.js';
import type { Window } from '../../onnx/shapes/window.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import { windowCounts } from '../window-counts.js';
import type { Lowering } from './standard.js';
import { transposedWindow } from './transposed-window.js';

/** Every element of dy, divided by how many its window averaged, goes to all of that window. */
export const averagePoolGrad: Lowering = (b, node, [dy]) => {
  const dims = intsAttribute(node, 'shape')!;
  const spatial = dims.slice(2);
  const window = poolWindow(node, dims);
  const shares = b.op.Mul([dy!, inverseCounts(b, window, spatial, intAttribute(node, 'count_include_pad', 0) === 1)]);
  if (tiles(window, spatial)) return repeated(b, shares, window.kernel, dims);
  const planes = b.op.Reshape([shares, b.ints([dims[0]! * dims[1]!, 1, ...window.out])]);
  const ones = b.constant(float32([1, 1, ...window.kernel], new Float32Array(sizeOf(window.kernel)).fill(1)));
  return b.op.Reshape([b.op.ConvTranspose([planes, ones], transposedWindow(window, spatial)), b.ints(dims)]);
};

/** 1 / number of elements in each window, padding counted or not: a scalar where all are equal, else [1, 1, …out]. */
function inverseCounts(b: GraphBuilder, window: Window, spatial: readonly number[], countPads: boolean): Value {
  const counts = windowCounts(window, spatial, countPads);
  if (counts.every((count) => count === counts[0])) return b.scalar(1 / counts[0]!);
  return b.constant(
    float32(
      [1, 1, ...window.out],
      counts.map((count) => 1 / count),
    ),
  );
}

/** Whether the windows cover the input without gaps or overlaps. */
const tiles = ({ kernel, strides, dilations, pads, out }: Window, spatial: readonly number[]): boolean =>
  pads.every((p) => p === 0) && kernel.every((k, i) => k === strides[i] && (k === 1 || dilations[i] === 1) && k * out[i]! === spatial[i]);

/** Every element k times along its axis. */
function repeated(b: GraphBuilder, x: Value, kernel: readonly number[], dims: readonly number[]): Value {
  const [batch, channels, ...out] = x.dims as [number, number, ...number[]];
  const open = b.op.Reshape([x, b.ints([batch, channels, ...out.flatMap((d) => [d, 1])])]);
  return b.op.Reshape([b.op.Expand([open, b.ints([batch, channels, ...out.flatMap((d, i) => [d, kernel[i]!])])]), b.ints(dims)]);
}
