import { InputError } from '../../tensor/input-error.js';
import type { Graph, Node, Value } from '../graph.js';
import { describe } from '../graph.js';
import { inferShapes } from '../shapes/infer.js';

/** An input that a Dropout is multiplied with in training: 0 with probability `ratio`, else 1/(1 − ratio). */
export interface DropoutMask {
  readonly name: string;
  readonly dims: readonly number[];
  readonly ratio: number;
}

/**
 * The training form of a graph's Dropouts, which evaluate as identities: each multiplies with a mask that is fed, so that masks are the
 * caller's on every execution provider. Throws InputError when a ratio is not constant or not in [0, 1).
 */
export function withDropoutMasks(graph: Graph): { readonly graph: Graph; readonly masks: readonly DropoutMask[] } {
  if (!graph.nodes.some(isDropout)) return { graph, masks: [] };
  const values = inferShapes(graph);
  const masks: DropoutMask[] = [];
  const inputs: Value[] = [];
  const nodes = graph.nodes.map((node): Node => {
    if (!isDropout(node)) return node;
    const [x, output] = [values.get(node.inputs[0]!)!, node.outputs[0]!];
    const ratio = ratioOf(node, graph);
    const plain = { ...node, outputs: [output], attributes: {} };
    if (ratio === 0) return { ...plain, op: 'Identity', inputs: [x.name] };
    const name = `${output}.mask`;
    masks.push({ name, dims: x.dims, ratio });
    inputs.push({ ...x, name });
    return { ...plain, op: 'Mul', inputs: [x.name, name] };
  });
  return { graph: { ...graph, inputs: [...graph.inputs, ...inputs], nodes }, masks };
}

const isDropout = ({ op, domain }: Node): boolean => op === 'Dropout' && domain === '';

function ratioOf(node: Node, graph: Graph): number {
  const name = node.inputs[1] ?? '';
  const ratio = name === '' ? 0.5 : Number(graph.initializers.get(name)?.data[0]);
  if (ratio >= 0 && ratio < 1) return ratio;
  throw new InputError(`${describe(node)}: ratio must be a constant in [0, 1), got ${Number.isNaN(ratio) ? `the value ${name}` : ratio}`);
}
