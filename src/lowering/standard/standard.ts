import type { GraphBuilder } from '../../onnx/builder.js';
import type { Graph, Node, Value } from '../../onnx/graph.js';
import { VIRTUAL } from '../../onnx/graph.js';
import type { VirtualOp } from '../../onnx/virtual-ops.js';
import { isOnBatchStatistics } from '../batch-statistics.js';
import { rewrite } from '../rewrite.js';
import { averagePoolGrad } from './average-pool-grad.js';
import { batchNormalization, batchNormalizationGrad } from './batch-normalization.js';
import { convInputGrad } from './conv-input-grad.js';
import { convWeightGrad } from './conv-weight-grad.js';
import { maxPoolGrad, withIndices } from './max-pool-grad.js';
import { reluGrad } from './relu-grad.js';

/** Builds a virtual op out of standard ones: a value, or one an output. */
export type Lowering = (b: GraphBuilder, node: Node, inputs: readonly Value[]) => Value | readonly Value[];

const LOWERINGS: Readonly<Record<VirtualOp, Lowering>> = {
  AveragePoolGrad: averagePoolGrad,
  BatchNormalizationGrad: batchNormalizationGrad,
  ConvInputGrad: convInputGrad,
  ConvWeightGrad: convWeightGrad,
  MaxPoolGrad: maxPoolGrad,
  ReluGrad: reluGrad,
};

/** Replaces every virtual op by standard ones of opset 17, and BatchNormalization on batch statistics, which onnxruntime does not run. */
export const standard = (graph: Graph): Graph =>
  rewrite(withIndices(graph), (b, node, inputs) => loweringOf(node)?.(b, node, inputs) ?? null);

function loweringOf(node: Node): Lowering | undefined {
  if (node.domain === VIRTUAL) return LOWERINGS[node.op as VirtualOp];
  return isOnBatchStatistics(node) ? batchNormalization : undefined;
}
