import type { GraphBuilder } from '../../onnx/builder.js';
import type { Node, Value } from '../../onnx/graph.js';
import { CONTRIB, floatAttribute, intAttribute, VIRTUAL } from '../../onnx/graph.js';
import { typeOf } from '../../onnx/element-types.js';
import type { Rule, Rules } from '../rule.js';
import { castLike, scalarLike } from '../rule.js';

interface Point {
  readonly b: GraphBuilder;
  readonly node: Node;
  readonly grad: Value;
  readonly x: Value;
  readonly y: Value;
}

/** A rule of a function y = f(x) of one input. */
const unary =
  (derivative: (point: Point) => Value): Rule =>
  ({ b, node, grad, inputs: [x], outputs: [y] }) => [() => derivative({ b, node, grad, x, y })];

/** 1 − y. */
const complement = (b: GraphBuilder, y: Value): Value => b.op.Sub([scalarLike(b, y, 1), y]);

const relu = unary(({ b, grad, y }) => b.node('ReluGrad', [grad, y], {}, { domain: VIRTUAL })[0]!);

const leakyRelu = unary(({ b, node, grad, x }) => {
  const slope = scalarLike(b, x, floatAttribute(node, 'alpha', 0.01));
  return b.op.Where([b.op.Greater([x, scalarLike(b, x, 0)]), grad, b.op.Mul([grad, slope])]);
});

/** y = min(1, max(0, alpha·x + beta)). */
const hardSigmoid = unary(({ b, node, grad, y }) => {
  const inside = b.op.Mul([castLike(b, b.op.Greater([y, scalarLike(b, y, 0)]), y), castLike(b, b.op.Less([y, scalarLike(b, y, 1)]), y)]);
  return b.op.Mul([grad, b.op.Mul([inside, scalarLike(b, y, floatAttribute(node, 'alpha', 0.2))])]);
});

/** d erf = 2/√π · exp(−x²). */
const erf = unary(({ b, grad, x }) => {
  const slope = b.op.Mul([b.op.Exp([b.op.Neg([b.op.Mul([x, x])])]), scalarLike(b, x, 2 / Math.sqrt(Math.PI))]);
  return b.op.Mul([grad, slope]);
});

/**
 * y = x·Φ(x), Φ the normal distribution function and φ its density: dx = dy·(Φ + x·φ). Φ = ½ + ½·erf(x/√2) as a HardSigmoid, which never
 * saturates here, is one pass over memory instead of two.
 */
const gelu = unary(({ b, grad, x }) => {
  const below = b.op.HardSigmoid([b.op.Erf([b.op.Mul([x, scalarLike(b, x, Math.SQRT1_2)])])], { alpha: 0.5, beta: 0.5 });
  const bell = b.op.Exp([b.op.Mul([x, b.op.Mul([x, scalarLike(b, x, -0.5)])])]);
  const density = b.op.Mul([b.op.Mul([x, bell]), scalarLike(b, x, 1 / Math.sqrt(2 * Math.PI))]);
  return b.op.Mul([grad, b.op.Add([below, density])]);
});

/** y = softmax(x): dx = y·(dy − Σ dy·y). */
const softmax = unary(({ b, node, grad, y }) => {
  const inner = sumAlong(b, node, b.op.Mul([grad, y]));
  return b.op.Mul([y, b.op.Sub([grad, inner])]);
});

/** y = log softmax(x): dx = dy − exp(y)·Σ dy. */
const logSoftmax = unary(({ b, node, grad, y }) => b.op.Sub([grad, b.op.Mul([b.op.Exp([y]), sumAlong(b, node, grad)])]));

const sumAlong = (b: GraphBuilder, node: Node, value: Value): Value =>
  b.op.ReduceSum([value, b.ints([intAttribute(node, 'axis', -1)])], { keepdims: 1 });

/** Flat when the target is no float. */
const cast: Rule = ({ b, node, grad, inputs: [x] }) => [
  typeOf(intAttribute(node, 'to', 0))?.startsWith('float') ? () => castLike(b, grad, x) : null,
];

export const FUNCTIONS: Rules = {
  Abs: unary(({ b, grad, x }) => b.op.Mul([grad, b.op.Sign([x])])),
  Cast: cast,
  Erf: erf,
  Exp: unary(({ b, grad, y }) => b.op.Mul([grad, y])),
  [`${CONTRIB}:Gelu`]: gelu,
  HardSigmoid: hardSigmoid,
  Identity: unary(({ grad }) => grad),
  LeakyRelu: leakyRelu,
  Log: unary(({ b, grad, x }) => b.op.Div([grad, x])),
  LogSoftmax: logSoftmax,
  Neg: unary(({ b, grad }) => b.op.Neg([grad])),
  Reciprocal: unary(({ b, grad, y }) => b.op.Neg([b.op.Mul([grad, b.op.Mul([y, y])])])),
  Relu: relu,
  Sigmoid: unary(({ b, grad, y }) => b.op.Mul([grad, b.op.Mul([y, complement(b, y)])])),
  Softmax: softmax,
  Sqrt: unary(({ b, grad, y }) => b.op.Div([b.op.Mul([grad, scalarLike(b, y, 0.5)]), y])),
  Tanh: unary(({ b, grad, y }) => b.op.Mul([grad, complement(b, b.op.Mul([y, y]))])),
};
