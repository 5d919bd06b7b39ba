import type { GraphBuilder } from '../onnx/builder.js';
import type { Graph, Node, Value } from '../onnx/graph.js';
import { floatAttribute } from '../onnx/graph.js';
import { reshape } from '../onnx/reshape.js';
import { inferShapes } from '../onnx/shapes/infer.js';
import { sizeOf } from '../tensor/tensor.js';
import { isOnBatchStatistics } from './batch-statistics.js';
import { countReaders } from './readers.js';
import { rewrite } from './rewrite.js';

/**
 * BatchNorms on running statistics go into the convolution before them, in the graph, so that weights may still be fed:
 *
 *     scale · (x ⋆ w + b − mean) · r + bias = x ⋆ (slope · w) + (b − mean) · slope + bias,   r = 1/√(variance + epsilon), slope = scale · r
 *
 * Only where nobody else reads the convolution and its weights are fewer than the pixels that this saves a pass over. Constant weights are
 * left to onnxruntime, which folds them once, when it opens the graph.
 */
export function foldBatchNorms(graph: Graph): Graph {
  const values = inferShapes(graph);
  const readers = countReaders(graph);
  const convolutions = new Map(
    graph.nodes.filter(({ op, domain }) => op === 'Conv' && domain === '').map((node) => [node.outputs[0]!, node]),
  );
  const folds = (node: Node): Node | undefined => {
    const isEvaluating = node.op === 'BatchNormalization' && node.domain === '' && !isOnBatchStatistics(node);
    const conv = isEvaluating ? convolutions.get(node.inputs[0]!) : undefined;
    if (!conv || readers.get(node.inputs[0]!) !== 1 || graph.initializers.has(conv.inputs[1]!)) return undefined;
    return sizeOf(values.get(conv.inputs[1]!)!.dims) < sizeOf(values.get(node.outputs[0]!)!.dims) ? conv : undefined;
  };
  return rewrite(graph, (b, node) => {
    const conv = folds(node);
    return conv ? folded(b, conv, node) : null;
  });
}

function folded(b: GraphBuilder, conv: Node, norm: Node): Value {
  const [x, w, before] = conv.inputs.map((name) => (name === '' ? undefined : b.value(name))) as [Value, Value, Value?];
  const [scale, bias, mean, variance] = norm.inputs.slice(1).map((name) => b.value(name)) as [Value, Value, Value, Value];
  const deviation = b.op.Sqrt([b.op.Add([variance, b.scalar(floatAttribute(norm, 'epsilon', 1e-5))])]);
  const slope = b.op.Div([scale, deviation]);
  const weights = b.op.Mul([w, reshape(b, slope, w.dims.map((d, axis) => (axis === 0 ? d : 1)))]); // prettier-ignore
  const centre = before ? b.op.Sub([before, mean]) : b.op.Neg([mean]);
  const shift = b.op.Add([b.op.Mul([centre, slope]), bias]);
  const y = b.unique('Conv');
  return b.add({ ...conv, name: y, inputs: [x.name, weights.name, shift.name], outputs: [y] })[0]!;
}
