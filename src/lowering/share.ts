import type { Tensor } from '../tensor/tensor.js';
import type { Graph, Node } from '../onnx/graph.js';

/** Constants beyond this many elements are shared only when they share their memory. */
const LONGEST_COMPARED = 4096;

/** Keeps one of several equal constants. */
export function shareConstants(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const renamed = new Map<string, string>();
  const seen = new Map<string, string>();
  const buffers = new Map<Tensor['data'], number>();
  for (const [name, value] of graph.initializers) {
    const key = keyOf(value, buffers);
    const twin = seen.get(key);
    if (twin === undefined) seen.set(key, name);
    else if (!outputs.has(name)) renamed.set(name, twin);
  }
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) })),
    initializers: new Map([...graph.initializers].filter(([name]) => !renamed.has(name))),
  };
}

function keyOf({ type, dims, data }: Tensor, buffers: Map<Tensor['data'], number>): string {
  if (!buffers.has(data)) buffers.set(data, buffers.size);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return `${type}[${dims.join()}] ${data.length > LONGEST_COMPARED ? `buffer ${buffers.get(data)!}` : bytes.toString('latin1')}`;
}

/** Computes nothing twice: a node with the op, inputs and attributes of an earlier one hands its readers to that one. */
export function shareEqualNodes(graph: Graph): Graph {
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const renamed = new Map<string, string>();
  const seen = new Map<string, Node>();
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map((name) => renamed.get(name) ?? name) };
    const hasTensor = Object.values(node.attributes).some(({ kind }) => kind === 'tensor');
    const wanted = node.outputs.map((name) => name !== '');
    const key = JSON.stringify([node.domain, node.op, node.inputs, wanted, Object.entries(node.attributes).sort()]);
    const twin = hasTensor ? undefined : seen.get(key);
    if (twin && !node.outputs.some((name) => outputs.has(name))) {
      for (const [i, name] of node.outputs.entries()) if (name !== '') renamed.set(name, twin.outputs[i]!);
      continue;
    }
    if (!hasTensor && !twin) seen.set(key, node);
    nodes.push(node);
  }
  return { ...graph, nodes };
}
