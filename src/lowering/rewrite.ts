import { GraphBuilder } from '../onnx/builder.js';
import type { Graph, Node, Value } from '../onnx/graph.js';

/** Builds what a node stands for, one value an output (or the only one); null keeps the node as it is. */
export type Replacement = (b: GraphBuilder, node: Node, inputs: readonly Value[]) => Value | readonly Value[] | null;

/** Rebuilds a graph with some nodes replaced. New values get the old names by Identities (see `removeIdentities`). */
export function rewrite(graph: Graph, replace: Replacement): Graph {
  const b = new GraphBuilder(graph.name, graph.opsets);
  b.reserve(graph.nodes.flatMap(({ name, outputs }) => [name, ...outputs]));
  for (const { name, dims, type } of graph.inputs) b.input(name, dims, type);
  for (const [name, value] of graph.initializers) b.initializer(name, value);
  for (const node of graph.nodes) {
    const inputs = node.inputs.flatMap((name) => (name === '' ? [] : [b.value(name, node)]));
    const replaced = replace(b, node, inputs);
    if (!replaced) b.add(node);
    else for (const [i, value] of [replaced].flat().entries()) if (node.outputs[i]) b.named(value, node.outputs[i]);
  }
  return b.build(graph.outputs.map(({ name }) => b.value(name)));
}
