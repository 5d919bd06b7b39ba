import type { Tensor } from '../tensor/tensor.js';
import { integers } from '../tensor/tensor.js';
import { expandNewer } from './expand-newer.js';
import type { Attribute, Graph, Node } from './graph.js';
import { describe, intAttribute, OPSET } from './graph.js';

/** Between these the ops differ only in what `convert` handles; before 13, softmax had another meaning and axes stood elsewhere. */
const OLDEST = 13;
const NEWEST = 22;

/** Ops whose axes are an attribute up to opset 17 and an input from 18 on. */
const REDUCTIONS: ReadonlySet<string> = new Set(
  ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map((name) => `Reduce${name}`),
);

/** The same graph in operator set 17, the one that shape and gradient rules are written for. */
export function toOpset17(graph: Graph): Graph {
  const from = graph.opsets[''];
  if (from === undefined || from === OPSET) return graph;
  if (from < OLDEST || from > NEWEST)
    throw new Error(`operator set must lie in [${OLDEST}, ${NEWEST}] (export the model again), got ${from}`);
  const opsets = { ...graph.opsets, '': OPSET };
  if (from < OPSET) return { ...graph, opsets };
  const initializers = new Map(graph.initializers);
  const nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== '') return [node];
    const expanded = expandNewer(node, (name) => initializers.get(name), from);
    if (!expanded) return [convert(node, initializers)];
    for (const [name, value] of expanded.constants) initializers.set(name, value);
    return expanded.nodes;
  });
  return { ...graph, nodes, initializers, opsets };
}

function convert(node: Node, initializers: ReadonlyMap<string, Tensor>): Node {
  if (REDUCTIONS.has(node.op)) return withAxesAttribute(node, initializers);
  if (node.op === 'Split') return without(node, 'num_outputs');
  if (node.op === 'Cast') return without(node, 'saturate');
  if (node.op === 'Pad' && node.inputs[3]) throw new Error(`${describe(node)}: pads must be given for all axes, got input axes`);
  return node;
}

function withAxesAttribute(node: Node, initializers: ReadonlyMap<string, Tensor>): Node {
  const [data, name = ''] = node.inputs;
  const given = name === '' ? undefined : initializers.get(name);
  if (name !== '' && !given) throw new Error(`${describe(node)}: axes must be a constant, got the computed value ${name}`);
  const axes = given ? integers(given) : [];
  const plain = { ...without(node, 'noop_with_empty_axes'), inputs: [data!] };
  if (axes.length > 0) return { ...plain, attributes: { ...plain.attributes, axes: { kind: 'ints', value: axes } satisfies Attribute } };
  return intAttribute(node, 'noop_with_empty_axes', 0) === 1 ? { ...plain, op: 'Identity', attributes: {} } : plain;
}

function without(node: Node, name: string): Node {
  return { ...node, attributes: Object.fromEntries(Object.entries(node.attributes).filter(([key]) => key !== name)) };
}
