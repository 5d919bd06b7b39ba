import type { Tensor } from '../../tensor/tensor.js';
import type { Node, Value } from '../graph.js';
import { describe } from '../graph.js';

/** Type and shape of one output. */
export type Shape = Pick<Value, 'type' | 'dims'>;

/** A shape rule: inputs (null where omitted) → one shape an output. `constant` gives the tensor behind an input when it is one. */
export type ShapeRule = (
  node: Node,
  inputs: readonly (Value | null)[],
  constant: (name: string) => Tensor | undefined,
  opset: number,
) => readonly Shape[];

const RULES: Readonly<Record<string, ShapeRule>> = {};

/** Output shapes of a node. Throws an error that names the node when an op is unknown or shapes do not fit. */
export const inferNode: ShapeRule = (node, inputs, constant, opset) => {
  const rule = RULES[node.domain === '' ? node.op : `${node.domain}:${node.op}`];
  if (!rule) throw new Error(`${describe(node)}: no shape rule for this op`);
  return rule(node, inputs, constant, opset);
};
