import type { Graph, Node } from '../onnx/graph.js';

/** Drops nodes and constants that no output needs: onnxruntime would run them. Inputs stay, fed or not. */
export function removeDeadCode(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const live = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    live.add(node);
    for (const name of node.inputs) needed.add(name);
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => live.has(node)),
    initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
  };
}
