import type { Graph } from '../onnx/graph.js';

/** How often each value is read, by nodes and as an output. */
export function countReaders(graph: Graph): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const read = (name: string) => readers.set(name, (readers.get(name) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(read);
  for (const { name } of graph.outputs) read(name);
  return readers;
}
