import { intAttribute, VIRTUAL } from '../../onnx/graph.js';
import { convWindow } from '../../onnx/shapes/convolution.js';
import { reshape } from '../../onnx/reshape.js';
import { sumAxes } from '../fit-shape.js';
import type { Rule, Rules } from '../rule.js';

const conv: Rule = ({ b, node, grad, inputs: [x, w] }) => {
  const { kernel, strides, pads, dilations } = convWindow(node, x.dims, w.dims);
  const explicit = { kernel_shape: kernel, strides, pads, dilations, group: intAttribute(node, 'group', 1) };
  return [
    () => b.node('ConvInputGrad', [grad, w], { ...explicit, shape: x.dims }, { domain: VIRTUAL })[0]!,
    () => b.node('ConvWeightGrad', [x, grad], { ...explicit, shape: w.dims }, { domain: VIRTUAL })[0]!,
    () => {
      const others = [...grad.dims.keys()].filter((axis) => axis !== 1);
      return reshape(b, sumAxes(b, grad, others), [grad.dims[1]!]);
    },
  ];
};

export const CONVOLUTION: Rules = { Conv: conv };
