import type { GraphBuilder } from '../onnx/builder.js';
import type { Node, Value } from '../onnx/graph.js';
import { floatAttribute, intAttribute } from '../onnx/graph.js';

/** A BatchNormalization in training mode. onnxruntime does not run those: every lowering replaces them. */
export const isOnBatchStatistics = (node: Node): boolean =>
  node.domain === '' && node.op === 'BatchNormalization' && intAttribute(node, 'training_mode', 0) === 1;

/** before · momentum + batch · (1 − momentum), as the ONNX standard has it; with momentum 0 the batch's own statistic. */
export function runningAverage(b: GraphBuilder, node: Node, before: Value, batch: Value): Value {
  const momentum = floatAttribute(node, 'momentum', 0.9);
  if (momentum === 0) return batch;
  return b.op.Add([b.op.Mul([before, b.scalar(momentum)]), b.op.Mul([batch, b.scalar(1 - momentum)])]);
}
