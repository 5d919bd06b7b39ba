import type { Graph, Value } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';
import { prune } from './prune.js';

export interface Hoisted {
  /** Inner values that `rest` takes as inputs. The graph tapped at them gives them. */
  readonly invariants: readonly Value[];
  /** Computes the outputs from the inputs it needs and the invariants. */
  readonly rest: Graph;
}

/**
 * Moves out of a graph what does not depend on `varying` inputs (a compiler's loop-invariant code motion): whoever runs it many times,
 * changing only these, computes the invariants once. Throws when an output does not depend on any of them.
 */
export function hoist(graph: Graph, varying: readonly string[]): Hoisted {
  const varies = dependents(graph, varying);
  for (const { name } of graph.outputs) {
    if (!varies.has(name)) throw new Error(`hoist: outputs must depend on ${varying.join(', ')}, got ${name}`);
  }
  const nodes = graph.nodes.filter((node) => node.outputs.some((name) => varies.has(name)));
  const pruned = prune({ ...graph, nodes });
  const used = new Set(pruned.nodes.flatMap((node) => node.inputs));
  const made = new Set(graph.nodes.flatMap((node) => node.outputs).filter((name) => name !== '' && !varies.has(name)));
  const invariants = [...inferShapes(graph).values()].filter(({ name }) => made.has(name) && used.has(name));
  const inputs = [...graph.inputs.filter(({ name }) => used.has(name)), ...invariants];
  return { invariants, rest: { ...pruned, inputs } };
}

/** Names of all values that depend on one of `names`, these included. */
export function dependents(graph: Graph, names: readonly string[]): ReadonlySet<string> {
  const found = new Set(names);
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((name) => found.has(name))) for (const name of outputs) if (name !== '') found.add(name);
  }
  return found;
}
