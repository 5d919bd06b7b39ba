import { GraphBuilder } from '../../onnx/builder.js';
import type { Graph, Node, Value } from '../../onnx/graph.js';
import { ruleKey } from '../../onnx/graph.js';
import { inferShapes } from '../../onnx/shapes/infer.js';
import { Layouts } from './layouts.js';
import { BLOCKED_RULES } from './rules.js';

/**
 * Moves what it can of a graph (virtual ops included) into the blocked layout. One walk in topological order: a node runs blocked when
 * its rule agrees; values are converted where a blocked and a standard node meet, once. The graph's inputs and outputs stay as they were.
 */
export function assignBlockedLayout(graph: Graph, { block, mostPadding }: { readonly block: number; readonly mostPadding: number }): Graph {
  const values = inferShapes(graph);
  const dims = (name: string) => values.get(name)!.dims;
  const b = new GraphBuilder(graph.name, graph.opsets);
  b.reserve([...values.keys(), ...graph.nodes.map(({ name }) => name)]);
  const l = new Layouts(b, block, mostPadding);
  for (const input of graph.inputs) l.setStandard(input.name, b.input(input.name, input.dims, input.type));
  for (const [name, value] of graph.initializers) l.setStandard(name, b.initializer(name, value));
  for (const node of graph.nodes) {
    const rule = BLOCKED_RULES[ruleKey(node)];
    const isFloat = values.get(node.outputs[0]!)?.type === 'float32';
    if (!(rule && isFloat && rule(l, node, dims))) standard(b, l, node);
  }
  return b.build(graph.outputs.map(({ name }) => output(b, l, name)));
}

function standard(b: GraphBuilder, l: Layouts, node: Node): void {
  for (const value of b.add({ ...node, inputs: node.inputs.map((name) => (name === '' ? '' : l.standard(name).name)) })) {
    if (value.name !== '') l.setStandard(value.name, value);
  }
}

function output(b: GraphBuilder, l: Layouts, name: string): Value {
  const value = l.standard(name);
  return value.name === name ? value : b.named(value, name);
}
