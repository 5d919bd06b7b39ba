import type { Node } from '../../../onnx/graph.js';
import { intAttribute, VIRTUAL } from '../../../onnx/graph.js';
import { poolWindow } from '../../../onnx/shapes/pooling.js';
import { averagePool, averagePoolGradient } from '../average-pool.js';
import { interleave } from '../lines.js';
import type { Span } from '../max-pool.js';
import { maxPool, maxPoolGradient } from '../max-pool.js';
import type { BlockedRule, BlockedRules } from '../rule.js';

/** The window along rows and along columns; undefined when a stride and a dilation come together. */
function spansOf(node: Node, dims: readonly number[]): [Span, Span] | undefined {
  const { kernel, strides, dilations, pads, out } = poolWindow(node, dims);
  const [rows, columns] = [0, 1].map((i) => ({
    kernel: kernel[i]!,
    stride: strides[i]!,
    dilation: kernel[i] === 1 ? 1 : dilations[i]!,
    pad: pads[i]!,
    out: out[i]!,
  })) as [Span, Span];
  return [rows, columns].every(({ stride, dilation }) => stride === 1 || dilation === 1) ? [rows, columns] : undefined;
}

const max: BlockedRule = (l, node, dims) => {
  const [x] = node.inputs as [string];
  if (!l.isBlocked(x) || node.outputs.length > 1) return false;
  const spans = spansOf(node, dims(x));
  const pooled = spans && maxPool(l, l.blocked(x), spans);
  if (!pooled) return false;
  l.setBlocked(node.outputs[0]!, pooled.y);
  return true;
};

const maxGradient: BlockedRule = (l, node, dims) => {
  const [x, y, dy] = node.inputs as [string, string, string];
  if (!l.isBlocked(x) || !l.isBlocked(y)) return false;
  const spans = spansOf(node, dims(x));
  const dx = spans && maxPoolGradient(l, l.blocked(x), l.blocked(y), l.blocked(dy), spans);
  if (!dx) return false;
  l.setBlocked(node.outputs[0]!, dx);
  return true;
};

const average: BlockedRule = (l, node, dims) => {
  const [x] = node.inputs as [string];
  if (!l.isBlocked(x) || !spansOf(node, dims(x))) return false;
  const y = averagePool(l, l.blocked(x), poolWindow(node, dims(x)), intAttribute(node, 'count_include_pad', 0) === 1);
  l.setBlocked(node.outputs[0]!, y);
  return true;
};

const averageGradient: BlockedRule = (l, node, dims) => {
  const [dy] = node.inputs as [string];
  const shape = dims(node.outputs[0]!);
  if (!l.fits(shape) || !l.fits(dims(dy)) || !spansOf(node, shape)) return false;
  const window = poolWindow(node, shape);
  const phases = averagePoolGradient(l, l.blocked(dy), window, shape, intAttribute(node, 'count_include_pad', 0) === 1);
  if (!phases) return false;
  l.setPhased(node.outputs[0]!, phases, (split) => interleave(l, split));
  return true;
};

export const POOLING: BlockedRules = {
  AveragePool: average,
  MaxPool: max,
  [`${VIRTUAL}:AveragePoolGrad`]: averageGradient,
  [`${VIRTUAL}:MaxPoolGrad`]: maxGradient,
};
