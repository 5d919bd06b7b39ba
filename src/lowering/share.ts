import type { Graph, Node } from '../onnx/graph.js';

/** Computes nothing twice: a node with the op, inputs and attributes of an earlier one hands its readers to that one. */
export function shareEqualNodes(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const renamed = new Map<string, string>();
  const seen = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map((name) => renamed.get(name) ?? name) };
    const hasTensor = Object.values(node.attributes).some(({ kind }) => kind === 'tensor');
    const key = JSON.stringify([node.domain, node.op, node.inputs, node.outputs.length, Object.entries(node.attributes).sort()]);
    const twin = hasTensor ? undefined : seen.get(key);
    if (twin && !node.outputs.some((name) => outputs.has(name))) {
      node.outputs.forEach((name, i) => renamed.set(name, twin.outputs[i]!));
      continue;
    }
    if (!hasTensor && !twin) seen.set(key, node);
    nodes.push(node);
  }
  return { ...graph, nodes };
}
