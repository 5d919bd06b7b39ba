import { sizeOf } from '../../tensor/tensor.js';
import { intAttribute, intsAttribute } from '../graph.js';
import { axesIn, axisIn, broadcast, fail, required, requiredInts, show } from './check.js';
import type { ShapeRule } from './infer.js';
import { axesOf } from './reduction.js';

/** 0 copies the input's dimension (unless allowzero), one −1 is computed. */
const reshape: ShapeRule = (node, inputs, constant) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const wanted = requiredInts(node, inputs, 1, constant, 'shape');
  const copies = intAttribute(node, 'allowzero', 0) === 0;
  const out = wanted.map((d, i) =>
    d === 0 && copies ? (dims[i] ?? fail(node, 'a 0 in shape must have an input dimension to copy', show(wanted))) : d,
  );
  const open = out.indexOf(-1);
  if (open >= 0) out[open] = sizeOf(dims) / sizeOf(out.filter((_, i) => i !== open));
  if (out.some((d) => d < 0 || !Number.isInteger(d)) || sizeOf(out) !== sizeOf(dims)) {
    fail(node, `shape must hold the ${sizeOf(dims)} elements of ${show(dims)}`, show(wanted));
  }
  return [{ type, dims: out }];
};

const flatten: ShapeRule = (node, inputs) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const axis = intAttribute(node, 'axis', 1);
  const at = axis === dims.length ? axis : axisIn(node, axis, dims.length);
  return [{ type, dims: [sizeOf(dims.slice(0, at)), sizeOf(dims.slice(at))] }];
};

const transpose: ShapeRule = (node, inputs) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const perm = intsAttribute(node, 'perm') ?? dims.map((_, axis) => dims.length - 1 - axis);
  if (perm.toSorted((a, b) => a - b).join() !== dims.map((_, axis) => axis).join()) {
    fail(node, `perm must be a permutation of the ${dims.length} axes of ${show(dims)}`, show(perm));
  }
  return [{ type, dims: perm.map((axis) => dims[axis]!) }];
};

const squeeze: ShapeRule = (node, inputs, constant, opset) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const given = axesOf(node, inputs, constant, opset, 13);
  const axes = given ? axesIn(node, given, dims.length) : dims.flatMap((d, axis) => (d === 1 ? [axis] : []));
  for (const axis of axes) if (dims[axis] !== 1) fail(node, `dimension ${axis} must be 1 to be squeezed`, show(dims));
  return [{ type, dims: dims.filter((_, axis) => !axes.includes(axis)) }];
};

const unsqueeze: ShapeRule = (node, inputs, constant, opset) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const given = axesOf(node, inputs, constant, opset, 13) ?? fail(node, 'axes must be given', 'nothing');
  const rank = dims.length + given.length;
  const axes = axesIn(node, given, rank);
  const rest = dims.values();
  return [{ type, dims: Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.next().value!)) }];
};

const expand: ShapeRule = (node, inputs, constant) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  return [{ type, dims: broadcast(node, [dims, requiredInts(node, inputs, 1, constant, 'shape')]) }];
};

const tile: ShapeRule = (node, inputs, constant) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const repeats = requiredInts(node, inputs, 1, constant, 'repeats');
  if (repeats.length !== dims.length || repeats.some((r) => r < 0)) fail(node, `repeats must be ${dims.length} numbers ≥ 0`, show(repeats));
  return [{ type, dims: dims.map((d, axis) => d * repeats[axis]!) }];
};

const constantOfShape: ShapeRule = (node, inputs, constant) => {
  const dims = requiredInts(node, inputs, 0, constant, 'shape');
  if (dims.some((d) => d < 0)) fail(node, 'shape must not be negative', show(dims));
  const value = node.attributes['value'];
  return [{ type: value?.kind === 'tensor' ? value.value.type : 'float32', dims }];
};

export const LAYOUT: Readonly<Record<string, ShapeRule>> = {
  ConstantOfShape: constantOfShape,
  Expand: expand,
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
