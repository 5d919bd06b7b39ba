import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { CONTRIB, floatAttribute, VIRTUAL } from '../../onnx/graph.js';
import type { Rule, Rules } from '../rule.js';
import { castLike, isPositive, scalarLike, unary } from '../rule.js';

const relu = unary(({ b, grad, y }) => b.node('ReluGrad', [grad, y], {}, { domain: VIRTUAL })[0]!);

/** dy where x > 0, else slope·dy. */
const leaky = (b: GraphBuilder, grad: Value, x: Value, slope: number): Value => {
  const rise = b.op.Mul([isPositive(b, x), scalarLike(b, x, 1 - slope)]);
  return b.op.Mul([grad, b.op.Add([rise, scalarLike(b, x, slope)])]);
};

/** y = x where x > 0, else slope·x, one slope an element that broadcasts (a channel, mostly). */
const pRelu: Rule = ({ b, grad, inputs: [x, slope] }) => {
  const negative = b.op.Sub([scalarLike(b, x, 1), isPositive(b, x)]);
  return [
    // 1 + (slope − 1) where x ≤ 0
    () => b.op.Mul([grad, b.op.Add([scalarLike(b, x, 1), b.op.Mul([negative, b.op.Sub([slope, scalarLike(b, x, 1)])])])]),
    () => b.op.Mul([grad, b.op.Mul([x, negative])]),
  ];
};

/** y = x where x > 0, else α·(eˣ − 1): dx = dy where x > 0, else dy·(y + α). */
const elu = unary(({ b, node, grad, x, y }) => {
  const positive = isPositive(b, x);
  const below = b.op.Mul([b.op.Sub([scalarLike(b, x, 1), positive]), b.op.Add([y, scalarLike(b, x, floatAttribute(node, 'alpha', 1))])]);
  return b.op.Mul([grad, b.op.Add([positive, below])]);
});

/** 1 where 0 < y < 1, else 0. */
const inside = (b: GraphBuilder, y: Value): Value => b.op.Mul([isPositive(b, y), isPositive(b, b.op.Sub([scalarLike(b, y, 1), y]))]);

/** y = min(1, max(0, alpha·x + beta)). */
const hardSigmoid = unary(({ b, node, grad, y }) =>
  b.op.Mul([grad, b.op.Mul([inside(b, y), scalarLike(b, y, floatAttribute(node, 'alpha', 0.2))])]),
);

/** y = x·h, h = min(1, max(0, x/6 + ½)): dx = dy·(h + x/6 where 0 < h < 1). */
const hardSwish = unary(({ b, grad, x }) => {
  const h = b.op.HardSigmoid([x], { alpha: 1 / 6, beta: 0.5 });
  return b.op.Mul([grad, b.op.Add([h, b.op.Mul([b.op.Mul([x, scalarLike(b, x, 1 / 6)]), inside(b, h)])])]);
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

/** Identity in evaluation. In training mode y = x·mask/(1 − ratio), the node's own mask: it must be an output. */
const dropout: Rule = ({ b, node, grad, inputs: [, ratio, training], outputs: [, mask] }) => [
  () => {
    const mode = (training as Value | undefined) && b.constantOf(training);
    if (!training || mode?.data[0] === 0) return grad;
    const share = (ratio as Value | undefined) ? b.constantOf(ratio) : undefined;
    if (!mode || !(mask as Value | undefined) || (ratio && !share))
      throw new Error(`gradient: Dropout (node ${node.name}): training_mode and ratio must be constant, and the mask an output`);
    return b.op.Mul([grad, b.op.Mul([castLike(b, mask, grad), scalarLike(b, grad, 1 / (1 - Number(share?.data[0] ?? 0.5)))])]);
  },
];

export const ACTIVATIONS: Rules = {
  Dropout: dropout,
  Elu: elu,
  [`${CONTRIB}:Gelu`]: gelu,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  LeakyRelu: unary(({ b, node, grad, x }) => leaky(b, grad, x, floatAttribute(node, 'alpha', 0.01))),
  PRelu: pRelu,
  Relu: relu,
  Sigmoid: unary(({ b, grad, y }) => b.op.Mul([grad, b.op.Mul([y, b.op.Sub([scalarLike(b, y, 1), y])])])),
  /** y = ln(1 + eˣ). */
  Softplus: unary(({ b, grad, x }) => b.op.Mul([grad, b.op.Sigmoid([x])])),
  Tanh: unary(({ b, grad, y }) => b.op.Mul([grad, b.op.Sub([scalarLike(b, y, 1), b.op.Mul([y, y])])])),
};
