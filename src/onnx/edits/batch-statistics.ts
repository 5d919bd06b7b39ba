import { InputError } from '../../tensor/input-error.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Graph, Node, Value } from '../graph.js';
import { describe, floatAttribute, intAttribute } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';

/** A BatchNormalization that normalizes with its batch's statistics; `mean` and `variance` name the inputs that hold running ones. */
export interface BatchNorm {
  readonly mean: string;
  readonly variance: string;
  /** Share of each batch in the running statistics: PyTorch's momentum, 1 − the ONNX attribute. */
  readonly momentum: number;
  /** M: values of a channel in one batch. */
  readonly count: number;
}

/** The output that holds the batch's own statistic (a variance over M, not M − 1) instead of the running one. */
export const batchStatistic = (running: string): string => `${running}.batch`;

/**
 * The training form of a graph: every BatchNormalization whose running statistics are inputs normalizes with those of its batch, and hands
 * them out (`batchStatistic`). Others stay as they are. Throws InputError when a channel has one value only, as PyTorch does.
 */
export function withBatchStatistics(graph: Graph): { readonly graph: Graph; readonly norms: readonly BatchNorm[] } {
  const inputs = new Map(graph.inputs.map((value) => [value.name, value]));
  const values = inferShapes(graph);
  const norms: BatchNorm[] = [];
  const outputs: Value[] = [];
  const nodes = graph.nodes.map((node): Node => {
    const [x, , , mean, variance] = node.inputs as [string, string, string, string, string];
    if (!isRunning(node) || !inputs.has(mean) || !inputs.has(variance)) return node;
    const { dims } = values.get(x)!;
    const count = sizeOf(dims) / dims[1]!;
    if (count === 1) throw new InputError(`${describe(node)}: training must have more than one value a channel, got [${dims.join(', ')}]`);
    norms.push({ mean, variance, momentum: 1 - floatAttribute(node, 'momentum', 0.9), count });
    outputs.push(...[mean, variance].map((name) => ({ ...inputs.get(name)!, name: batchStatistic(name) })));
    return {
      ...node,
      outputs: [node.outputs[0]!, batchStatistic(mean), batchStatistic(variance)],
      attributes: { ...node.attributes, training_mode: { kind: 'int', value: 1 }, momentum: { kind: 'float', value: 0 } },
    };
  });
  const training = { ...graph, nodes, outputs: [...graph.outputs, ...outputs] };
  // a BatchNorm that is used twice would hand out two statistics of one name
  inferShapes(training);
  return { graph: training, norms };
}

const isRunning = (node: Node): boolean =>
  node.domain === '' && node.op === 'BatchNormalization' && intAttribute(node, 'training_mode', 0) === 0;
