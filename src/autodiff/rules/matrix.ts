import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { floatAttribute, intAttribute } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Rule, Rules } from '../rule.js';
import { scalarLike } from '../rule.js';

/** C = A·B over matrices: dA = dC·Bᵀ, dB = Aᵀ·dC; batch axes that were broadcast are summed by the driver. */
const matMul: Rule = ({ b, grad, inputs: [left, right] }) => {
  // a vector is a row on the left, a column on the right
  const row = left.dims.length === 1 ? [1, ...left.dims] : left.dims;
  const column = right.dims.length === 1 ? [...right.dims, 1] : right.dims;
  const batch = grad.dims.slice(0, grad.dims.length - Number(left.dims.length > 1) - Number(right.dims.length > 1));
  const a = reshape(b, left, row);
  const w = reshape(b, right, column);
  const dy = reshape(b, grad, [...batch, row.at(-2)!, column.at(-1)!]);
  if (column.length === 2) {
    // one matrix for all: a single product over all rows, and no sum over the batch
    const rows = [sizeOf(row.slice(0, -1)), row.at(-1)!];
    const flat = reshape(b, dy, [rows[0]!, column[1]!]);
    return [
      () => reshape(b, b.op.Gemm([flat, w], { transB: 1 }), left.dims),
      () => reshape(b, b.op.Gemm([reshape(b, a, rows), flat], { transA: 1 }), right.dims),
    ];
  }
  return [() => unpadded(b, b.op.MatMul([dy, transposed(b, w)]), left), () => unpadded(b, b.op.MatMul([transposed(b, a), dy]), right)];
};

/** Takes the added axis of a vector operand away. */
const unpadded = (b: GraphBuilder, grad: Value, operand: Value): Value =>
  operand.dims.length > 1 ? grad : reshape(b, grad, [...grad.dims.slice(0, -2), operand.dims[0]!]);

function transposed(b: GraphBuilder, x: Value): Value {
  const rank = x.dims.length;
  return b.op.Transpose([x], { perm: [...x.dims.keys()].map((axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)) });
}

/** Y = alpha·A′·B′ + beta·C, where A′ is A or Aᵀ: dA′ = alpha·dY·B′ᵀ, dB′ = alpha·A′ᵀ·dY, dC = beta·dY. */
const gemm: Rule = ({ b, node, grad, inputs: [x, w] }) => {
  const [transA, transB] = [intAttribute(node, 'transA', 0), intAttribute(node, 'transB', 0)];
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  const product = (p: Value, q: Value, transP: number, transQ: number) => b.op.Gemm([p, q], { transA: transP, transB: transQ, alpha });
  return [
    () => (transA === 0 ? product(grad, w, 0, 1 - transB) : product(w, grad, transB, 1)),
    () => (transB === 0 ? product(x, grad, 1 - transA, 0) : product(grad, x, 1, transA)),
    () => (beta === 1 ? grad : b.op.Mul([grad, scalarLike(b, grad, beta)])),
  ];
};

export const MATRICES: Rules = { Gemm: gemm, MatMul: matMul };
