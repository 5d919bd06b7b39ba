import { unknownName } from '../../tensor/nearest.js';
import type { Graph, Value } from '../graph.js';

/** With values (inputs, initializers, inner values, outputs) under new names. Throws on a name that is not there or is taken. */
export function rename(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const made = graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== ''));
  const known = [...graph.inputs.map(({ name }) => name), ...graph.initializers.keys(), ...made];
  for (const name of names.keys()) if (!known.includes(name)) throw new Error(`rename: ${unknownName('value', name, known)}`);
  const to = (name: string) => names.get(name) ?? name;
  const taken = new Map<string, string>();
  for (const name of known) {
    const other = taken.get(to(name));
    if (other !== undefined) throw new Error(`rename: names must stay unique, got ${to(name)} for ${other} and ${name}`);
    taken.set(to(name), name);
  }
  const value = (v: Value): Value => ({ ...v, name: to(v.name) });
  return {
    ...graph,
    inputs: graph.inputs.map(value),
    outputs: graph.outputs.map(value),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [to(name), tensor])),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(to), outputs: node.outputs.map(to) })),
  };
}
