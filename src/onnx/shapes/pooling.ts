import type { Node } from '../graph.js';
import { intsAttribute } from '../graph.js';
import { fail, FLOATS, mustBeType, required, show } from './check.js';
import type { ShapeRule } from './infer.js';
import type { Window } from './window.js';
import { resolveWindow } from './window.js';

/** Window of a pooling node for input dims x. */
export function poolWindow(node: Node, x: readonly number[]): Window {
  if (x.length < 3) fail(node, 'x must have at least 3 dimensions', show(x));
  const kernel = intsAttribute(node, 'kernel_shape') ?? fail(node, 'kernel_shape must be given', 'nothing');
  if (kernel.length !== x.length - 2) fail(node, `kernel_shape must have ${x.length - 2} entries`, show(kernel));
  const window = resolveWindow(node, x.slice(2), kernel);
  // a window that lies in the padding alone has no maximum and no mean
  if (window.pads.some((p, i) => p >= kernel[i % kernel.length]!)) {
    fail(node, `pads must be smaller than the kernel ${show(kernel)}`, show(window.pads));
  }
  return window;
}

const pool: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  return [{ type: x.type, dims: [...x.dims.slice(0, 2), ...poolWindow(node, x.dims).out] }];
};

/** The second output holds indices. */
const maxPool: ShapeRule = (...args) => {
  const [y] = pool(...args);
  return [y!, { type: 'int64', dims: y!.dims }];
};

const globalPool: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustBeType(node, x, FLOATS, 'x');
  if (x.dims.length < 3) fail(node, 'x must have at least 3 dimensions', show(x.dims));
  return [{ type: x.type, dims: x.dims.map((d, axis) => (axis < 2 ? d : 1)) }];
};

export const POOLING: Readonly<Record<string, ShapeRule>> = {
  AveragePool: pool,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  MaxPool: maxPool,
};
