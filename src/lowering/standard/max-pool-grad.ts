import type { Graph, Node, Value } from '../../onnx/graph.js';
import { intAttribute, VIRTUAL } from '../../onnx/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import type { Lowering } from './standard.js';

/** Lets every MaxPool whose gradient is wanted hand out the places of its maxima, as fourth input of the MaxPoolGrad. */
export function withIndices(graph: Graph): Graph {
  const wanted = new Set(graph.nodes.filter(isMaxPoolGrad).map(({ inputs }) => inputs[1]!));
  const indices = new Map<string, string>();
  const nodes = graph.nodes.map((node) => {
    const y = node.outputs[0]!;
    if (node.op === 'MaxPool' && wanted.has(y) && intAttribute(node, 'storage_order', 0) === 0) {
      indices.set(y, node.outputs[1] || `${y}.indices`);
      return { ...node, outputs: [y, indices.get(y)!] };
    }
    const places = isMaxPoolGrad(node) ? indices.get(node.inputs[1]!) : undefined;
    return places === undefined ? node : { ...node, inputs: [...node.inputs, places] };
  });
  return { ...graph, nodes };
}

const isMaxPoolGrad = ({ op, domain }: Node): boolean => domain === VIRTUAL && op === 'MaxPoolGrad';

/**
 * dy goes to the place of each window's maximum (of equal ones to the first, as in PyTorch) and adds up where windows overlap.
 * MaxPool's indices count through the whole of x.
 */
export const maxPoolGrad: Lowering = (b, { attributes }, [x, , dy, indices]) => {
  const [y, again] = [b.unique('MaxPool'), b.unique('Indices')];
  const places = indices ?? b.add({ op: 'MaxPool', domain: '', name: y, inputs: [x!.name], outputs: [y, again], attributes })[1]!;
  const flat = (value: Value) => b.op.Reshape([value, b.ints([-1])]);
  const zeros = b.op.Expand([b.scalar(0), b.ints([sizeOf(x!.dims)])]);
  const sums = b.op.ScatterElements([zeros, flat(places), flat(dy!)], { axis: 0, reduction: 'add' });
  return b.op.Reshape([sums, b.ints(x!.dims)]);
};
