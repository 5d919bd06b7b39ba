import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { intAttribute, VIRTUAL } from '../../onnx/graph.js';
import { convWindow } from '../../onnx/shapes/convolution.js';
import { resolveTransposedWindow } from '../../onnx/shapes/window.js';
import { reshape } from '../../onnx/reshape.js';
import { sumAxes } from '../fit-shape.js';
import type { Rule, Rules } from '../rule.js';

const conv: Rule = ({ b, node, grad, inputs: [x, w] }) => {
  const { kernel, strides, pads, dilations } = convWindow(node, x.dims, w.dims);
  const explicit = { kernel_shape: kernel, strides, pads, dilations, group: intAttribute(node, 'group', 1) };
  return [
    () => b.node('ConvInputGrad', [grad, w], { ...explicit, shape: x.dims }, { domain: VIRTUAL })[0]!,
    () => b.node('ConvWeightGrad', [x, grad], { ...explicit, shape: w.dims }, { domain: VIRTUAL })[0]!,
    () => biasGradient(b, grad),
  ];
};

/** The transpose of a convolution Conv(dy, w), whose weight gradient it shares with the two sides changed over. */
const convTranspose: Rule = ({ b, node, grad, inputs: [x, w] }) => {
  const { kernel, strides, pads, dilations } = resolveTransposedWindow(node, x.dims.slice(2), w.dims.slice(2));
  const attributes = { kernel_shape: kernel, strides, pads, dilations, group: intAttribute(node, 'group', 1) };
  return [
    () => b.op.Conv([grad, w], attributes),
    () => b.node('ConvWeightGrad', [grad, x], { ...attributes, shape: w.dims }, { domain: VIRTUAL })[0]!,
    () => biasGradient(b, grad),
  ];
};

/** Sums over all but the channels. */
function biasGradient(b: GraphBuilder, grad: Value): Value {
  const others = [...grad.dims.keys()].filter((axis) => axis !== 1);
  return reshape(b, sumAxes(b, grad, others), [grad.dims[1]!]);
}

export const CONVOLUTION: Rules = { Conv: conv, ConvTranspose: convTranspose };
