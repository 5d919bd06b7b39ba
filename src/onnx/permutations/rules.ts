import type { Tensor } from '../../tensor/tensor.js';
import { integers } from '../../tensor/tensor.js';
import type { Node, Value } from '../graph.js';
import { intAttribute, intsAttribute } from '../graph.js';
import type { Axis } from './factors.js';
import { dealt, free, pin, pinned, tie, Unaligned } from './factors.js';

/** One input or output of a node: its shape and, axis by axis, its factors. */
export interface Laid extends Pick<Value, 'dims'> {
  readonly axes: readonly Axis[];
}

/**
 * Ties and pins the inputs' axes so that the op commutes with permutations of what is left free, and says which axes its outputs have.
 * Inputs are null where omitted.
 */
export type Rule = (
  node: Node,
  inputs: readonly (Laid | null)[],
  outputs: readonly Pick<Value, 'dims'>[],
  constant: (input: number) => Tensor | undefined,
) => readonly (readonly Axis[])[];

/** Broadcasts from the right: what is not stretched must be permuted alike. */
const elementwise: Rule = (_, inputs, [out]) => {
  const rank = out!.dims.length;
  return [
    out!.dims.map((_, i) => {
      const present = inputs.flatMap((input) => {
        const axis = input && i - rank + input.dims.length;
        return input && axis! >= 0 && input.dims[axis!]! > 1 ? [input.axes[axis!]!] : [];
      });
      for (const axis of present.slice(1)) tie(present[0]!, axis);
      return present[0] ?? [];
    }),
  ];
};
const unary: Rule = (_, [x]) => [x!.axes];

/** Channels may change places; the plane may not. */
const pooling: Rule = (_, [x], [out]) => {
  for (const axis of x!.axes.slice(2)) pin(axis);
  return [[...x!.axes.slice(0, 2), ...out!.dims.slice(2).map(pinned)]];
};

const convolution: Rule = (node, [x, w, bias], [out]) => {
  const groups = intAttribute(node, 'group', 1);
  const depthwise = groups > 1 && groups === x!.dims[1] && groups === w!.dims[0];
  if (groups > 1 && !depthwise) throw new Unaligned(`${groups} groups of channels`);
  for (const axis of [...x!.axes.slice(2), ...w!.axes.slice(2)]) pin(axis);
  tie(x!.axes[1]!, w!.axes[depthwise ? 0 : 1]!);
  if (bias) tie(w!.axes[0]!, bias.axes[0]!);
  return [[x!.axes[0]!, w!.axes[0]!, ...out!.dims.slice(2).map(pinned)]];
};

/** Scale, shift and statistics go with the channels; they are inputs 1 and up. */
const perChannel: Rule = (node, [x, ...others]) => {
  for (const other of others) if (other) tie(x!.axes[1]!, other.axes[0]!);
  return node.outputs.map((_, k) => (k === 0 ? x!.axes : [x!.axes[1]!]));
};

const layerNormalization: Rule = (_, [x, ...others], outputs) => {
  for (const other of others) for (const [k, axis] of (other?.axes ?? []).entries()) tie(x!.axes.at(k - other!.axes.length)!, axis);
  const reduced = (dims: readonly number[]) => dims.map((dim, k) => (dim === 1 ? [] : x!.axes[k]!));
  return outputs.map(({ dims }, k) => (k === 0 ? x!.axes : reduced(dims)));
};

/** The contracted axes are tied; batch axes broadcast. */
function product(a: readonly Axis[], b: readonly Axis[]): Axis[] {
  tie(a.at(-1)!, b.at(-2)!);
  const rank = Math.max(a.length, b.length);
  const batch = Array.from({ length: rank - 2 }, (_, i): Axis => {
    const present = [a[i - rank + a.length], b[i - rank + b.length]].filter((axis) => axis !== undefined && axis.length > 0) as Axis[];
    if (present.length === 2) tie(present[0]!, present[1]!);
    return present[0] ?? [];
  });
  return [...batch, a.at(-2)!, b.at(-1)!];
}

const gemm: Rule = (node, [a, b, c], [out]) => {
  const turned = (laid: Laid, key: string) => (intAttribute(node, key, 0) === 1 ? laid.axes.toReversed() : laid.axes);
  const axes = product(turned(a!, 'transA'), turned(b!, 'transB'));
  return elementwise(node, [{ dims: out!.dims, axes }, c ?? null], [out!], () => undefined);
};

const reshape: Rule = (_, [x], [out]) => [dealt(x!.axes, out!.dims)];

const transpose: Rule = (node, [x]) => {
  const order = intsAttribute(node, 'perm') ?? x!.axes.map((_, i) => x!.axes.length - 1 - i);
  return [order.map((i) => x!.axes[i]!)];
};

/** A sum or a maximum does not mind the order of what it takes in. */
const reduction: Rule = (node, [x], [out], constant) => {
  const given = intsAttribute(node, 'axes') ?? (constant(1) ? integers(constant(1)!) : []);
  const axes = (given.length === 0 ? x!.dims.map((_, i) => i) : given).map((i) => (i + x!.dims.length) % x!.dims.length);
  if (out!.dims.length === x!.dims.length) return [x!.axes.map((axis, i) => (axes.includes(i) ? [] : axis))];
  return [x!.axes.filter((_, i) => !axes.includes(i))];
};

const expand: Rule = (_, [x], [out]) => {
  const offset = out!.dims.length - x!.dims.length;
  return [out!.dims.map((dim, i) => (i >= offset && x!.dims[i - offset]! > 1 ? x!.axes[i - offset]! : free(dim)))];
};

/** Ops that tell places on an axis apart pin it: `touched` says which. */
const alongAxes =
  (touched: (node: Node, rank: number, constant: (input: number) => Tensor | undefined) => readonly number[]): Rule =>
  (node, inputs, outputs, constant) => {
    const rank = inputs[0]!.dims.length;
    const axes = touched(node, rank, constant).map((axis) => (axis + rank) % rank);
    const data = node.op === 'Concat' ? (inputs as readonly Laid[]) : [inputs[0]!];
    for (const { axes: own } of data) for (const axis of axes) pin(own[axis]!);
    return outputs.map(({ dims }) =>
      dims.map((dim, i) => {
        if (axes.includes(i)) return pinned(dim);
        for (const other of data.slice(1)) tie(data[0]!.axes[i]!, other.axes[i]!);
        return data[0]!.axes[i]!;
      }),
    );
  };
const named = alongAxes((node) => [intAttribute(node, 'axis', 0)]);
const listed = (input: number) =>
  alongAxes((node, rank, constant) => intsAttribute(node, 'axes') ?? (constant(input) ? integers(constant(input)!) : all(rank)));
const all = (rank: number) => Array.from({ length: rank }, (_, i) => i);
const padding = alongAxes((node, rank, constant) => {
  const pads = intsAttribute(node, 'pads') ?? (constant(1) ? integers(constant(1)!) : undefined);
  return pads ? all(rank).filter((i) => pads[i] !== 0 || pads[i + rank] !== 0) : all(rank);
});

/** By constant places along one axis; a single place drops the axis. */
const gather: Rule = (node, [x, indices]) => {
  const axis = (intAttribute(node, 'axis', 0) + x!.dims.length) % x!.dims.length;
  pin(x!.axes[axis]!);
  return [[...x!.axes.slice(0, axis), ...indices!.dims.map(pinned), ...x!.axes.slice(axis + 1)]];
};

const each = (rule: Rule, ...ops: readonly string[]) => ops.map((op) => [op, rule] as const);

/** Standard op → rule. What is not here is refused. */
export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...each(elementwise, 'Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Where', 'Equal', 'Greater', 'Less'),
  ...each(unary, 'Abs', 'Cast', 'Clip', 'Erf', 'Exp', 'HardSigmoid', 'Identity', 'LeakyRelu', 'Log', 'LogSoftmax', 'Neg', 'Not'),
  ...each(unary, 'Dropout', 'Elu', 'HardSwish', 'Softplus', 'Reciprocal', 'Relu', 'Sigmoid', 'Sign', 'Softmax', 'Sqrt', 'Tanh'),
  ...each(pooling, 'AveragePool', 'MaxPool', 'GlobalAveragePool', 'GlobalMaxPool'),
  ...each(perChannel, 'BatchNormalization', 'InstanceNormalization'),
  ...each(reshape, 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze'),
  ...each(reduction, 'ReduceMax', 'ReduceMean', 'ReduceSum', 'ReduceSumSquare'),
  ...each(named, 'Concat', 'Split'),
  ['Conv', convolution],
  ['LayerNormalization', layerNormalization],
  ['Gemm', gemm],
  ['MatMul', (_, [a, b]) => [product(a!.axes, b!.axes)]],
  ['Transpose', transpose],
  ['Expand', expand],
  ['Slice', listed(3)],
  ['Pad', padding],
  ['Gather', gather],
]);
