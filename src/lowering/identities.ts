import type { Graph, Node } from '../onnx/graph.js';

/**
 * Takes Identity nodes and Dropouts that evaluate out: they cost a copy. Behind an output, the node that makes the value takes the output's name,
 * unless the value already is an input, a constant or another output.
 */
export function removeIdentities(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const producers = new Set(graph.nodes.filter((node) => !isIdentity(node)).flatMap((node) => node.outputs));
  const source = new Map<string, string>();
  const root = (name: string) => source.get(name) ?? name;
  const renamed = new Map<string, string>();
  const kept = new Set<Node>();
  for (const node of graph.nodes.filter(isIdentity)) {
    const [from, to] = [root(node.inputs[0]!), node.outputs[0]!];
    if (!outputs.has(to)) source.set(to, from);
    else if (producers.has(from) && !outputs.has(from) && !renamed.has(from)) {
      renamed.set(from, to);
      source.set(to, from);
    } else kept.add(node);
  }
  const final = (name: string) => renamed.get(root(name)) ?? root(name);
  const nodes = graph.nodes
    .filter((node) => !isIdentity(node) || kept.has(node))
    .map((node) => ({
      ...node,
      inputs: node.inputs.map(final),
      outputs: isIdentity(node) ? node.outputs : node.outputs.map((name) => renamed.get(name) ?? name),
    }));
  return { ...graph, nodes };
}

/** A Dropout without a training mode evaluates. */
const isIdentity = ({ op, domain, inputs, outputs }: Node): boolean =>
  domain === '' && (op === 'Identity' || (op === 'Dropout' && inputs.length < 3 && outputs.length === 1));
