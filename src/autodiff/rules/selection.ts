import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { describe, intAttribute, stringAttribute } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import { integers, sizeOf } from '../../tensor/tensor.js';
import type { Rule, RuleContext, Rules } from '../rule.js';
import { zerosLike } from '../rule.js';

const axisOf = ({ node, inputs: [x] }: RuleContext): number => {
  const axis = intAttribute(node, 'axis', 0);
  return axis < 0 ? axis + x.dims.length : axis;
};

const concat: Rule = (context) => {
  const { b, grad, inputs } = context;
  const axis = axisOf(context);
  const ends = inputs.map((_, i) => inputs.slice(0, i + 1).reduce((sum, x) => sum + x.dims[axis]!, 0));
  return inputs.map((x, i) => () => b.op.Slice([grad, b.ints([ends[i]! - x.dims[axis]!]), b.ints([ends[i]!]), b.ints([axis])]));
};

const split: Rule = (context) => {
  const { b, grads, outputs } = context;
  const parts = () => outputs.map((y, i) => grads[i] ?? zerosLike(b, y));
  return [() => b.op.Concat(parts(), { axis: axisOf(context) })];
};

/** Puts the gradient back where it was cut out: spread by the steps, then padded with zeros. */
const slice: Rule = ({ b, grad, inputs: [x, ...bounds] }) => [
  () => {
    const [starts, , axes, steps] = bounds.map((value: Value | undefined) => value && integers(b.constantOf(value)!));
    const [begins, ends] = [x.dims.map(() => 0), x.dims.map(() => 0)];
    let spread = grad;
    for (const [i, first] of starts!.entries()) {
      const axis = ((axes?.[i] ?? i) + x.dims.length) % x.dims.length;
      const [size, count, step] = [x.dims[axis]!, grad.dims[axis]!, steps?.[i] ?? 1];
      const highest = step < 0 ? size - 1 : size;
      const start = Math.min(Math.max(first < 0 ? first + size : first, 0), highest);
      if (step < 0) spread = reversed(b, spread, axis);
      spread = spreadAxis(b, spread, axis, Math.abs(step));
      begins[axis] = step < 0 ? start + (count - 1) * step : start;
      ends[axis] = size - begins[axis] - count * Math.abs(step);
    }
    return b.op.Pad([spread, b.ints([...begins, ...ends])]);
  },
];

const reversed = (b: GraphBuilder, x: Value, axis: number): Value =>
  b.op.Slice([x, b.ints([-1]), b.ints([-x.dims[axis]! - 1]), b.ints([axis]), b.ints([-1])]);

/** Every element along `axis` is followed by step − 1 zeros. */
function spreadAxis(b: GraphBuilder, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const open = x.dims.toSpliced(axis + 1, 0, 1);
  const ends = open.map((_, i) => (i === axis + 1 ? step - 1 : 0));
  const padded = b.op.Pad([reshape(b, x, open), b.ints([...open.map(() => 0), ...ends])]);
  return reshape(b, padded, x.dims.with(axis, x.dims[axis]! * step));
}

/** Pads in reverse: what was added is cut off, what was cropped comes back as zeros. */
const pad: Rule = ({ b, node, grad, inputs: [x, pads, , axes] }) => {
  if (stringAttribute(node, 'mode', 'constant') !== 'constant') {
    throw new Error(`gradient: ${describe(node)}: mode must be constant, got ${stringAttribute(node, 'mode', '')}`);
  }
  const back = () => {
    const given = integers(b.constantOf(pads)!);
    const some = axes ? integers(b.constantOf(axes)!) : [...x.dims.keys()];
    const all = new Array<number>(2 * x.dims.length).fill(0);
    for (const [i, axis] of some.entries()) {
      const at = (axis + x.dims.length) % x.dims.length;
      all[at] = -given[i]!;
      all[at + x.dims.length] = -given[i + some.length]!;
    }
    return b.op.Pad([grad, b.ints(all)]);
  };
  return [back, null, () => padding(b, grad, back())];
};

/** Gradient of the constant that was padded with: all that did not come from x. */
const padding = (b: GraphBuilder, grad: Value, inner: Value): Value =>
  b.op.Sub([b.op.ReduceSum([grad], { keepdims: 0 }), b.op.ReduceSum([inner], { keepdims: 0 })]);

/** Adds every row of the gradient to the row it was taken from; repeated indices accumulate. */
const gather: Rule = (context) => {
  const { b, grad, inputs: [x, indices] } = context; // prettier-ignore
  const axis = axisOf(context);
  return [
    () => {
      const count = sizeOf(indices.dims);
      const rows = x.dims.with(axis, count);
      const places = reshape(
        b,
        indices,
        x.dims.map((_, i) => (i === axis ? count : 1)),
      );
      const inputs = [zerosLike(b, x), b.op.Expand([places, b.ints(rows)]), reshape(b, grad, rows)];
      return b.op.ScatterElements(inputs, { axis, reduction: 'add' });
    },
    null,
  ];
};

export const SELECTION: Rules = { Concat: concat, Gather: gather, Pad: pad, Slice: slice, Split: split };
