import type { GraphBuilder } from '../../onnx/builder.js';
import type { Node, Value } from '../../onnx/graph.js';
import { intAttribute } from '../../onnx/graph.js';
import { typeOf } from '../../onnx/element-types.js';
import type { Rule, Rules } from '../rule.js';
import { castLike, scalarLike, unary } from '../rule.js';

/** d erf = 2/√π · exp(−x²). */
const erf = unary(({ b, grad, x }) => {
  const slope = b.op.Mul([b.op.Exp([b.op.Neg([b.op.Mul([x, x])])]), scalarLike(b, x, 2 / Math.sqrt(Math.PI))]);
  return b.op.Mul([grad, slope]);
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
  Cos: unary(({ b, grad, x }) => b.op.Neg([b.op.Mul([grad, b.op.Sin([x])])])),
  Erf: erf,
  Exp: unary(({ b, grad, y }) => b.op.Mul([grad, y])),
  Identity: unary(({ grad }) => grad),
  Log: unary(({ b, grad, x }) => b.op.Div([grad, x])),
  LogSoftmax: logSoftmax,
  Neg: unary(({ b, grad }) => b.op.Neg([grad])),
  Reciprocal: unary(({ b, grad, y }) => b.op.Neg([b.op.Mul([grad, b.op.Mul([y, y])])])),
  Sin: unary(({ b, grad, x }) => b.op.Mul([grad, b.op.Cos([x])])),
  Softmax: softmax,
  Sqrt: unary(({ b, grad, y }) => b.op.Div([b.op.Mul([grad, scalarLike(b, y, 0.5)]), y])),
};
