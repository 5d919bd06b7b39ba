import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { floatAttribute, intAttribute } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Rule, Rules } from '../rule.js';
import { scalarLike } from '../rule.js';

/** u = (x − mean)/√(variance + ε) of every row of [rows, length], and its 1/√(variance + ε) [rows, 1]. */
function standardized(b: GraphBuilder, x: Value, epsilon: number): { unit: Value; inverse: Value } {
  const centred = b.op.Sub([x, b.op.ReduceMean([x], { axes: [1] })]);
  const variance = b.op.Mul([b.op.ReduceSumSquare([centred], { axes: [1] }), scalarLike(b, x, 1 / x.dims[1]!)]);
  const inverse = b.op.Reciprocal([b.op.Sqrt([b.op.Add([variance, scalarLike(b, x, epsilon)])])]);
  return { unit: b.op.Mul([centred, inverse]), inverse };
}

/**
 * y = γ·u + β row by row, γ and β along the row. With ⟨·⟩ the mean of a row: dγ = Σ dy·u and dβ = Σ dy over the rows,
 * dx = (γ·dy − ⟨γ·dy⟩ − u·⟨γ·dy·u⟩)/√(variance + ε). The two means are products of a matrix with γ/length.
 */
const layerNormalization: Rule = ({ b, node, grad, inputs: [x, scale] }) => {
  const length = sizeOf(x.dims.slice(intAttribute(node, 'axis', -1)));
  const rows = [sizeOf(x.dims) / length, length];
  const { unit, inverse } = standardized(b, reshape(b, x, rows), floatAttribute(node, 'epsilon', 1e-5));
  const dy = reshape(b, grad, rows);
  const product = b.op.Mul([dy, unit]);
  const gamma = reshape(b, scale, [1, length]);
  return [
    () => {
      const share = reshape(b, b.op.Mul([gamma, scalarLike(b, x, 1 / length)]), [length, 1]);
      const along = b.op.Mul([unit, b.op.MatMul([product, share])]);
      const inner = b.op.Sub([b.op.Sub([b.op.Mul([dy, gamma]), along]), b.op.MatMul([dy, share])]);
      return reshape(b, b.op.Mul([inner, inverse]), x.dims);
    },
    () => reshape(b, product, x.dims),
    () => grad,
  ];
};

/** The same with γ and β one number a row: a row is a sample's channel. dx = γ·(dy − ⟨dy⟩ − u·⟨dy·u⟩)/√(variance + ε). */
const instanceNormalization: Rule = ({ b, node, grad, inputs: [x, scale] }) => {
  const [samples, channels, ...spatial] = x.dims as [number, number, ...number[]];
  const rows = [samples * channels, sizeOf(spatial)];
  const { unit, inverse } = standardized(b, reshape(b, x, rows), floatAttribute(node, 'epsilon', 1e-5));
  const dy = reshape(b, grad, rows);
  const product = b.op.Mul([dy, unit]);
  const mean = (value: Value) => b.op.ReduceMean([value], { axes: [1] });
  const perChannel = (value: Value) => reshape(b, b.op.ReduceSum([value, b.ints([1])]), [samples, channels]);
  return [
    () => {
      const inner = b.op.Sub([b.op.Sub([dy, mean(dy)]), b.op.Mul([unit, mean(product)])]);
      const gamma = reshape(b, b.op.Expand([scale, b.ints([samples, channels])]), [samples * channels, 1]);
      return reshape(b, b.op.Mul([inner, b.op.Mul([gamma, inverse])]), x.dims);
    },
    () => perChannel(product),
    () => perChannel(dy),
  ];
};

export const NORMALIZATIONS: Rules = { InstanceNormalization: instanceNormalization, LayerNormalization: layerNormalization };
