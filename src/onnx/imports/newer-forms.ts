import type { Attribute } from '../graph.js';
import { describe, floatAttribute, intAttribute, stringAttribute } from '../graph.js';
import { typeOf } from '../element-types.js';
import { float32, int64 } from '../../tensor/tensor.js';
import type { Form } from './form-writer.js';
import { attributesWithout, dimsOf, intsOf } from './form-writer.js';

/** ½·x·(1 + erf(x/√2)), or with tanh: ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). */
const gelu: Form = (write, node) => {
  const x = node.inputs[0]!;
  const half = write.number(0.5);
  const bent = () => {
    if (stringAttribute(node, 'approximate', 'none') === 'none') return write.op('Erf', [write.op('Mul', [x, write.number(Math.SQRT1_2)])]);
    const cube = write.op('Mul', [write.op('Mul', [write.op('Mul', [x, x]), x]), write.number(0.044715)]);
    return write.op('Tanh', [write.op('Mul', [write.op('Add', [x, cube]), write.number(Math.sqrt(2 / Math.PI))])]);
  };
  write.last('Mul', [write.op('Mul', [x, write.op('Add', [bent(), write.number(1)])]), half]);
};

/** x·tanh(ln(1 + eˣ)). */
const mish: Form = (write, { inputs: [x] }) => write.last('Mul', [x!, write.op('Tanh', [write.op('Softplus', [x!])])]);

/** x·σ(αx). */
const swish: Form = (write, node) => {
  const x = node.inputs[0]!;
  const alpha = floatAttribute(node, 'alpha', 1);
  write.last('Mul', [x, write.op('Sigmoid', [alpha === 1 ? x : write.op('Mul', [x, write.number(alpha)])])]);
};

/** x/√(mean(x²) + ε)·scale over the axes from `axis` on. */
const rmsNormalization: Form = (write, node, place) => {
  const [x, scale] = node.inputs as [string, string];
  const rank = dimsOf(node, 0, place).length;
  const first = intAttribute(node, 'axis', -1);
  const axes = Array.from({ length: first < 0 ? -first : rank - first }, (_, i) => i - (first < 0 ? -first : rank - first));
  const square = write.op('ReduceMean', [write.op('Mul', [x, x])], { axes });
  const root = write.op('Sqrt', [write.op('Add', [square, write.number(floatAttribute(node, 'epsilon', 1e-5))])]);
  write.last('Mul', [write.op('Div', [x, root]), scale]);
};

/** Groups of channels as the channels of an InstanceNormalization; scale and bias have one number a group until opset 20, a channel from 21 on. */
const groupNormalization: Form = (write, node, place) => {
  const [x, scale, bias] = node.inputs as [string, string, string];
  const groups = intAttribute(node, 'num_groups', 0);
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const shape = write.op('Shape', [x]);
  const rows = write.op('Reshape', [x, write.ints([0, groups, -1])]);
  if (place.opset < 21) return write.last('Reshape', [write.op('InstanceNormalization', [rows, scale, bias], { epsilon }), shape]);
  const channels = dimsOf(node, 1, place)[0]!;
  const [ones, zeros] = [1, 0].map((value) => write.constant(float32([groups], new Float32Array(groups).fill(value))));
  const unit = write.op('InstanceNormalization', [rows, ones!, zeros!], { epsilon });
  const planes = write.op('Reshape', [unit, write.ints([0, channels, -1])]);
  const column = write.constant(int64([channels, 1]));
  const [gamma, beta] = [scale, bias].map((name) => write.op('Reshape', [name, column]));
  write.last('Reshape', [write.op('Add', [write.op('Mul', [planes, gamma!]), beta!]), shape]);
};

/** Axes became an input in opset 18; in 17 they are an attribute. */
const reduction: Form = (write, node, place) => {
  const axes = intsOf(node, 1, 'axes', place) ?? [];
  if (axes.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 1) return write.last('Identity', [node.inputs[0]!]);
  const attributes = attributesWithout(node, ['noop_with_empty_axes']);
  const own = axes.length > 0 ? { axes: { kind: 'ints', value: axes } satisfies Attribute } : {};
  write.nodes.push({ ...node, inputs: [node.inputs[0]!], attributes: { ...attributes, ...own } });
};

/** Pads of some axes as pads of all. */
const pad: Form = (write, node, place) => {
  const axes = intsOf(node, 3, 'axes', place);
  if (!axes) return write.same(node.inputs);
  const pads = intsOf(node, 1, 'pads', place)!;
  const rank = dimsOf(node, 0, place).length;
  const all = new Array<number>(2 * rank).fill(0);
  for (const [i, axis] of axes.entries()) {
    const at = (axis + rank) % rank;
    [all[at], all[at + rank]] = [pads[i]!, pads[i + axes.length]!];
  }
  write.same([node.inputs[0]!, write.ints(all), ...node.inputs.slice(2, 3)]);
};

const without =
  (...names: readonly string[]): Form =>
  (write, { inputs }) =>
    write.same(inputs, { without: names });

/** One scale a tensor or a channel; those of blocks along an axis (opset 21) stay what they are, and opset 17 has none. */
const quantization: Form = (write, node) => {
  const blocks = intAttribute(node, 'block_size', 0);
  if (blocks !== 0) throw new Error(`${describe(node)}: block_size must be 0, got ${blocks}`);
  write.same(node.inputs, { without: ['block_size', 'output_dtype', 'precision', 'saturate'] });
};

/** To the type that it has already: nothing. `saturate` is about 8-bit floats. */
export const cast: Form = (write, node, place) => {
  const [x] = node.inputs as [string];
  if (place.value(x)?.type === typeOf(intAttribute(node, 'to', 0))) write.last('Identity', [x]);
  else write.same(node.inputs, { without: ['saturate'] });
};

const REDUCTIONS = ['L1', 'L2', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];

/** Forms that came after opset 17. */
export const NEWER: Readonly<Record<string, Form>> = {
  Cast: cast,
  DequantizeLinear: quantization,
  Gelu: gelu,
  GroupNormalization: groupNormalization,
  Mish: mish,
  Pad: pad,
  QuantizeLinear: quantization,
  RMSNormalization: rmsNormalization,
  Split: without('num_outputs'),
  Swish: swish,
  ...Object.fromEntries(REDUCTIONS.map((name) => [`Reduce${name}`, reduction])),
};
