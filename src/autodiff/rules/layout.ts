import { intsAttribute } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import type { Rule, Rules } from '../rule.js';

/** Ops that only change the shape. */
const reshaped: Rule = ({ b, grad, inputs: [x] }) => [() => reshape(b, grad, x.dims)];

const transpose: Rule = ({ b, node, grad, inputs: [x] }) => {
  const perm = intsAttribute(node, 'perm') ?? x.dims.map((_, axis) => x.dims.length - 1 - axis);
  return [() => b.op.Transpose([grad], { perm: perm.map((_, axis) => perm.indexOf(axis)) })];
};

/** The driver sums over the repeats. */
const expand: Rule = ({ grad }) => [() => grad];

/** Splits every axis into (repeat, element) and sums over the repeats. */
const tile: Rule = ({ b, grad, inputs: [x] }) => [
  () => {
    const split = reshape(
      b,
      grad,
      x.dims.flatMap((d, axis) => [grad.dims[axis]! / d, d]),
    );
    const repeats = x.dims.map((_, axis) => 2 * axis);
    return b.op.ReduceSum([split, b.ints(repeats)], { keepdims: 0 });
  },
];

export const LAYOUT: Rules = {
  Expand: expand,
  Flatten: reshaped,
  Reshape: reshaped,
  Squeeze: reshaped,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: reshaped,
};
