import { intAttribute, VIRTUAL } from '../../onnx/graph.js';
import { poolWindow } from '../../onnx/shapes/pooling.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Rule, RuleContext, Rules } from '../rule.js';
import { castLike, scalarLike } from '../rule.js';
import { sumAxes } from '../fit-shape.js';

/** The attributes of a pooling node with everything spelled out. */
function explicit({ node, inputs: [x] }: RuleContext) {
  const { kernel, strides, pads, dilations } = poolWindow(node, x.dims);
  return { kernel_shape: kernel, strides, pads, dilations, ceil_mode: intAttribute(node, 'ceil_mode', 0) };
}

const maxPool: Rule = (context) => {
  const { b, grad, inputs, outputs } = context;
  return [() => b.node('MaxPoolGrad', [inputs[0], outputs[0], grad], explicit(context), { domain: VIRTUAL })[0]!];
};

const averagePool: Rule = (context) => {
  const { b, node, grad, inputs } = context;
  const attributes = { ...explicit(context), count_include_pad: intAttribute(node, 'count_include_pad', 0), shape: inputs[0].dims };
  return [() => b.node('AveragePoolGrad', [grad], attributes, { domain: VIRTUAL })[0]!];
};

const globalAveragePool: Rule = ({ b, grad, inputs: [x] }) => [() => b.op.Mul([grad, scalarLike(b, grad, 1 / sizeOf(x.dims.slice(2)))])];

/** To the largest element; among equal ones shared out equally (as PyTorch's amax). */
const globalMaxPool: Rule = ({ b, grad, inputs: [x], outputs: [y] }) => [
  () => {
    const wins = castLike(b, b.op.Equal([x, y]), grad);
    const count = sumAxes(b, wins, [...x.dims.keys()].slice(2));
    return b.op.Mul([wins, b.op.Div([grad, count])]);
  },
];

export const POOLING: Rules = {
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  MaxPool: maxPool,
};
