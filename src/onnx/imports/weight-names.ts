import type { Tensor } from '../../tensor/tensor.js';
import { tensor } from '../../tensor/tensor.js';
import { readersOf } from '../edits/readers.js';
import type { Node } from '../graph.js';
import { roleAt } from './roles.js';
import { isNumbered, isStandIn } from './unnamed.js';

/** The last word of a weight's name in PyTorch, by its role. */
const LEAVES = { weight: 'weight', bias: 'bias', scale: 'weight', slope: 'weight', mean: 'running_mean', variance: 'running_var' } as const;

/**
 * Weights whose names are mere numbers (exporters fold BatchNorms and transposes into new tensors) are called after the node that reads them:
 * 'onnx::Conv_193' of '/layer1/layer1.0/conv1/Conv' is 'layer1.0.conv1.weight'. PyTorch's exporter transposes the weights of linear layers so: they
 * become [out, in] again, as their name says, and a Transpose stands before the product. All other names stay.
 */
export function nameWeights(
  nodes: readonly Node[],
  constants: ReadonlyMap<string, Tensor>,
): { readonly nodes: readonly Node[]; readonly constants: ReadonlyMap<string, Tensor> } {
  const names = new Map<string, string>();
  const transposed = new Set<string>();
  const unused = unusedNames(new Set([...constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)]));
  const readers = readersOf(nodes);
  for (const node of nodes) {
    for (const [i, name] of node.inputs.entries()) {
      const constant = constants.get(name);
      const role = roleAt(node, i);
      if (!constant?.type.startsWith('float') || constant.dims.length === 0 || !role || names.has(name) || !isNumbered(name)) continue;
      if (isStandIn(node, i, name, constant)) continue;
      names.set(name, unused(nameByBias(node, readers, constants) ?? `${scopeOf(node)}.${LEAVES[role]}`));
      if (i === 1 && /^(onnx::MatMul|val)_\d+$/.test(name) && constant.dims.length === 2) transposed.add(name);
    }
  }
  if (names.size === 0) return { nodes, constants };
  // a transposed weight keeps its number, as the name of what the Transpose makes
  const read = (name: string) => (transposed.has(name) ? name : (names.get(name) ?? name));
  return {
    nodes: [
      ...[...transposed].map((name) => transpose(names.get(name)!, name)),
      ...nodes.map((node) => ({ ...node, inputs: node.inputs.map(read) })),
    ],
    constants: new Map(
      [...constants].map(([name, tensor]) => [names.get(name) ?? name, transposed.has(name) ? transposedMatrix(tensor) : tensor]),
    ),
  };
}

const transpose = (from: string, to: string): Node => ({
  op: 'Transpose',
  domain: '',
  name: to,
  inputs: [from],
  outputs: [to],
  attributes: { perm: { kind: 'ints', value: [1, 0] } },
});

function transposedMatrix({ type, dims, data }: Tensor): Tensor {
  const [rows, columns] = dims as [number, number];
  const turned = data.slice();
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j]!;
  return tensor(type, [columns, rows], turned);
}

/** Where the bias of a linear layer, added to its product, has a name of its own: 'blocks.0.attn.qkv.weight' of 'blocks.0.attn.qkv.bias'. */
function nameByBias(
  { op, outputs }: Node,
  readers: ReadonlyMap<string, readonly Node[]>,
  constants: ReadonlyMap<string, Tensor>,
): string | undefined {
  if (op !== 'MatMul') return undefined;
  const adds = (readers.get(outputs[0]!) ?? []).filter(({ op: reader }) => reader === 'Add');
  const biases = adds.flatMap(({ inputs }) => inputs.filter((name) => constants.has(name) && /.[./_]bias$/.test(name)));
  return biases.length === 1 ? biases[0]!.replace(/bias$/, 'weight') : undefined;
}

/** '/layer1/layer1.0/conv1/Conv' → 'layer1.0.conv1'; 'Conv_12' stays. */
export function scopeOf({ name }: Pick<Node, 'name'>): string {
  const parts = name.split('/').filter((part) => part !== '');
  if (parts.length < 2) return name;
  const scopes = parts.slice(0, -1);
  // PyTorch repeats the name of a list before its index
  return scopes.filter((scope, i) => !scopes[i + 1]?.startsWith(`${scope}.`)).join('.');
}

/** Gives names that are in no use: 'a.weight', then 'a.weight_2', …. */
function unusedNames(taken: Set<string>): (name: string) => string {
  const serials = new Map<string, number>();
  return (name) => {
    let [own, serial] = [name, serials.get(name) ?? 1];
    while (taken.has(own)) own = `${name}_${++serial}`;
    serials.set(name, serial);
    taken.add(own);
    return own;
  };
}
