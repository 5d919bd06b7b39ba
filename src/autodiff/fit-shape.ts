import type { GraphBuilder } from '../onnx/builder.js';
import type { Value } from '../onnx/graph.js';
import { reshape } from '../onnx/reshape.js';
import { sizeOf } from '../tensor/tensor.js';

/**
 * The gradient of a value of shape `dims` from one that broadcasting connects with it: axes along which the value was repeated
 * are summed, axes along which the gradient is constant are expanded. The only place where broadcasting is undone.
 */
export function fitShape(b: GraphBuilder, grad: Value, dims: readonly number[]): Value {
  const rank = Math.max(grad.dims.length, dims.length);
  const ranked = (shape: readonly number[]) => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [from, to] = [ranked(grad.dims), ranked(dims)];
  const repeated = from.flatMap((d, axis) => (to[axis] === 1 && d !== 1 ? [axis] : []));
  const summed = sumAxes(b, reshape(b, grad, from), repeated);
  const fitted = reshape(b, summed, summed.dims.slice(rank - dims.length));
  return fitted.dims.join() === dims.join() ? fitted : b.op.Expand([fitted, b.ints(dims)]);
}

/**
 * Sums over `axes`, keeping them with size 1. The trailing run of axes first, then the others: onnxruntime sums in float32 in
 * one chain, and a bias gradient over batch and image is long and cancels (relative errors of 1e-2 in one level, 1e-5 in two);
 * sums of contiguous rows are also its fastest ones.
 */
export function sumAxes(b: GraphBuilder, value: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return value;
  const leading = axes.every((axis, i) => axis === i) && axes.length < value.dims.length;
  if (leading && sizeOf(value.dims) >= MANY) return columnSums(b, value, axes.length);
  let first = value.dims.length;
  // axes of size 1 do not interrupt a run
  while (axes.includes(first - 1) || value.dims[first - 1] === 1) first--;
  const rows = axes.filter((axis) => axis >= first);
  const rest = axes.filter((axis) => axis < first);
  const [inner, outer] = rest.length === 0 ? split(rows, value.dims) : [rows, rest];
  return sum(b, sum(b, value, inner), outer);
}

/** From so many elements on, a second node costs less than it saves. */
const MANY = 2 ** 14;

/** Sums of columns of many rows: runs of rows first, then the runs. ReduceSum over leading axes takes up to ten times as long. */
function columnSums(b: GraphBuilder, value: Value, rank: number): Value {
  const [rows, inner] = [value.dims.slice(0, rank), value.dims.slice(rank)];
  const count = sizeOf(rows);
  let runs = Math.floor(Math.sqrt(count));
  while (count % runs !== 0) runs--;
  const partial = sum(b, reshape(b, value, [runs, count / runs, sizeOf(inner)]), [1]);
  return reshape(b, sum(b, partial, [0]), [...rows.map(() => 1), ...inner]);
}

/** A sum over everything is cut where the levels are nearest to equal length. */
function split(axes: readonly number[], dims: readonly number[]): [readonly number[], readonly number[]] {
  const length = (part: readonly number[]) => part.reduce((product, axis) => product * dims[axis]!, 1);
  const cuts = axes.map((_, i) => Math.max(length(axes.slice(i)), length(axes.slice(0, i))));
  const cut = cuts.indexOf(Math.min(...cuts));
  return [axes.slice(cut), axes.slice(0, cut)];
}

const sum = (b: GraphBuilder, value: Value, axes: readonly number[]): Value =>
  axes.length === 0 ? value : b.op.ReduceSum([value, b.ints(axes)], { keepdims: 1 });
