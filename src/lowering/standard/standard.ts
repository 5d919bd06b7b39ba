import type { GraphBuilder } from '../../onnx/builder.js';
import type { Graph, Node, Value } from '../../onnx/graph.js';
import { VIRTUAL } from '../../onnx/graph.js';
import type { VirtualOp } from '../../onnx/virtual-ops.js';
import { rewrite } from '../rewrite.js';
import { averagePoolGrad } from './average-pool-grad.js';
import { convInputGrad } from './conv-input-grad.js';
import { convWeightGrad } from './conv-weight-grad.js';
import { maxPoolGrad, withIndices } from './max-pool-grad.js';
import { reluGrad } from './relu-grad.js';

/** Builds a virtual op out of standard ones. */
export type Lowering = (b: GraphBuilder, node: Node, inputs: readonly Value[]) => Value;

const LOWERINGS: Readonly<Record<VirtualOp, Lowering>> = {
  AveragePoolGrad: averagePoolGrad,
  ConvInputGrad: convInputGrad,
  ConvWeightGrad: convWeightGrad,
  MaxPoolGrad: maxPoolGrad,
  ReluGrad: reluGrad,
};

/** Replaces every virtual op by standard ones of opset 17. */
export const standard = (graph: Graph): Graph =>
  rewrite(withIndices(graph), (b, node, inputs) => (node.domain === VIRTUAL ? LOWERINGS[node.op as VirtualOp](b, node, inputs) : null));
