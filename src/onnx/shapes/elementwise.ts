import { typeOf } from '../element-types.js';
import { CONTRIB, intAttribute } from '../graph.js';
import { axisIn, broadcast, commonType, fail, FLOATS, mustBeType, mustHaveDims, required, show } from './check.js';
import type { ShapeRule } from './infer.js';

/** Output like the first input. */
const same: ShapeRule = (node, inputs) => [shapeOf(required(node, inputs, 0, 'x'))];

const sameFloat: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustBeType(node, x, FLOATS, 'x');
  return [shapeOf(x)];
};

const clip: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  commonType(node, inputs);
  for (const [i, what] of ['min', 'max'].entries()) {
    const bound = inputs[i + 1];
    if (bound) mustHaveDims(node, bound, [], what);
  }
  return [shapeOf(x)];
};

const alongAxis =
  (fallback: (opset: number) => number): ShapeRule =>
  (node, inputs, _constant, opset) => {
    const x = required(node, inputs, 0, 'x');
    mustBeType(node, x, FLOATS, 'x');
    axisIn(node, intAttribute(node, 'axis', fallback(opset)), x.dims.length);
    return [shapeOf(x)];
  };
// before opset 13 softmax flattened its input at axis 1
const softmax = alongAxis((opset) => (opset < 13 ? 1 : -1));

const arithmetic: ShapeRule = (node, inputs) => {
  const [a, b] = [required(node, inputs, 0, 'a'), required(node, inputs, 1, 'b')];
  return [{ type: commonType(node, inputs), dims: broadcast(node, [a.dims, b.dims]) }];
};

/** The exponent may have a type of its own. */
const pow: ShapeRule = (node, inputs) => {
  const [x, y] = [required(node, inputs, 0, 'x'), required(node, inputs, 1, 'y')];
  return [{ type: x.type, dims: broadcast(node, [x.dims, y.dims]) }];
};

const compare: ShapeRule = (...args) => arithmetic(...args).map(({ dims }) => ({ type: 'bool', dims }));

const logic: ShapeRule = (node, inputs, ...rest) => {
  for (const [i, what] of ['a', 'b'].entries()) mustBeType(node, required(node, inputs, i, what), ['bool'], what);
  return arithmetic(node, inputs, ...rest);
};

/** The slope broadcasts to x. */
const pRelu: ShapeRule = (node, inputs) => {
  const [x, slope] = [required(node, inputs, 0, 'x'), required(node, inputs, 1, 'slope')];
  commonType(node, inputs);
  if (broadcast(node, [x.dims, slope.dims]).join() !== x.dims.join())
    fail(node, `slope must broadcast to ${show(x.dims)}`, show(slope.dims));
  return [shapeOf(x)];
};

/** The second output is the mask. */
const dropout: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustBeType(node, x, FLOATS, 'x');
  return [shapeOf(x), { type: 'bool', dims: x.dims }];
};

const variadic: ShapeRule = (node, inputs) => {
  const all = inputs.map((_, i) => required(node, inputs, i, `x${i}`));
  return [{ type: commonType(node, inputs), dims: broadcast(node, [...all.map((v) => v.dims)]) }];
};

const where: ShapeRule = (node, inputs) => {
  const [condition, x, y] = ['condition', 'x', 'y'].map((what, i) => required(node, inputs, i, what));
  mustBeType(node, condition!, ['bool'], 'condition');
  return [{ type: commonType(node, [x!, y!]), dims: broadcast(node, [condition!.dims, x!.dims, y!.dims]) }];
};

const not: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustBeType(node, x, ['bool'], 'x');
  return [shapeOf(x)];
};

const cast: ShapeRule = (node, inputs) => {
  const code = intAttribute(node, 'to', 0);
  const type = typeOf(code) ?? fail(node, 'attribute to must be the code of a known element type', code);
  return [{ type, dims: required(node, inputs, 0, 'x').dims }];
};

const batchNormalization: ShapeRule = (node, inputs) => {
  const x = required(node, inputs, 0, 'x');
  mustBeType(node, x, FLOATS, 'x');
  if (x.dims.length < 2) fail(node, 'x must have at least 2 dimensions', x.dims.length);
  const channels = [x.dims[1]!];
  for (const [i, what] of ['scale', 'bias', 'mean', 'variance'].entries()) {
    mustHaveDims(node, required(node, inputs, i + 1, what), channels, what);
  }
  const statistics = { type: required(node, inputs, 3, 'mean').type, dims: channels };
  return intAttribute(node, 'training_mode', 0) === 0 ? [shapeOf(x)] : [shapeOf(x), statistics, statistics];
};

const shapeOf = ({ type, dims }: ReturnType<typeof required>) => ({ type, dims });

export const ELEMENTWISE: Readonly<Record<string, ShapeRule>> = {
  Abs: same,
  Add: arithmetic,
  And: logic,
  BatchNormalization: batchNormalization,
  Cast: cast,
  Ceil: sameFloat,
  Clip: clip,
  Cos: sameFloat,
  Div: arithmetic,
  Dropout: dropout,
  Elu: sameFloat,
  Equal: compare,
  Erf: sameFloat,
  Exp: sameFloat,
  Floor: sameFloat,
  [`${CONTRIB}:Gelu`]: sameFloat,
  Greater: compare,
  GreaterOrEqual: compare,
  HardSigmoid: sameFloat,
  HardSwish: sameFloat,
  Identity: same,
  LeakyRelu: sameFloat,
  Less: compare,
  LessOrEqual: compare,
  Log: sameFloat,
  LogSoftmax: softmax,
  Max: variadic,
  Min: variadic,
  Mod: arithmetic,
  Mul: arithmetic,
  Neg: same,
  Not: not,
  Or: logic,
  Pow: pow,
  PRelu: pRelu,
  Reciprocal: sameFloat,
  Relu: same,
  Round: sameFloat,
  Sigmoid: sameFloat,
  Sign: same,
  Sin: sameFloat,
  Softmax: softmax,
  Softplus: sameFloat,
  Sqrt: sameFloat,
  Sub: arithmetic,
  Tanh: sameFloat,
  Where: where,
  Xor: logic,
};
