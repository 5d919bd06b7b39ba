import { sizeOf } from '../../tensor/tensor.js';
import { intAttribute } from '../graph.js';
import { axisIn, commonType, constantInts, fail, INDICES, mustBeType, required, show } from './check.js';
import type { ShapeRule } from './infer.js';

// Ops that files have and nothing here writes: they run, and where they have no gradient rule, networks with them are evaluated only.

const argument: ShapeRule = (node, inputs) => {
  const { dims } = required(node, inputs, 0, 'data');
  const axis = axisIn(node, intAttribute(node, 'axis', 0), dims.length);
  return [{ type: 'int64', dims: intAttribute(node, 'keepdims', 1) === 1 ? dims.with(axis, 1) : dims.toSpliced(axis, 1) }];
};

const same: ShapeRule = (node, inputs) => {
  const { type, dims } = required(node, inputs, 0, 'x');
  return [{ type, dims }];
};

const test: ShapeRule = (node, inputs) => [{ type: 'bool', dims: required(node, inputs, 0, 'x').dims }];

const gatherElements: ShapeRule = (node, inputs) => {
  const [data, indices] = [required(node, inputs, 0, 'data'), required(node, inputs, 1, 'indices')];
  mustBeType(node, indices, INDICES, 'indices');
  if (indices.dims.length !== data.dims.length) fail(node, `indices must have ${data.dims.length} dimensions`, show(indices.dims));
  return [{ type: data.type, dims: indices.dims }];
};

/** The last axis of the indices is a place in the data, after the axes that both share. */
const gatherNd: ShapeRule = (node, inputs) => {
  const [data, indices] = [required(node, inputs, 0, 'data'), required(node, inputs, 1, 'indices')];
  mustBeType(node, indices, ['int64'], 'indices');
  const from = intAttribute(node, 'batch_dims', 0) + (indices.dims.at(-1) ?? 0);
  if (indices.dims.length === 0 || from > data.dims.length)
    fail(node, `indices must name places in ${show(data.dims)}`, show(indices.dims));
  return [{ type: data.type, dims: [...indices.dims.slice(0, -1), ...data.dims.slice(from)] }];
};

const gridSample: ShapeRule = (node, inputs) => {
  const [x, grid] = [required(node, inputs, 0, 'x'), required(node, inputs, 1, 'grid')];
  return [{ type: x.type, dims: [...x.dims.slice(0, 2), ...grid.dims.slice(1, -1)] }];
};

const range: ShapeRule = (node, inputs, constant) => {
  const type = commonType(node, inputs);
  const [start, limit, delta] = ['start', 'limit', 'delta'].map((what, i) => {
    const value = required(node, inputs, i, what);
    return Number((constant(value.name) ?? fail(node, `${what} must be a constant`, `the computed value ${value.name}`)).data[0]);
  });
  return [{ type, dims: [Math.max(0, Math.ceil((limit! - start!) / delta!))] }];
};

const topK: ShapeRule = (node, inputs, constant) => {
  const { type, dims } = required(node, inputs, 0, 'x');
  const [k] = constantInts(node, inputs, 1, constant, 'k') ?? fail(node, 'k must be given', 'nothing');
  const axis = axisIn(node, intAttribute(node, 'axis', -1), dims.length);
  if (k! < 0 || k! > dims[axis]!) fail(node, `k must lie in [0, ${dims[axis]!}]`, k!);
  const out = dims.with(axis, k!);
  return [
    { type, dims: out },
    { type: 'int64', dims: out },
  ];
};

/** Pairs of the nonzero elements would be another matter: their number depends on the data. */
const eyeLike: ShapeRule = (node, inputs) => {
  const { type, dims } = required(node, inputs, 0, 'x');
  if (dims.length !== 2 || sizeOf(dims) === 0) fail(node, 'x must be a matrix', show(dims));
  return [{ type, dims }];
};

/** Integers of the zero point's type, uint8 without one. */
const quantize: ShapeRule = (node, inputs) => [{ type: inputs[2]?.type ?? 'uint8', dims: required(node, inputs, 0, 'x').dims }];

const dequantize: ShapeRule = (node, inputs) => [
  { type: required(node, inputs, 1, 'scale').type, dims: required(node, inputs, 0, 'x').dims },
];

export const FOREIGN: Readonly<Record<string, ShapeRule>> = {
  Acos: same,
  Acosh: same,
  ArgMax: argument,
  ArgMin: argument,
  Asin: same,
  Asinh: same,
  Atan: same,
  Atanh: same,
  Cosh: same,
  CumSum: same,
  DequantizeLinear: dequantize,
  EyeLike: eyeLike,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  GridSample: gridSample,
  Hardmax: same,
  IsInf: test,
  IsNaN: test,
  QuantizeLinear: quantize,
  Range: range,
  ScatterND: same,
  Shrink: same,
  Sinh: same,
  Tan: same,
  TopK: topK,
  Trilu: same,
};
