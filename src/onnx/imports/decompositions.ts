import { sizeOf } from '../../tensor/tensor.js';
import { codeOf } from '../element-types.js';
import { describe, floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../graph.js';
import type { Form } from './form-writer.js';
import { dimsOf, intsOf } from './form-writer.js';
import { cast } from './newer-forms.js';

/** γ·(x where x > 0, else α·(eˣ − 1)). */
const selu: Form = (write, node) => {
  const inner = write.op('Elu', node.inputs, { alpha: floatAttribute(node, 'alpha', 1.6732632) });
  write.last('Mul', [inner, write.number(floatAttribute(node, 'gamma', 1.050701))]);
};

/** max(0, x) + min(0, α·(e^(x/α) − 1)): α times the ELU of x/α. */
const celu: Form = (write, node) => {
  const alpha = write.number(floatAttribute(node, 'alpha', 1));
  write.last('Mul', [write.op('Elu', [write.op('Div', [node.inputs[0]!, alpha])], { alpha: 1 }), alpha]);
};

/** x/(1 + |x|). */
const softsign: Form = (write, { inputs: [x] }) => write.last('Div', [x!, write.op('Add', [write.op('Abs', [x!]), write.number(1)])]);

/** x where x > α, else 0. */
const thresholdedRelu: Form = (write, node) => {
  const x = node.inputs[0]!;
  const above = write.op('Greater', [x, write.number(floatAttribute(node, 'alpha', 1))]);
  write.last('Where', [above, x, write.number(0)]);
};

/** Sum and Mean of any number of tensors. */
const sum: Form = (write, { inputs }) =>
  inputs.length === 1
    ? write.last('Identity', inputs)
    : write.last('Add', [inputs.slice(0, -1).reduce((a, b) => write.op('Add', [a, b])), inputs.at(-1)!]);

const mean: Form = (write, { inputs }) =>
  write.last('Mul', [inputs.reduce((a, b) => write.op('Add', [a, b])), write.number(1 / inputs.length)]);

/** x/‖x‖ₚ along an axis. */
const lpNormalization: Form = (write, node) => {
  const op = intAttribute(node, 'p', 2) === 1 ? 'ReduceL1' : 'ReduceL2';
  write.last('Div', [node.inputs[0]!, write.op(op, node.inputs, { axes: [intAttribute(node, 'axis', -1)] })]);
};

/** ln Σ x and, as max + ln Σ e^(x − max), ln Σ eˣ. Axes are an input from opset 18 on. */
const reduceLog =
  (exponential: boolean): Form =>
  (write, node, place) => {
    const axes = intsAttribute(node, 'axes') ?? intsOf(node, 1, 'axes', place);
    const [x, along] = [node.inputs[0]!, axes ? [write.ints(axes)] : []];
    const top = exponential ? write.op('ReduceMax', [x], axes ? { axes } : {}) : undefined;
    const terms = top === undefined ? x : write.op('Exp', [write.op('Sub', [x, top])]);
    const log = write.op('Log', [write.op('ReduceSum', [terms, ...along])]);
    const whole = top === undefined ? log : write.op('Add', [log, top]);
    if (intAttribute(node, 'keepdims', 1) === 1) write.last('Identity', [whole]);
    else write.last('Squeeze', [whole, ...along]);
  };

/** Channels become pixels, b×b of them: [N, b, b, C', H, W] (DCR) or [N, C', b, b, H, W] (CRD) → [N, C', H·b, W·b]. */
const depthToSpace: Form = (write, node, place) => {
  const [n, c, h, w] = dimsOf(node, 0, place) as [number, number, number, number];
  const b = intAttribute(node, 'blocksize', 1);
  const deep = stringAttribute(node, 'mode', 'DCR') === 'DCR';
  const out = c / (b * b);
  const cut = write.op('Reshape', [node.inputs[0]!, write.ints(deep ? [n, b, b, out, h, w] : [n, out, b, b, h, w])]);
  const moved = write.op('Transpose', [cut], { perm: deep ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3] });
  write.last('Reshape', [moved, write.ints([n, out, h * b, w * b])]);
};

/** Pixels become channels: [N, C, H/b, b, W/b, b] → [N, b, b, C, H/b, W/b]. */
const spaceToDepth: Form = (write, node, place) => {
  const [n, c, h, w] = dimsOf(node, 0, place) as [number, number, number, number];
  const b = intAttribute(node, 'blocksize', 1);
  const cut = write.op('Reshape', [node.inputs[0]!, write.ints([n, c, h / b, b, w / b, b])]);
  write.last('Reshape', [write.op('Transpose', [cut], { perm: [0, 3, 5, 1, 2, 4] }), write.ints([n, c * b * b, h / b, w / b])]);
};

/** x/(bias + α/size·Σ x²)^β, the sum over `size` neighbouring channels: an average pooling over the channels as rows. */
const lrn: Form = (write, node, place) => {
  const x = node.inputs[0]!;
  const dims = dimsOf(node, 0, place);
  const size = intAttribute(node, 'size', 1);
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const rows = write.op('Reshape', [write.op('Mul', [x, x]), write.ints([dims[0]!, 1, dims[1]!, sizeOf(dims.slice(2))])]);
  const pool = { kernel_shape: [size, 1], pads: [before, 0, after, 0], strides: [1, 1], count_include_pad: 1 };
  const means = write.op('Reshape', [write.op('AveragePool', [rows], pool), write.ints(dims)]);
  const scaled = write.op('Add', [
    write.op('Mul', [means, write.number(floatAttribute(node, 'alpha', 1e-4))]),
    write.number(floatAttribute(node, 'bias', 1)),
  ]);
  write.last('Div', [x, write.op('Pow', [scaled, write.number(floatAttribute(node, 'beta', 0.75))])]);
};

/** To the type of another value. */
const castLike: Form = (write, node, { value }) => {
  const [x, like] = node.inputs as [string, string];
  const type = value(like)?.type;
  if (!type) throw new Error(`${describe(node)}: the type of ${like} must be known, got none`);
  if (value(x)?.type === type) write.last('Identity', [x]);
  else write.last('Cast', [x], { to: codeOf(type) });
};

/** Ops without a gradient rule of their own, by ops that have one: any operator set. */
export const DECOMPOSED: Readonly<Record<string, Form>> = {
  Cast: cast,
  CastLike: castLike,
  Celu: celu,
  DepthToSpace: depthToSpace,
  LRN: lrn,
  LpNormalization: lpNormalization,
  Mean: mean,
  ReduceLogSum: reduceLog(false),
  ReduceLogSumExp: reduceLog(true),
  Selu: selu,
  Softsign: softsign,
  SpaceToDepth: spaceToDepth,
  Sum: sum,
  ThresholdedRelu: thresholdedRelu,
};
