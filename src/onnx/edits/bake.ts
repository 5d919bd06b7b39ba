import { unknownName } from '../../tensor/nearest.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Graph } from '../graph.js';

/** With inputs turned into constants. Throws when a name is no input, or type or shape differ. */
export function bake(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Graph {
  const inputs = new Map(graph.inputs.map((value) => [value.name, value]));
  const initializers = new Map(graph.initializers);
  for (const [name, value] of tensors) {
    const input = inputs.get(name);
    if (!input) throw new Error(`bake: ${unknownName('input', name, [...inputs.keys()])}`);
    if (value.type !== input.type) throw new Error(`bake: ${name} must be ${input.type}, got ${value.type}`);
    if (value.dims.join() !== input.dims.join()) {
      throw new Error(`bake: ${name} must have shape [${input.dims.join(', ')}], got [${value.dims.join(', ')}]`);
    }
    initializers.set(name, value);
    inputs.delete(name);
  }
  return { ...graph, inputs: [...inputs.values()], initializers };
}
