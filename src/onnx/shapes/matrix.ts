import { intAttribute } from '../graph.js';
import { broadcast, commonType, fail, FLOATS, mustBeType, mustHaveRank, required, show } from './check.js';
import { einsum } from './einsum.js';
import type { ShapeRule } from './infer.js';

/** NumPy's matmul: batch axes broadcast; a vector is a row on the left, a column on the right, and its axis vanishes. */
const matMul: ShapeRule = (node, inputs) => {
  const [a, b] = [required(node, inputs, 0, 'a'), required(node, inputs, 1, 'b')];
  if (a.dims.length === 0 || b.dims.length === 0)
    fail(node, 'inputs must have at least 1 dimension', `${show(a.dims)} and ${show(b.dims)}`);
  const left = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const right = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  if (left.at(-1) !== right.at(-2)) fail(node, 'inner dimensions must agree', `${show(a.dims)} and ${show(b.dims)}`);
  const batch = broadcast(node, [left.slice(0, -2), right.slice(0, -2)]);
  const dims = [...batch, ...(a.dims.length === 1 ? [] : left.slice(-2, -1)), ...(b.dims.length === 1 ? [] : right.slice(-1))];
  return [{ type: commonType(node, inputs), dims }];
};

/** alpha·A·B + beta·C. */
const gemm: ShapeRule = (node, inputs) => {
  const [a, b] = [required(node, inputs, 0, 'a'), required(node, inputs, 1, 'b')];
  mustHaveRank(node, a, 2, 'a');
  mustHaveRank(node, b, 2, 'b');
  mustBeType(node, a, FLOATS, 'a');
  const [m, k] = intAttribute(node, 'transA', 0) === 0 ? a.dims : a.dims.toReversed();
  const [k2, n] = intAttribute(node, 'transB', 0) === 0 ? b.dims : b.dims.toReversed();
  if (k !== k2) fail(node, 'inner dimensions must agree', `${k!} (a ${show(a.dims)}) and ${k2!} (b ${show(b.dims)})`);
  const dims = [m!, n!];
  if (inputs[2] && (inputs[2].dims.length > 2 || broadcast(node, [dims, inputs[2].dims]).join() !== dims.join())) {
    fail(node, `c must broadcast to ${show(dims)}`, show(inputs[2].dims));
  }
  return [{ type: commonType(node, inputs), dims }];
};

export const MATRICES: Readonly<Record<string, ShapeRule>> = { Einsum: einsum, Gemm: gemm, MatMul: matMul };
