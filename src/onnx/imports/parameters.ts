import { InputError } from '../../tensor/input-error.js';
import type { Tensor } from '../../tensor/tensor.js';
import { dependents } from '../edits/hoist.js';
import type { Graph, Node } from '../graph.js';
import type { Role } from './roles.js';
import { isLayer, roleAt } from './roles.js';
import { isStandIn } from './unnamed.js';

/** A tensor of an imported graph that belongs to the network's parameters or, as a running statistic, to its buffers. */
export interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** table: tokens, positions, relative biases, embeddings. */
  readonly role: Role | 'table';
  /** The first node on the images' way that reads it, maybe through transposes and reshapes of weights alone. */
  readonly node: Node;
}

/**
 * Which constants of a graph were trained, in forward order. By the place where data meets them: all that layers read; what is added to or
 * multiplied with data, concatenated with it or looked up; but no scalars, no masks, nothing that stands before the first layer (normalization
 * of pixels) or only fills a place in a normalization, and none whose name matches `constants`.
 */
export function parametersOf(graph: Graph, constants: RegExp | null): readonly Parameter[] {
  const varies = dependents(
    graph,
    graph.inputs.map(({ name }) => name),
  );
  const sources = sourcesOf(graph, varies);
  const learned = new Set<string>();
  const found = new Map<string, Parameter>();
  for (const node of graph.nodes) {
    if (!node.outputs.some((name) => varies.has(name))) continue;
    for (const [i, input] of node.inputs.entries()) {
      if (varies.has(input)) continue;
      for (const name of sources(input)) {
        const tensor = graph.initializers.get(name)!;
        const afterLayer = node.inputs.some((each) => learned.has(each));
        const role = constants?.test(name) ? undefined : roleOf(tensor, { name, node, i, derived: name !== input, afterLayer });
        if (role && !found.has(name)) found.set(name, { name, dims: tensor.dims, role, node });
      }
    }
    if (isLayer(node) || node.inputs.some((name) => learned.has(name))) for (const name of node.outputs) learned.add(name);
  }
  return [...found.values()];
}

interface Use {
  readonly name: string;
  readonly node: Node;
  readonly i: number;
  /** Computed from the constant, not the constant itself. */
  readonly derived: boolean;
  readonly afterLayer: boolean;
}

function roleOf(tensor: Tensor, { name, node, i, derived, afterLayer }: Use): Parameter['role'] | undefined {
  const { dims, data, type } = tensor;
  if (type !== 'float32' || dims.length === 0 || isStandIn(node, i, name, tensor)) return undefined;
  const role = roleAt(node, i);
  // a factor of a weight, as in weight normalization
  if (isLayer(node)) return role === 'weight' && derived && dims.length === 1 ? 'scale' : role;
  if (!afterLayer || (data.length === 1 && !TRAINED_NUMBER.test(name)) || isMask(tensor)) return undefined;
  if (role) return role === 'bias' && dims.filter((size) => size > 1).length > 1 ? 'table' : role;
  return node.op === 'Concat' || (node.op === 'Gather' && i === 0) || node.op === 'Where' ? 'table' : undefined;
}

/** Of a single number only its name tells that it was trained. */
const TRAINED_NUMBER = /(bias|scale|gamma|beta|weight)\w*$/i;

/** Attention masks: 0, and what no softmax lets through. */
function isMask({ data }: Tensor): boolean {
  let masked = false;
  for (const value of data) {
    if (value !== 0 && !(Number(value) <= -100)) return false;
    masked ||= value !== 0;
  }
  return masked;
}

/** Steps on the way from weights back to the constants that they are made of. Real ones are read as they are, or transposed. */
const MOST_STEPS = 2 ** 22;

/** The initializers that a value which no image reaches is made of. Throws InputError where weights are computed from each other far more than in a network. */
function sourcesOf(graph: Graph, varies: ReadonlySet<string>): (name: string) => readonly string[] {
  const made = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const known = new Map<string, readonly string[]>();
  let steps = 0;
  const sources = (value: string): readonly string[] => {
    const found: string[] = [];
    const seen = new Set<string>();
    const open = [value];
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (name === '' || varies.has(name) || seen.has(name)) continue;
      if (++steps > MOST_STEPS)
        throw new InputError(`onnx: weights must be made of few constants each (fold constants when exporting), got more than ${MOST_STEPS} steps by ${value}`); // prettier-ignore
      seen.add(name);
      if (graph.initializers.has(name)) found.push(name);
      else for (const input of (made.get(name)?.inputs ?? []).toReversed()) open.push(input);
    }
    return found;
  };
  return (name) => {
    const found = known.get(name) ?? sources(name);
    known.set(name, found);
    return found;
  };
}

/** Parameters by what they share, in their order. */
export function parametersBy<K>(parameters: readonly Parameter[], key: (parameter: Parameter) => K): ReadonlyMap<K, readonly Parameter[]> {
  const groups = new Map<K, Parameter[]>();
  for (const each of parameters) {
    const known = groups.get(key(each));
    if (known) known.push(each);
    else groups.set(key(each), [each]);
  }
  return groups;
}
