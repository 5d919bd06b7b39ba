import { unknownName } from '../../tensor/nearest.js';
import type { Graph } from '../graph.js';

/** With constants turned into inputs, after the ones that are there. Throws when a name is no initializer. */
export function expose(graph: Graph, names: readonly string[]): Graph {
  const initializers = new Map(graph.initializers);
  const inputs = names.map((name) => {
    const value = initializers.get(name);
    if (!value) throw new Error(`expose: ${unknownName('initializer', name, [...initializers.keys()])}`);
    initializers.delete(name);
    return { name, type: value.type, dims: value.dims };
  });
  return { ...graph, inputs: [...graph.inputs, ...inputs], initializers };
}
