import { unknownName } from '../../tensor/nearest.js';
import type { Graph } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';

/** With inner values as further outputs, after the ones that are there. Throws when no node makes a value of that name. */
export function tap(graph: Graph, names: readonly string[]): Graph {
  const made = graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== ''));
  const known = new Set(made);
  for (const name of names) if (!known.has(name)) throw new Error(`tap: ${unknownName('value', name, made)}`);
  const values = inferShapes(graph);
  const outputs = new Map(graph.outputs.map((value) => [value.name, value]));
  for (const name of names) if (!outputs.has(name)) outputs.set(name, values.get(name)!);
  return { ...graph, outputs: [...outputs.values()] };
}
