import { InputError } from '../../tensor/input-error.js';
import type { Params } from '../../tensor/params.js';
import type { FloatTensor, Tensor } from '../../tensor/tensor.js';
import { float32 } from '../../tensor/tensor.js';
import type { Graph, Node } from '../graph.js';
import { describe } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';
import type { Axis, Factor } from './factors.js';
import { free, leaves, pin, pinned, Unaligned } from './factors.js';
import type { Laid } from './rules.js';
import { RULES } from './rules.js';

/** A place where a group stands: a parameter seen as [outer, size, inner]. */
export interface Member {
  readonly parameter: string;
  readonly outer: number;
  readonly inner: number;
}

/** Units (channels, neurons) that may change places together in all their members: the network then computes the same. */
export interface PermutationGroup {
  /** Its first member, 'layer1.0.conv1.weight'. */
  readonly name: string;
  readonly size: number;
  readonly members: readonly Member[];
}

/**
 * The permutation symmetry of a network, derived from its graph: which axes of which parameters are tied through convolutions, products,
 * sums (residual connections tie the channels of a whole stage), normalization, pooling and reshapes. Axes of the `data` inputs and of the
 * outputs stay. In the order of the graph's inputs. Throws InputError that names the node which permutations cannot be followed through.
 */
export function permutationGroups(graph: Graph, data: readonly string[] = ['images']): PermutationGroup[] {
  const values = inferShapes(graph);
  const laid = new Map<string, Laid>();
  const lay = (name: string, axes: readonly Axis[]) => laid.set(name, { dims: values.get(name)!.dims, axes });
  for (const { name, dims } of graph.inputs) lay(name, dims.map(data.includes(name) ? pinned : free));
  for (const [name, tensor] of graph.initializers) lay(name, tensor.dims.map(isUniform(tensor) ? free : pinned));
  for (const node of graph.nodes) {
    for (const [k, axes] of follow(node, graph, laid, values).entries()) if (node.outputs[k]) lay(node.outputs[k], axes);
  }
  for (const { name } of graph.outputs) for (const axis of laid.get(name)!.axes) pin(axis);
  return collect(graph.inputs.filter(({ name }) => !data.includes(name)).map(({ name }) => ({ name, ...laid.get(name)! })));
}

function follow(node: Node, graph: Graph, laid: ReadonlyMap<string, Laid>, values: ReturnType<typeof inferShapes>) {
  const refuse = (why: string) => new InputError(`permutations: cannot be derived through ${describe(node)}: ${why}`);
  const rule = node.domain === '' ? RULES.get(node.op) : undefined;
  if (!rule) throw refuse('no rule for this op');
  const inputs = node.inputs.map((name) => (name === '' ? null : laid.get(name)!));
  const outputs = node.outputs.map((name) => values.get(name) ?? { dims: [] });
  try {
    return rule(node, inputs, outputs, (k) => graph.initializers.get(node.inputs[k] ?? ''));
  } catch (error) {
    throw error instanceof Unaligned ? refuse(error.message) : error;
  }
}

/** A constant that is the same everywhere does not mind being permuted. */
const isUniform = ({ data }: Tensor): boolean => data.every((x) => x === data[0]);

function collect(parameters: readonly (Laid & { readonly name: string })[]): PermutationGroup[] {
  const groups = new Map<Factor, { name: string; size: number; members: Member[] }>();
  for (const { name, axes } of parameters) {
    const all = axes.flatMap(leaves);
    for (const [k, factor] of all.entries()) {
      if (factor.pinned) continue;
      const group = groups.get(factor) ?? { name, size: factor.size, members: [] };
      groups.set(factor, group);
      group.members.push({ parameter: name, outer: product(all.slice(0, k)), inner: product(all.slice(k + 1)) });
    }
  }
  return [...groups.values()];
}

const product = (factors: readonly Factor[]) => factors.reduce((size, factor) => size * factor.size, 1);

/** The same network with a group's units in another order: unit i is what was unit `order[i]`. */
export function permuteUnits(params: Params, { members, size }: PermutationGroup, order: ArrayLike<number>): Params {
  const permuted = new Map(params);
  for (const { parameter, outer, inner } of members)
    permuted.set(parameter, rearranged(permuted.get(parameter)!, outer, size, inner, order));
  return permuted;
}

function rearranged({ dims, data }: FloatTensor, outer: number, size: number, inner: number, order: ArrayLike<number>): FloatTensor {
  const moved = new Float32Array(data.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < size; i++) {
      const [from, to] = [(o * size + order[i]!) * inner, (o * size + i) * inner];
      for (let k = 0; k < inner; k++) moved[to + k] = data[from + k]!;
    }
  }
  return float32(dims, moved);
}
