import { sizeOf } from '../tensor/tensor.js';
import { GraphBuilder } from './builder.js';
import type { Graph } from './graph.js';

type Dims = readonly number[];

/** Arithmetic of one op from shapes alone, two operations a multiply-add; `x` its inputs, `y` its first output. */
type Count = (x: readonly Dims[], y: Dims) => number;

/** Multiply-adds of one filter at one place, of weights [K, C/groups, kh, kw]. */
const taps = (weight: Dims): number => sizeOf(weight.slice(1));

/** Elements of the last two axes. */
const plane = (dims: Dims): number => sizeOf(dims.slice(-2));

/** M×K by K×N, however transposed and over whatever batch axes: K² = (M·K)(K·N) / (M·N). */
const product: Count = ([a, b], y) => 2 * sizeOf(y) * Math.sqrt((plane(a!) * plane(b!)) / plane(y));

/**
 * Ops whose arithmetic counts; all others (elementwise, sums, moves) are counted as none, as is usual. The blocked ops keep logical shapes, so
 * the same formulas hold; channels and samples that pad their blocks are work too.
 */
const COUNTS: Readonly<Record<string, Count>> = {
  Conv: ([, w], y) => 2 * sizeOf(y) * taps(w!),
  FusedConv: ([, w], y) => 2 * sizeOf(y) * taps(w!),
  ConvTranspose: ([x, w]) => 2 * sizeOf(x!) * taps(w!),
  ConvInputGrad: ([dy, w]) => 2 * sizeOf(dy!) * taps(w!),
  ConvWeightGrad: ([, dy], dw) => 2 * sizeOf(dy!) * taps(dw),
  Gemm: product,
  FusedGemm: product,
  MatMul: product,
  FusedMatMul: product,
};

/** Floating-point operations of one op, a multiply-add as two. */
export const flopsOf = (op: string, inputs: readonly Dims[], output: Dims): number => COUNTS[op]?.(inputs, output) ?? 0;

/** Floating-point operations of convolutions and matrix products in a graph, a multiply-add as two. The graph may hold virtual ops. */
export function graphFlops(graph: Graph): number {
  const b = GraphBuilder.from(graph);
  const dims = (name: string): Dims => (name === '' ? [] : b.value(name).dims);
  return graph.nodes.reduce((sum, { op, inputs, outputs }) => sum + flopsOf(op, inputs.map(dims), dims(outputs[0]!)), 0);
}
