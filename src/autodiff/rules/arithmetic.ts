import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import type { Rule, Rules } from '../rule.js';
import { castLike, isPositive, scalarLike } from '../rule.js';

const add: Rule = ({ grad }) => [() => grad, () => grad];

const sub: Rule = ({ b, grad }) => [() => grad, () => b.op.Neg([grad])];

const mul: Rule = ({ b, grad, inputs: [x, y] }) => [() => b.op.Mul([grad, y]), () => b.op.Mul([grad, x])];

/** z = x / y: dx = dz / y, dy = −dz·z / y. */
const div: Rule = ({ b, grad, inputs: [, y], outputs: [z] }) => [
  () => b.op.Div([grad, y]),
  () => b.op.Neg([b.op.Div([b.op.Mul([grad, z]), y])]),
];

/** z = x^p: dx = dz·p·x^(p−1); dp = dz·z·ln x, taken as 0 where x ≤ 0. */
const pow: Rule = ({ b, grad, inputs: [x, p], outputs: [z] }) => [
  () => b.op.Mul([grad, powSlope(b, x, p)]),
  () => {
    const positive = b.op.Greater([x, scalarLike(b, x, 0)]);
    const log = b.op.Log([b.op.Where([positive, x, scalarLike(b, x, 1)])]);
    return castLike(b, b.op.Mul([grad, b.op.Mul([z, log])]), p);
  },
];

/** p·x^(p−1), without a power for a square. */
function powSlope(b: GraphBuilder, x: Value, p: Value): Value {
  const constant = b.constantOf(p);
  const exponent = constant?.data.length === 1 ? Number(constant.data[0]) : undefined;
  if (exponent === 2) return b.op.Mul([x, scalarLike(b, x, 2)]);
  const power = castLike(b, p, x);
  return b.op.Mul([power, b.op.Pow([x, b.op.Sub([power, scalarLike(b, x, 1)])])]);
}

/** Max, Min: the gradient goes to the extreme input; among equal ones it is shared out equally (as PyTorch's maximum). */
const extreme: Rule = ({ b, grad, inputs, outputs: [y] }) => {
  const wins = inputs.map((x) => castLike(b, b.op.Equal([x, y]), y));
  const share = b.op.Div([grad, wins.reduce((sum, win) => b.op.Add([sum, win]))]);
  return wins.map((win) => () => b.op.Mul([share, win]));
};

/** Inside and on the bounds the gradient goes to x, outside to the bound. */
const clip: Rule = ({ b, grad, inputs: [x, min, max] }) => [
  () => {
    const [low, high] = [min, max] as (Value | undefined)[];
    const beyond = [...(low ? [b.op.Sub([low, x])] : []), ...(high ? [b.op.Sub([x, high])] : [])];
    return beyond.reduce((dx, excess) => b.op.Mul([dx, b.op.Sub([scalarLike(b, x, 1), isPositive(b, excess)])]), grad);
  },
  () => b.op.Mul([grad, castLike(b, b.op.Less([x, min]), grad)]),
  () => b.op.Mul([grad, castLike(b, b.op.Greater([x, max]), grad)]),
];

const where: Rule = ({ b, grad, inputs: [condition] }) => [
  null,
  () => b.op.Where([condition, grad, scalarLike(b, grad, 0)]),
  () => b.op.Where([condition, scalarLike(b, grad, 0), grad]),
];

/** Ops of two and more operands, with broadcasting. */
export const ARITHMETIC: Rules = {
  Add: add,
  Clip: clip,
  Div: div,
  Max: extreme,
  Min: extreme,
  Mul: mul,
  Pow: pow,
  Sub: sub,
  Where: where,
};
