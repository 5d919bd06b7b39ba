import type { Node, Value } from '../graph.js';
import { intsAttribute, VIRTUAL } from '../graph.js';
import { commonType, fail, mustHaveDims, required } from './check.js';
import { convWindow } from './convolution.js';
import type { Shape, ShapeRule } from './infer.js';
import { poolWindow } from './pooling.js';

const like = ({ type, dims }: Value): readonly Shape[] => [{ type, dims }];

const shapeAttribute = (node: Node): readonly number[] =>
  intsAttribute(node, 'shape') ?? fail(node, 'attribute shape must be given', 'nothing');

const convInputGrad: ShapeRule = (node, inputs) => {
  const [dy, w, dims] = [required(node, inputs, 0, 'dy'), required(node, inputs, 1, 'weight'), shapeAttribute(node)];
  mustHaveDims(node, dy, [dims[0]!, w.dims[0]!, ...convWindow(node, dims, w.dims).out], 'dy');
  return [{ type: commonType(node, inputs), dims }];
};

const convWeightGrad: ShapeRule = (node, inputs) => {
  const [x, dy, dims] = [required(node, inputs, 0, 'x'), required(node, inputs, 1, 'dy'), shapeAttribute(node)];
  mustHaveDims(node, dy, [x.dims[0]!, dims[0]!, ...convWindow(node, x.dims, dims).out], 'dy');
  return [{ type: commonType(node, inputs), dims }];
};

const maxPoolGrad: ShapeRule = (node, inputs) => {
  const [x, y, dy] = ['x', 'y', 'dy'].map((what, i) => required(node, inputs, i, what));
  const dims = [...x!.dims.slice(0, 2), ...poolWindow(node, x!.dims).out];
  mustHaveDims(node, y!, dims, 'y');
  mustHaveDims(node, dy!, dims, 'dy');
  return like(x!);
};

const averagePoolGrad: ShapeRule = (node, inputs) => {
  const [dy, dims] = [required(node, inputs, 0, 'dy'), shapeAttribute(node)];
  mustHaveDims(node, dy, [...dims.slice(0, 2), ...poolWindow(node, dims).out], 'dy');
  return [{ type: dy.type, dims }];
};

const reluGrad: ShapeRule = (node, inputs) => {
  const [dy, y] = [required(node, inputs, 0, 'dy'), required(node, inputs, 1, 'y')];
  mustHaveDims(node, dy, y.dims, 'dy');
  return like(y);
};

const batchNormalizationGrad: ShapeRule = (node, inputs) => {
  const [dy, x] = [required(node, inputs, 0, 'dy'), required(node, inputs, 1, 'x')];
  mustHaveDims(node, dy, x.dims, 'dy');
  const channels = { type: x.type, dims: [x.dims[1]!] };
  for (const i of inputs.keys())
    if (i > 1) mustHaveDims(node, required(node, inputs, i, 'one number a channel'), channels.dims, `input ${i}`);
  if (inputs.length !== 3 && inputs.length !== 5) fail(node, 'inputs must be 3 (batch statistics) or 5 (frozen ones)', inputs.length);
  return [{ type: x.type, dims: x.dims }, channels, channels];
};

/** Gradient ops of `virtual-ops.ts`. */
export const VIRTUALS: Readonly<Record<string, ShapeRule>> = {
  [`${VIRTUAL}:AveragePoolGrad`]: averagePoolGrad,
  [`${VIRTUAL}:BatchNormalizationGrad`]: batchNormalizationGrad,
  [`${VIRTUAL}:ConvInputGrad`]: convInputGrad,
  [`${VIRTUAL}:ConvWeightGrad`]: convWeightGrad,
  [`${VIRTUAL}:MaxPoolGrad`]: maxPoolGrad,
  [`${VIRTUAL}:ReluGrad`]: reluGrad,
};
