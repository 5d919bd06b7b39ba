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

/** To the largest element; among equal ones shared out equally (as PyTorch's amax). */
const max: Rule = (context) => {
  const { b, grad, inputs, outputs } = context;
  return [
    () => {
      const wins = castLike(b, b.op.Equal([inputs[0], restored(context, outputs[0])]), grad);
      const count = sumAxes(b, wins, reducedAxes(context));
      return b.op.Mul([wins, b.op.Div([restored(context, grad), count])]);
    },
  ];
};

export const REDUCTIONS: Rules = { ReduceMax: max, ReduceMean: mean, ReduceSum: sum, ReduceSumSquare: sumSquare };
