import type { Node } from '../../../onnx/graph.js';
import { VIRTUAL } from '../../../onnx/graph.js';
import { poolWindow } from '../../../onnx/shapes/pooling.js';
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
  l.setBlocked(node.outputs[0]!, pooled.y.value, pooled.y.dims);
  return true;
};

const maxGradient: BlockedRule = (l, node, dims) => {
  const [x, y, dy] = node.inputs as [string, string, string];
  if (!l.isBlocked(x) || !l.isBlocked(y)) return false;
  const spans = spansOf(node, dims(x));
  const dx = spans && maxPoolGradient(l, l.blocked(x), l.blocked(y), l.blocked(dy), spans);
  if (!dx) return false;
  l.setBlocked(node.outputs[0]!, dx.value, dx.dims);
  return true;
};

export const POOLING: BlockedRules = { MaxPool: max, [`${VIRTUAL}:MaxPoolGrad`]: maxGradient };
