import type { Tensor } from '../../tensor/tensor.js';
import type { Node, Value } from '../graph.js';
import { intAttribute, intsAttribute, stringAttribute } from '../graph.js';
import type { Constant } from './check.js';
import { axesIn, constantInts, fail, required, show } from './check.js';
import type { ShapeRule } from './infer.js';

/** What a Resize does to every axis: the size of its result and how many of them there are to one of the input. */
export interface Resized {
  readonly dims: readonly number[];
  readonly scales: readonly number[];
}

/** Inputs x, roi, scales, sizes: one of the last two, constant. Sizes are scaled down to a fraction of a pixel, as onnxruntime does. */
export function resized(node: Node, inputs: readonly (Value | null)[], constant: Constant): Resized {
  const { dims } = required(node, inputs, 0, 'x');
  const policy = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') fail(node, 'keep_aspect_ratio_policy must be stretch', policy);
  const axes = axesIn(node, intsAttribute(node, 'axes') ?? dims.map((_, i) => i), dims.length);
  const sizes = constantInts(node, inputs, 3, constant, 'sizes');
  if (sizes && sizes.length > 0) {
    if (sizes.length !== axes.length || sizes.some((s) => s < 1)) fail(node, `sizes must be ${axes.length} positive numbers`, show(sizes));
    const out = dims.map((d, axis) => sizes[axes.indexOf(axis)] ?? d);
    return { dims: out, scales: out.map((d, axis) => d / dims[axis]!) };
  }
  const given = inputs[2] ? numbersOf(constant(inputs[2].name)) : undefined;
  if (!given || given.length !== axes.length)
    fail(node, `scales or sizes must be ${axes.length} constant numbers`, given ? show(given) : 'none');
  if (given.some((s) => !(s > 0))) fail(node, 'scales must be positive', show(given));
  const scales = dims.map((_, axis) => given[axes.indexOf(axis)] ?? 1);
  return { dims: dims.map((d, axis) => Math.floor(Math.fround(d * scales[axis]!))), scales };
}

const numbersOf = (value: Tensor | undefined): number[] | undefined => value && Array.from(value.data as ArrayLike<number>, Number);

const resize: ShapeRule = (node, inputs, constant) => [
  { type: required(node, inputs, 0, 'x').type, dims: resized(node, inputs, constant).dims },
];

/**
 * The linear map of one axis as rows of weights [out][in], by the spec's formulas: where an element of the result lies among those of the
 * input, and which of them it takes. Throws for modes that no exporter of networks writes (cubic, tf_crop_and_resize, antialias).
 */
export function resizeWeights(node: Node, size: number, out: number, scale: number): number[][] {
  const mode = stringAttribute(node, 'mode', 'nearest');
  const antialias = intAttribute(node, 'antialias', 0);
  if (mode !== 'nearest' && mode !== 'linear') fail(node, 'mode must be nearest or linear to be differentiated', mode);
  if (antialias !== 0 || intAttribute(node, 'exclude_outside', 0) !== 0) fail(node, 'antialias and exclude_outside must be 0', 1);
  const place = placing(node, size, out, scale);
  return Array.from({ length: out }, (_, i) => {
    const row = new Array<number>(size).fill(0);
    const add = (at: number, weight: number) => (row[Math.min(Math.max(at, 0), size - 1)]! += weight);
    const at = place(i);
    if (mode === 'nearest') add(rounded(node, at), 1);
    else {
      const low = Math.floor(at);
      add(low, 1 - (at - low));
      add(low + 1, at - low);
    }
    return row;
  });
}

function placing(node: Node, size: number, out: number, scale: number): (i: number) => number {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'half_pixel':
      return (i) => (i + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return (i) => (out > 1 ? (i + 0.5) / scale - 0.5 : 0);
    case 'asymmetric':
      return (i) => i / scale;
    case 'align_corners':
      return (i) => (out > 1 ? (i * (size - 1)) / (out - 1) : 0);
    default:
      return fail(node, 'coordinate_transformation_mode must be half_pixel, pytorch_half_pixel, asymmetric or align_corners', mode);
  }
}

function rounded(node: Node, at: number): number {
  const mode = stringAttribute(node, 'nearest_mode', 'round_prefer_floor');
  switch (mode) {
    case 'floor':
      return Math.floor(at);
    case 'ceil':
      return Math.ceil(at);
    case 'round_prefer_floor':
      return Math.ceil(at - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(at + 0.5);
    default:
      return fail(node, 'nearest_mode must be floor, ceil, round_prefer_floor or round_prefer_ceil', mode);
  }
}

export const RESIZING: Readonly<Record<string, ShapeRule>> = { Resize: resize };
