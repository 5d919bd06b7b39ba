import type { Tensor } from '../../tensor/tensor.js';
import type { Node } from '../graph.js';

export interface Unaliased {
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Names that stand for a constant of another name. */
  readonly aliases: ReadonlyMap<string, string>;
}

/**
 * Follows Identity nodes on constants. Exporters write a tied weight so: one tensor, its other names as aliases; it stays one tensor here.
 * They merge tensors of equal values too, as all fresh scales and biases are: a tensor of one repeated value is no tie, each name gets its own.
 */
export function resolveAliases(nodes: readonly Node[], given: ReadonlyMap<string, Tensor>, outputs: readonly string[]): Unaliased {
  const constants = new Map(given);
  const aliases = new Map<string, string>();
  const kept: Node[] = [];
  const results = new Set(outputs);
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => aliases.get(name) ?? name);
    const constant = node.op === 'Identity' && node.domain === '' ? constants.get(inputs[0]!) : undefined;
    const name = node.outputs[0]!;
    if (!constant || results.has(name)) kept.push({ ...node, inputs });
    else if (isUniform(constant)) constants.set(name, constant);
    else aliases.set(name, inputs[0]!);
  }
  return kept.length === nodes.length ? { nodes, constants: given, aliases } : { nodes: kept, constants, aliases };
}

function isUniform({ data }: Tensor): boolean {
  for (let i = 1; i < data.length; i++) if (data[i] !== data[0]) return false;
  return true;
}
