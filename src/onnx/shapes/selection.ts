import { integers } from '../../tensor/tensor.js';
import { intAttribute } from '../graph.js';
import {
  axesIn,
  axisIn,
  commonType,
  constantInts,
  fail,
  INDICES,
  mustBeType,
  mustHaveDims,
  required,
  requiredInts,
  show,
} from './check.js';
import type { ShapeRule } from './infer.js';

const concat: ShapeRule = (node, inputs) => {
  const all = inputs.map((_, i) => required(node, inputs, i, `x${i}`));
  const type = commonType(node, all);
  const first = all[0]!.dims;
  if (node.attributes['axis'] === undefined) fail(node, 'axis must be given', 'nothing');
  const axis = axisIn(node, intAttribute(node, 'axis', 0), first.length);
  const others = (dims: readonly number[]) => dims.toSpliced(axis, 1).join();
  for (const { dims } of all) {
    if (dims.length !== first.length || others(dims) !== others(first)) {
      fail(node, `shapes must agree outside axis ${axis}`, all.map((v) => show(v.dims)).join(' and '));
    }
  }
  return [
    {
      type,
      dims: first.with(
        axis,
        all.reduce((sum, v) => sum + v.dims[axis]!, 0),
      ),
    },
  ];
};

/** Sizes as input 1, or equal parts (from opset 18 on the last part may be shorter). */
const split: ShapeRule = (node, inputs, constant, opset) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const axis = axisIn(node, intAttribute(node, 'axis', 0), dims.length);
  const [size, count] = [dims[axis]!, node.outputs.length];
  const part = Math.ceil(size / count);
  if (!inputs[1] && opset < 18 && size % count !== 0) fail(node, `dimension ${axis} must divide into ${count} equal parts`, size);
  const sizes =
    constantInts(node, inputs, 1, constant, 'split') ?? node.outputs.map((_, i) => Math.max(0, Math.min(part, size - i * part)));
  if (sizes.length !== count || sizes.some((s) => s < 0) || sizes.reduce((a, b) => a + b, 0) !== size) {
    fail(node, `split must be ${count} sizes that sum to ${size}`, show(sizes));
  }
  return sizes.map((s) => ({ type, dims: dims.with(axis, s) }));
};

/** NumPy's slices: negative positions count from the end, everything is clamped. */
const slice: ShapeRule = (node, inputs, constant) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const starts = requiredInts(node, inputs, 1, constant, 'starts');
  const ends = requiredInts(node, inputs, 2, constant, 'ends');
  const axes = axesIn(node, constantInts(node, inputs, 3, constant, 'axes') ?? starts.map((_, i) => i), dims.length);
  const steps = constantInts(node, inputs, 4, constant, 'steps') ?? starts.map(() => 1);
  if (new Set([starts, ends, axes, steps].map((list) => list.length)).size !== 1) {
    fail(node, 'starts, ends, axes and steps must have one length', [starts, ends, axes, steps].map(show).join(', '));
  }
  const out = [...dims];
  for (const [i, axis] of axes.entries()) {
    const [size, step] = [dims[axis]!, steps[i]!];
    if (step === 0) fail(node, 'steps must not be 0', show(steps));
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const place = (p: number, least: number) => Math.min(Math.max(p < 0 ? p + size : p, least), high);
    out[axis] = Math.max(0, Math.ceil((place(ends[i]!, low) - place(starts[i]!, Math.max(low, 0))) / step));
  }
  return [{ type, dims: out }];
};

const gather: ShapeRule = (node, inputs, constant) => {
  const [data, indices] = [required(node, inputs, 0, 'data'), required(node, inputs, 1, 'indices')];
  mustBeType(node, indices, INDICES, 'indices');
  const axis = axisIn(node, intAttribute(node, 'axis', 0), data.dims.length);
  const size = data.dims[axis]!;
  const known = constant(indices.name);
  const outside = known && integers(known).find((i) => i < -size || i >= size);
  if (outside !== undefined) fail(node, `indices must lie in [${-size}, ${size - 1}] (axis ${axis} of ${show(data.dims)})`, outside);
  return [{ type: data.type, dims: data.dims.toSpliced(axis, 1, ...indices.dims) }];
};

/** pads: all begins, then all ends; negative pads crop. */
const pad: ShapeRule = (node, inputs, constant) => {
  const { type, dims } = required(node, inputs, 0, 'data');
  const pads = requiredInts(node, inputs, 1, constant, 'pads');
  const axes = axesIn(node, constantInts(node, inputs, 3, constant, 'axes') ?? dims.map((_, axis) => axis), dims.length);
  if (pads.length !== 2 * axes.length) fail(node, `pads must have ${2 * axes.length} entries`, show(pads));
  if (inputs[2]) mustBeType(node, inputs[2], [type], 'constant_value');
  const out = [...dims];
  for (const [i, axis] of axes.entries()) out[axis]! += pads[i]! + pads[i + axes.length]!;
  if (out.some((d) => d < 0)) fail(node, `pads must not crop more than there is of ${show(dims)}`, show(pads));
  return [{ type, dims: out }];
};

const scatterElements: ShapeRule = (node, inputs) => {
  const [data, indices, updates] = ['data', 'indices', 'updates'].map((what, i) => required(node, inputs, i, what));
  mustBeType(node, indices!, INDICES, 'indices');
  commonType(node, [data!, updates!]);
  mustHaveDims(node, updates!, indices!.dims, 'updates');
  const axis = axisIn(node, intAttribute(node, 'axis', 0), data!.dims.length);
  if (indices!.dims.length !== data!.dims.length || indices!.dims.some((d, i) => i !== axis && d > data!.dims[i]!)) {
    fail(node, `indices must fit into ${show(data!.dims)} outside axis ${axis}`, show(indices!.dims));
  }
  return [{ type: data!.type, dims: data!.dims }];
};

const oneHot: ShapeRule = (node, inputs, constant) => {
  const [indices, depth, values] = ['indices', 'depth', 'values'].map((what, i) => required(node, inputs, i, what));
  const known = constant(depth!.name);
  if (!known) fail(node, 'depth must be a constant', `the computed value ${depth!.name}`);
  const size = Number(known.data[0]);
  if (known.data.length !== 1 || !(size >= 1))
    fail(node, 'depth must be one number ≥ 1', show(Array.from(known.data as ArrayLike<number>, Number)));
  mustHaveDims(node, values!, [2], 'values');
  const axis = axisIn(node, intAttribute(node, 'axis', -1), indices!.dims.length + 1);
  return [{ type: values!.type, dims: indices!.dims.toSpliced(axis, 0, size) }];
};

export const SELECTION: Readonly<Record<string, ShapeRule>> = {
  Concat: concat,
  Gather: gather,
  OneHot: oneHot,
  Pad: pad,
  ScatterElements: scatterElements,
  Slice: slice,
  Split: split,
};
