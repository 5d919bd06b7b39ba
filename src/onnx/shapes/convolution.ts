import type { Node, Value } from '../graph.js';
import { intAttribute, intsAttribute } from '../graph.js';
import { commonType, fail, FLOATS, mustBeType, mustHaveDims, required, show } from './check.js';
import type { ShapeRule } from './infer.js';
import type { Window } from './window.js';
import { resolveTransposedWindow, resolveWindow } from './window.js';

/** Window of a Conv node for input dims x and weight dims w, after checking that they fit. */
export function convWindow(node: Node, x: readonly number[], w: readonly number[]): Window {
  const group = checked(node, x, w);
  if (x[1] !== w[1]! * group) fail(node, `input channels must be ${w[1]! * group} (weight ${show(w)}${inGroups(group)})`, x[1]!);
  if (w[0]! % group !== 0) fail(node, `output channels must be a multiple of group ${group}`, w[0]!);
  return resolveWindow(node, x.slice(2), kernelOf(node, w));
}

const conv: ShapeRule = (node, inputs) => {
  const { x, w, type } = operands(node, inputs);
  const { out } = convWindow(node, x.dims, w.dims);
  const dims = [x.dims[0]!, w.dims[0]!, ...out];
  if (inputs[2]) mustHaveDims(node, inputs[2], [w.dims[0]!], 'bias');
  return [{ type, dims }];
};

const convTranspose: ShapeRule = (node, inputs) => {
  const { x, w, type } = operands(node, inputs);
  const group = checked(node, x.dims, w.dims);
  if (x.dims[1] !== w.dims[0]) fail(node, `input channels must be ${w.dims[0]!} (weight ${show(w.dims)})`, x.dims[1]!);
  if (w.dims[0]! % group !== 0) fail(node, `input channels must be a multiple of group ${group}`, w.dims[0]!);
  const channels = w.dims[1]! * group;
  if (inputs[2]) mustHaveDims(node, inputs[2], [channels], 'bias');
  const { out } = resolveTransposedWindow(node, x.dims.slice(2), kernelOf(node, w.dims));
  return [{ type, dims: [x.dims[0]!, channels, ...out] }];
};

function operands(node: Node, inputs: readonly (Value | null)[]) {
  const [x, w] = [required(node, inputs, 0, 'x'), required(node, inputs, 1, 'weight')];
  mustBeType(node, x, FLOATS, 'x');
  return { x, w, type: commonType(node, inputs) };
}

function checked(node: Node, x: readonly number[], w: readonly number[]): number {
  if (x.length < 3) fail(node, 'x must have at least 3 dimensions', show(x));
  if (w.length !== x.length) fail(node, `weight must have ${x.length} dimensions`, show(w));
  const group = intAttribute(node, 'group', 1);
  if (group < 1) fail(node, 'group must be positive', group);
  return group;
}

function kernelOf(node: Node, w: readonly number[]): readonly number[] {
  const kernel = intsAttribute(node, 'kernel_shape');
  if (kernel && kernel.join() !== w.slice(2).join())
    fail(node, `kernel_shape must be ${show(w.slice(2))} (weight ${show(w)})`, show(kernel));
  return w.slice(2);
}

const inGroups = (group: number) => (group === 1 ? '' : ` in ${group} groups`);

export const CONVOLUTIONS: Readonly<Record<string, ShapeRule>> = { Conv: conv, ConvTranspose: convTranspose };
