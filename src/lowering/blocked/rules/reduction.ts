import { integers } from '../../../tensor/tensor.js';
import { intAttribute, intsAttribute } from '../../../onnx/graph.js';
import { overPixels, sumOverPixels } from '../over-pixels.js';
import type { BlockedRule, BlockedRules } from '../rule.js';

/** ReduceSum over the pixels and perhaps samples or channels: first the pixels of each, then the few sums. */
const reduceSum: BlockedRule = (l, node, dims) => {
  const [x, axesName] = node.inputs as [string, string | undefined];
  const constant = axesName ? l.constant(axesName) : undefined;
  if (!l.isBlocked(x) || (axesName && !constant) || intAttribute(node, 'noop_with_empty_axes', 0) === 1) return false;
  const axes = constant ? integers(constant).map((axis) => (axis + 4) % 4) : [0, 1, 2, 3];
  if (!axes.includes(2) || !axes.includes(3)) return false;
  const { b } = l;
  const sums = sumOverPixels(l, l.blocked(x));
  const rest = axes.filter((axis) => axis < 2);
  const total = rest.length === 0 ? sums : b.op.ReduceSum([sums, b.ints(rest)], { keepdims: 1 });
  l.setStandard(node.outputs[0]!, l.reshape(total, dims(node.outputs[0]!)));
  return true;
};

const globalAveragePool: BlockedRule = (l, node, dims) => {
  const x = node.inputs[0]!;
  if (!l.isBlocked(x)) return false;
  const mean = overPixels(l, l.blocked(x), (rows) => l.b.op.ReduceMean([rows], { axes: [2], keepdims: 0 }));
  l.setStandard(node.outputs[0]!, l.reshape(mean, dims(node.outputs[0]!)));
  return true;
};

const reduceMean: BlockedRule = (l, node, dims) => {
  const axes = (intsAttribute(node, 'axes') ?? []).map((axis) => (axis + 4) % 4);
  return dims(node.inputs[0]!).length === 4 && [...axes].sort().join('') === '23' && globalAveragePool(l, node, dims);
};

/** One number a sample and channel, spread over the pixels: what the global average pool's gradient needs. */
const expand: BlockedRule = (l, node, dims) => {
  const from = dims(node.inputs[0]!);
  const to = dims(node.outputs[0]!);
  if (!l.fits(to) || !l.fits(from) || from[2] !== 1 || from[3] !== 1 || from[0] !== to[0] || from[1] !== to[1]) return false;
  const [n, c, h, w] = to;
  const { b, block } = l;
  const one = l.blocked(node.inputs[0]!);
  const [blocks, planes] = [l.blocksOf(n), l.blocksOf(c)];
  const row = l.reshape(one.value, [blocks, planes, 1, block * block]);
  l.setBlocked(node.outputs[0]!, l.make(b.op.Expand([row, b.ints([blocks, planes, h * w, block * block])]), to, one.blank));
  return true;
};

export const REDUCTION: BlockedRules = {
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  GlobalAveragePool: globalAveragePool,
  Expand: expand,
};
