import { sizeOf } from '../../tensor/tensor.js';
import { GraphBuilder } from '../builder.js';
import { prune } from '../edits/prune.js';
import { readersOf } from '../edits/readers.js';
import type { Graph, Node } from '../graph.js';

/**
 * Linear layers on tokens, MatMul(x, Wᵀ) + bias, as one Gemm over all rows: W is read as it lies, and its gradient is one product. Only where the
 * weight is transposed by a node of its own.
 */
export function asGemms(graph: Graph): Graph {
  const transposed = new Map(
    graph.nodes.filter((node) => isTransposedWeight(node, graph)).map(({ inputs, outputs }) => [outputs[0]!, inputs[0]!]),
  );
  if (transposed.size === 0) return graph;
  const readers = readersOf(graph.nodes);
  const b = new GraphBuilder(graph.name, graph.opsets);
  b.reserve([...graph.nodes.flatMap(({ outputs }) => outputs)]);
  for (const { name, dims, type } of graph.inputs) b.input(name, dims, type);
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  const skipped = new Set<Node>();
  for (const node of graph.nodes) {
    if (skipped.has(node)) continue;
    const weight = node.op === 'MatMul' ? transposed.get(node.inputs[1]!) : undefined;
    const x = weight === undefined ? undefined : b.value(node.inputs[0]!);
    if (weight === undefined || !x || x.dims.length < 2) {
      b.add(node);
      continue;
    }
    const add = biasOf(node, readers, graph);
    if (add) skipped.add(add.node);
    const rows = x.dims.length === 2 ? x : b.op.Reshape([x, b.ints([sizeOf(x.dims.slice(0, -1)), x.dims.at(-1)!])]);
    const w = b.value(weight);
    const inputs = add ? [rows, w, b.value(add.bias)] : [rows, w];
    const result = (add?.node ?? node).outputs[0]!;
    const name = x.dims.length === 2 ? result : undefined;
    const y = b.op.Gemm(inputs, { transB: 1 }, name);
    if (name === undefined) b.op.Reshape([y, b.ints([...x.dims.slice(0, -1), w.dims[0]!])], {}, result);
  }
  return prune(b.build(graph.outputs.map(({ name }) => b.value(name))));
}

function isTransposedWeight({ op, inputs, attributes }: Node, graph: Graph): boolean {
  const perm = attributes['perm'];
  return op === 'Transpose' && perm?.kind === 'ints' && perm.value.join() === '1,0' && graph.initializers.has(inputs[0]!);
}

/** The sum with a constant row that alone reads a product. */
function biasOf({ outputs }: Node, readers: ReadonlyMap<string, readonly Node[]>, graph: Graph): { node: Node; bias: string } | undefined {
  const [node, ...others] = readers.get(outputs[0]!) ?? [];
  if (node?.op !== 'Add' || others.length > 0 || graph.outputs.some(({ name }) => name === outputs[0])) return undefined;
  const bias = node.inputs.find((name) => name !== outputs[0]);
  return bias !== undefined && graph.initializers.get(bias)?.dims.length === 1 ? { node, bias } : undefined;
}
