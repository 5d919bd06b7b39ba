import { GraphBuilder } from '../onnx/builder.js';
import type { Graph, Node, Value } from '../onnx/graph.js';

/** Builds what a node of one output stands for; null keeps the node as it is. */
export type Replacement = (b: GraphBuilder, node: Node, inputs: readonly Value[]) => Value | null;

/** Rebuilds a graph with some nodes replaced. The new value gets the old name by an Identity (see `removeIdentities`). */
export function rewrite(graph: Graph, replace: Replacement): Graph {
  const b = new GraphBuilder(graph.name, graph.opsets);
  b.reserve(graph.nodes.flatMap(({ name, outputs }) => [name, ...outputs]));
  for (const { name, dims, type } of graph.inputs) b.input(name, dims, type);
  for (const [name, value] of graph.initializers) b.initializer(name, value);
  for (const node of graph.nodes) {
    const inputs = node.inputs.flatMap((name) => (name === '' ? [] : [b.value(name, node)]));
    const replaced = replace(b, node, inputs);
    if (replaced) b.named(replaced, node.outputs[0]!);
    else b.add(node);
  }
  return b.build(graph.outputs.map(({ name }) => b.value(name)));
}
