import type { Tensor } from '../../tensor/tensor.js';
import type { Graph, Node, Value } from '../graph.js';
import { describe, OPSET, ruleKey } from '../graph.js';
import { CONVOLUTIONS } from './convolution.js';
import { ELEMENTWISE } from './elementwise.js';
import { FOREIGN } from './foreign.js';
import { LAYOUT } from './layout.js';
import { MATRICES } from './matrix.js';
import { BLOCKED } from './nchwc.js';
import { NORMALIZATIONS } from './normalization.js';
import { POOLING } from './pooling.js';
import { REDUCTIONS } from './reduction.js';
import { RESIZING } from './resize.js';
import { SELECTION } from './selection.js';
import { VIRTUALS } from './virtual.js';

/** Type and shape of one output. */
export type Shape = Pick<Value, 'type' | 'dims'>;

/**
 * A shape rule: inputs (null where omitted) → one shape an output (it may give more than the node asks for).
 * `constant` gives the tensor behind an input when it is one.
 */
export type ShapeRule = (
  node: Node,
  inputs: readonly (Value | null)[],
  constant: (name: string) => Tensor | undefined,
  opset: number,
) => readonly Shape[];

const RULES: ReadonlyMap<string, ShapeRule> = new Map(
  [
    ELEMENTWISE,
    REDUCTIONS,
    CONVOLUTIONS,
    POOLING,
    MATRICES,
    LAYOUT,
    NORMALIZATIONS,
    RESIZING,
    SELECTION,
    FOREIGN,
    VIRTUALS,
    BLOCKED,
  ].flatMap((rules) => Object.entries(rules)),
);

/** Output shapes of a node. Throws an error that names the node when an op is unknown or shapes do not fit. */
export const inferNode: ShapeRule = (node, inputs, constant, opset) => {
  const rule = RULES.get(ruleKey(node));
  if (!rule) throw new Error(`${describe(node)}: no shape rule for this op${node.domain === '' ? '' : ` of ${node.domain}`}`);
  const shapes = rule(node, inputs, constant, opset);
  if (node.outputs.length > shapes.length) {
    throw new Error(`${describe(node)}: must have at most ${shapes.length} outputs, got ${node.outputs.length}`);
  }
  return shapes;
};

/** Every value of a graph by name: inputs, initializers and what the nodes make. Throws as `inferNode`, and on disorder or double names. */
export function inferShapes(graph: Graph): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  const declare = (value: Value) => {
    if (values.has(value.name)) throw new Error(`graph ${graph.name}: value names must be unique, got ${value.name} twice`);
    values.set(value.name, value);
  };
  for (const value of graph.inputs) declare(value);
  for (const [name, { type, dims }] of graph.initializers) declare({ name, type, dims });
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? null : find(values, name, node)));
    const shapes = inferNode(node, inputs, (name) => graph.initializers.get(name), graph.opsets[''] ?? OPSET);
    for (const [i, name] of node.outputs.entries()) if (name !== '') declare({ name, ...shapes[i]! });
  }
  return values;
}

function find(values: ReadonlyMap<string, Value>, name: string, node: Node): Value {
  const found = values.get(name);
  if (!found) throw new Error(`${describe(node)}: input ${name} must be made before it is used, got no such value`);
  return found;
}
