import { intAttribute } from '../graph.js';
import { axisIn, fail, FLOATS, mustBeType, mustHaveDims, required } from './check.js';
import type { ShapeRule } from './infer.js';

/** Over the axes from `axis` on, which scale and bias share; the mean and 1/σ of each row are outputs 1 and 2. */
const layerNormalization: ShapeRule = (node, inputs) => {
  const [x, scale] = [required(node, inputs, 0, 'x'), required(node, inputs, 1, 'scale')];
  mustBeType(node, x, FLOATS, 'x');
  const axis = axisIn(node, intAttribute(node, 'axis', -1), x.dims.length);
  mustHaveDims(node, scale, x.dims.slice(axis), 'scale');
  if (inputs[2]) mustHaveDims(node, inputs[2], x.dims.slice(axis), 'bias');
  const statistics = { type: 'float32', dims: x.dims.map((d, i) => (i < axis ? d : 1)) } as const;
  return [{ type: x.type, dims: x.dims }, statistics, statistics];
};

/** Over the pixels of each sample and channel. */
const instanceNormalization: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustBeType(node, x, FLOATS, 'x');
  if (x.dims.length < 3) fail(node, 'x must have at least 3 dimensions', x.dims.length);
  for (const [i, what] of ['scale', 'bias'].entries()) mustHaveDims(node, required(node, inputs, i + 1, what), [x.dims[1]!], what);
  return [{ type: x.type, dims: x.dims }];
};

export const NORMALIZATIONS: Readonly<Record<string, ShapeRule>> = {
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
};
