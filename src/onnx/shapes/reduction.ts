import type { Node, Value } from '../graph.js';
import { intAttribute, intsAttribute } from '../graph.js';
import type { Constant } from './check.js';
import { axesIn, constantInts, fail, required } from './check.js';
import type { ShapeRule } from './infer.js';

/**
 * Axes of a node that had them as an attribute before opset `since` and has them as input 1 from then on;
 * undefined when omitted. Not yet normalized.
 */
export function axesOf(
  node: Node,
  inputs: readonly (Value | null)[],
  constant: Constant,
  opset: number,
  since: number,
): readonly number[] | undefined {
  const [attribute, input] = [intsAttribute(node, 'axes'), inputs[1]];
  if (opset >= since && attribute) fail(node, `axes must be an input from opset ${since} on`, 'an attribute');
  if (opset < since && input) fail(node, `axes must be an attribute before opset ${since}`, 'an input');
  return attribute ?? constantInts(node, inputs, 1, constant, 'axes');
}

const reduction =
  (since: number): ShapeRule =>
  (node, inputs, constant, opset) => {
    const { type, dims } = required(node, inputs, 0, 'data');
    const given = axesOf(node, inputs, constant, opset, since) ?? [];
    if (given.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return [{ type, dims }];
    const axes = given.length === 0 ? dims.map((_, axis) => axis) : axesIn(node, given, dims.length);
    const keep = intAttribute(node, 'keepdims', 1) === 1;
    const reduced = dims.flatMap((d, axis) => (!axes.includes(axis) ? [d] : keep ? [1] : []));
    return [{ type, dims: reduced }];
  };

export const REDUCTIONS: Readonly<Record<string, ShapeRule>> = {
  ReduceL1: reduction(18),
  ReduceL2: reduction(18),
  ReduceMax: reduction(18),
  ReduceMean: reduction(18),
  ReduceMin: reduction(18),
  ReduceProd: reduction(18),
  ReduceSum: reduction(13),
  ReduceSumSquare: reduction(18),
};
