import type { Graph, Node } from '../../onnx/graph.js';
import { NCHWC } from '../../onnx/graph.js';
import { countReaders } from '../readers.js';
import { inferShapes } from '../../onnx/shapes/infer.js';

/**
 * Folds Add (of a tensor of the same shape) and Relu that follow a blocked convolution into it: its Sum input and its activation.
 * Only where nobody else reads the value between them. The wider convolution stands where the folded node stood: all inputs exist there.
 */
export function fuseConvolutions(graph: Graph): Graph {
  const values = inferShapes(graph);
  const readers = countReaders(graph);
  const nodes: (Node | null)[] = [];
  const position = new Map<string, number>();

  for (const node of graph.nodes) {
    const folded = fold(node);
    if (folded) nodes[position.get(folded.source)!] = null;
    const kept = folded?.conv ?? node;
    if (kept.op === 'Conv' && kept.domain === NCHWC) position.set(kept.outputs[0]!, nodes.length);
    nodes.push(kept);
  }
  return { ...graph, nodes: nodes.filter((node) => node !== null) };

  function fold(node: Node): { conv: Node; source: string } | undefined {
    if (node.domain !== '') return undefined;
    if (node.op === 'Relu') return withActivation(node, node.inputs[0]!);
    if (node.op !== 'Add') return undefined;
    const [a, b] = node.inputs as [string, string];
    // the later one first: the other then surely exists
    return withSum(node, b, a) ?? withSum(node, a, b);
  }

  /** The convolution behind `name` when only one node reads it and nothing has been folded after its Sum. */
  function convolutionOf(name: string): Node | undefined {
    const at = position.get(name);
    const conv = at === undefined || readers.get(name) !== 1 ? undefined : nodes[at];
    return conv && !conv.attributes['activation'] ? conv : undefined;
  }

  function withActivation(node: Node, name: string): { conv: Node; source: string } | undefined {
    const conv = convolutionOf(name);
    if (!conv) return undefined;
    const attributes = { ...conv.attributes, activation: { kind: 'string', value: 'Relu' } } as const;
    return { conv: { ...conv, attributes, outputs: node.outputs }, source: name };
  }

  function withSum(node: Node, name: string, sum: string): { conv: Node; source: string } | undefined {
    const conv = convolutionOf(name);
    if (!conv || conv.inputs[3] || values.get(sum)!.dims.join() !== values.get(name)!.dims.join()) return undefined;
    const [x, w, bias = ''] = conv.inputs;
    return { conv: { ...conv, inputs: [x!, w!, bias, sum], outputs: node.outputs }, source: name };
  }
}
