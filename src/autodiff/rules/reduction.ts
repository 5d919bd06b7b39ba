import type { Value } from '../../onnx/graph.js';
import { intAttribute, intsAttribute } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import { integers, sizeOf } from '../../tensor/tensor.js';
import type { Rule, RuleContext, Rules } from '../rule.js';
import { castLike, scalarLike } from '../rule.js';
import { sumAxes } from '../fit-shape.js';

/** The reduced axes: attribute or constant input, by default all. */
function reducedAxes({ b, node, inputs: [x, axes] }: RuleContext): readonly number[] {
  const constant = (axes as Value | undefined) && b.constantOf(axes);
  const given = intsAttribute(node, 'axes') ?? (constant ? integers(constant) : []);
  if (given.length === 0) return intAttribute(node, 'noop_with_empty_axes', 0) === 1 ? [] : x.dims.map((_, axis) => axis);
  return given.map((axis) => (axis < 0 ? axis + x.dims.length : axis));
}

/** `value` (shaped as the output) with the reduced axes back as 1, so that it broadcasts against the input. */
function restored(context: RuleContext, value: Value): Value {
  const axes = reducedAxes(context);
  return reshape(
    context.b,
    value,
    context.inputs[0].dims.map((d, axis) => (axes.includes(axis) ? 1 : d)),
  );
}

const sum: Rule = (context) => [() => restored(context, context.grad)];

const mean: Rule = (context) => {
  const { b, grad, inputs, outputs } = context;
  const share = sizeOf(outputs[0].dims) / sizeOf(inputs[0].dims);
  return [() => restored(context, b.op.Mul([grad, scalarLike(b, grad, share)]))];
};

const sumSquare: Rule = (context) => {
  const { b, grad, inputs } = context;
  return [() => b.op.Mul([inputs[0], restored(context, b.op.Mul([grad, scalarLike(b, grad, 2)]))])];
};

/** To the largest or smallest element; among equal ones shared out equally (as PyTorch's amax and amin). */
const extreme: Rule = (context) => {
  const { b, grad, inputs, outputs } = context;
  return [
    () => {
      const wins = castLike(b, b.op.Equal([inputs[0], restored(context, outputs[0])]), grad);
      const count = sumAxes(b, wins, reducedAxes(context));
      return b.op.Mul([wins, b.op.Div([restored(context, grad), count])]);
    },
  ];
};

/** dx = dy·sign(x). */
const l1: Rule = (context) => [() => context.b.op.Mul([restored(context, context.grad), context.b.op.Sign([context.inputs[0]])])];

/** y = √Σx²: dx = dy·x/y, and 0 where all x are. */
const l2: Rule = (context) => {
  const { b, grad, inputs, outputs } = context;
  return [
    () => {
      const zero = castLike(b, b.op.Equal([outputs[0], scalarLike(b, grad, 0)]), grad);
      return b.op.Mul([inputs[0], restored(context, b.op.Div([grad, b.op.Add([outputs[0], zero])]))]);
    },
  ];
};

/** The product of the others. With p the product of all x but the zeros: p/x where no x is 0, p at a 0 that is the only one, else 0. */
const prod: Rule = (context) => {
  const { b, node, grad, inputs: [x] } = context; // prettier-ignore
  return [
    () => {
      const zero = castLike(b, b.op.Equal([x, scalarLike(b, x, 0)]), x);
      const filled = b.op.Add([x, zero]);
      const made = b.unique('ReduceProd');
      const [product] = b.add({ ...node, name: made, inputs: [filled.name, ...node.inputs.slice(1)], outputs: [made] });
      const others = b.op.Sub([sumAxes(b, zero, reducedAxes(context)), zero]);
      const alone = castLike(b, b.op.Equal([others, scalarLike(b, x, 0)]), x);
      return b.op.Mul([b.op.Div([restored(context, b.op.Mul([grad, product!])), filled]), alone]);
    },
  ];
};

export const REDUCTIONS: Rules = {
  ReduceL1: l1,
  ReduceL2: l2,
  ReduceMax: extreme,
  ReduceMean: mean,
  ReduceMin: extreme,
  ReduceProd: prod,
  ReduceSum: sum,
  ReduceSumSquare: sumSquare,
};
