import { intAttribute, NCHWC } from '../graph.js';
import { fail, mustHaveDims, mustHaveRank, required } from './check.js';
import { CONVOLUTIONS } from './convolution.js';
import type { ShapeRule } from './infer.js';
import { POOLING } from './pooling.js';

// Blocked values keep the logical shape [N, C, H, W]; only their memory is [N, C/block, H, W, block] (block 16, or 8 on AVX2).
const SMALLEST_BLOCK = 8;

/** As Conv, with a fourth input that is added before the activation. */
const conv: ShapeRule = (node, inputs, ...rest) => {
  const shapes = CONVOLUTIONS['Conv']!(node, inputs, ...rest);
  if (inputs[3]) mustHaveDims(node, inputs[3], shapes[0]!.dims, 'sum');
  return shapes;
};

const reorderInput: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustHaveRank(node, x, 4, 'x');
  const [n, ...rest] = x.dims as [number, number, number, number];
  const [c, h, w] = intAttribute(node, 'channels_last', 0) === 0 ? rest : [rest[2], rest[0], rest[1]];
  if (c % SMALLEST_BLOCK !== 0) fail(node, `channels must be a multiple of ${SMALLEST_BLOCK}`, c);
  return [{ type: x.type, dims: [n, c, h, w] }];
};

const reorderOutput: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustHaveRank(node, x, 4, 'x');
  const [n, c, h, w] = x.dims as [number, number, number, number];
  const channels = intAttribute(node, 'channels', 0);
  if (channels < 1 || channels > c) fail(node, `attribute channels must lie in [1, ${c}]`, channels);
  return [{ type: x.type, dims: intAttribute(node, 'channels_last', 0) === 0 ? [n, channels, h, w] : [n, h, w, channels] }];
};

/** onnxruntime's internal blocked ops. */
export const BLOCKED: Readonly<Record<string, ShapeRule>> = {
  [`${NCHWC}:AveragePool`]: POOLING['AveragePool']!,
  [`${NCHWC}:Conv`]: conv,
  [`${NCHWC}:GlobalAveragePool`]: POOLING['GlobalAveragePool']!,
  [`${NCHWC}:MaxPool`]: (...args) => POOLING['MaxPool']!(...args).slice(0, 1),
  [`${NCHWC}:ReorderInput`]: reorderInput,
  [`${NCHWC}:ReorderOutput`]: reorderOutput,
};
