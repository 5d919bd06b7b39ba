import { integers, sizeOf } from '../../tensor/tensor.js';
import type { Node, Value } from '../../onnx/graph.js';
import { intAttribute, intsAttribute, VIRTUAL } from '../../onnx/graph.js';
import { interleave } from './columns.js';
import { convolution, inputGradient } from './convolution.js';
import type { Blocked, Dims4, Layouts, Phases } from './layout.js';
import { weightGradient } from './weight-gradient.js';
import { windowOf } from './window.js';

/** Node (its inputs' dims given) → true when it was emitted in the blocked layout, false to leave it to the standard one. */
export type BlockedRule = (l: Layouts, node: Node, dims: (name: string) => readonly number[]) => boolean;

const conv: BlockedRule = (l, node, dims) => {
  const [x, w, bias] = node.inputs as [string, string, string | undefined];
  const out = dims(node.outputs[0]!);
  const window = windowOf(node, dims(w));
  const isNarrow = dims(x)[1]! < l.block && !l.isBlocked(x);
  const fits = l.fits(out) && (isNarrow ? dims(x)[0]! % l.block === 0 : l.fits(dims(x)));
  if (!window || !fits) return false;
  const source = isNarrow ? l.narrow(x) : l.blocked(x);
  const y = convolution(l, source, l.standard(w), bias ? l.standard(bias) : null, window, out as Dims4);
  l.setBlocked(node.outputs[0]!, y, out as Dims4);
  return true;
};

const convInputGrad: BlockedRule = (l, node, dims) => {
  const [dy, w] = node.inputs as [string, string];
  const out = dims(node.outputs[0]!);
  const window = windowOf(node, dims(w));
  if (!window || !l.fits(out) || !l.fits(dims(dy))) return false;
  const phases = inputGradient(l, l.blocked(dy), l.standard(w), window, out);
  if (!phases) return false;
  const whole = phases.length === 1 ? phases[0]![0] : undefined;
  if (whole) l.setBlocked(node.outputs[0]!, whole.value, out);
  else l.setPhased(node.outputs[0]!, phases, (split) => interleave(l, split));
  return true;
};

const convWeightGrad: BlockedRule = (l, node, dims) => {
  const [x, dy] = node.inputs as [string, string];
  const window = windowOf(node, intsAttribute(node, 'shape')!);
  const isNarrow = dims(x)[1]! < l.block && !l.isBlocked(x);
  if (!window || !l.fits(dims(dy)) || !(isNarrow || l.fits(dims(x)))) return false;
  const dw = weightGradient(l, isNarrow ? l.narrow(x) : l.blocked(x), l.blocked(dy), window);
  if (!dw) return false;
  l.setStandard(node.outputs[0]!, dw);
  return true;
};

/** y > 0 as 0 or 1, exactly: HardSigmoid(10³⁸·y) saturates for every normal y. */
const reluGrad: BlockedRule = (l, node, dims) => {
  const [dy, y] = node.inputs as [string, string];
  if (!l.isBlocked(y) || !l.fits(dims(dy))) return false;
  const mask = l.b.op.HardSigmoid([l.blocked(y).value], { alpha: 1e38, beta: 0 });
  l.setBlocked(node.outputs[0]!, l.b.op.Mul([l.blocked(dy).value, mask]), dims(y) as Dims4);
  return true;
};

/** Elementwise ops do not care about the order in memory. */
const unary: BlockedRule = (l, node, dims) => {
  const x = node.inputs[0]!;
  if (!l.isBlocked(x)) return false;
  const [y] = l.b.add({ ...node, name: l.b.unique(node.op), inputs: [l.blocked(x).value.name], outputs: [l.b.unique(node.op)] });
  l.setBlocked(node.outputs[0]!, y!, dims(x) as Dims4);
  return true;
};

const binary: BlockedRule = (l, node, dims) => {
  const [a, b] = node.inputs as [string, string];
  const out = dims(node.outputs[0]!);
  if (!(l.isBlocked(a) || l.isBlocked(b)) || !l.fits(out)) return false;
  if (node.op === 'Add' && addPhases(l, a, b, node.outputs[0]!)) return true;
  const operands = [a, b].map((name) => operand(l, name, dims(name), out));
  if (operands.some((value) => value === undefined)) return false;
  const [y] = l.b.node(node.op, operands as Value[]);
  l.setBlocked(node.outputs[0]!, y!, out);
  return true;
};

/** An operand of an elementwise op with result `out`: the same dims, or a single number. */
function operand(l: Layouts, name: string, dims: readonly number[], out: Dims4): Value | undefined {
  if (sizeOf(dims) === 1) return l.reshape(l.standard(name), [1]);
  return dims.join() === out.join() ? l.blocked(name).value : undefined;
}

/** Two gradients that are still split into phases are added phase by phase: what is zero costs nothing. */
function addPhases(l: Layouts, a: string, b: string, out: string): boolean {
  const [p, q] = [l.phased(a), l.phased(b)];
  if (!p || !q || p.length !== q.length) return false;
  const add = (x: Blocked | null, y: Blocked | null): Blocked | null =>
    x && y ? l.make(l.b.op.Add([x.value, y.value]), x.dims) : (x ?? y);
  const sum: Phases = p.map((row, i) => row.map((x, j) => add(x, q[i]![j]!)));
  l.setPhased(out, sum, (split) => interleave(l, split));
  return true;
}

/** A reduction over the pixels of each sample and channel: [N/B, C/B, HW, B·B] → [N, C, 1, 1], in the standard layout. */
function overPixels(l: Layouts, x: Blocked, reduce: (rows: Value) => Value): Value {
  const [n, c, h, w] = x.dims;
  const { b, block } = l;
  const reduced = reduce(l.reshape(x.value, [n / block, c / block, h * w, block * block]));
  const turned = b.op.Transpose([l.reshape(reduced, [n / block, c / block, block, block])], { perm: [0, 2, 1, 3] });
  return l.reshape(turned, [n, c, 1, 1]);
}

/** ReduceSum over the pixels and perhaps samples or channels: first the pixels of each, then the few sums. */
const reduceSum: BlockedRule = (l, node, dims) => {
  const [x, axesName] = node.inputs as [string, string | undefined];
  const constant = axesName ? l.constant(axesName) : undefined;
  if (!l.isBlocked(x) || (axesName && !constant) || intAttribute(node, 'noop_with_empty_axes', 0) === 1) return false;
  const axes = constant ? integers(constant).map((axis) => (axis + 4) % 4) : [0, 1, 2, 3];
  if (!axes.includes(2) || !axes.includes(3)) return false;
  const { b } = l;
  const sums = overPixels(l, l.blocked(x), (rows) => b.op.ReduceSum([rows, b.ints([2])], { keepdims: 0 }));
  const rest = axes.filter((axis) => axis < 2);
  const total = rest.length === 0 ? sums : b.op.ReduceSum([sums, b.ints(rest)], { keepdims: 1 });
  l.setStandard(node.outputs[0]!, l.reshape(total, dims(node.outputs[0]!)));
  return true;
};

const globalAveragePool: BlockedRule = (l, node, dims) => {
  const x = node.inputs[0]!;
  if (!l.isBlocked(x)) return false;
  const mean = overPixels(l, l.blocked(x), (rows) => l.b.op.ReduceMean([rows], { axes: [2], keepdims: 0 }));
  l.setStandard(node.outputs[0]!, l.reshape(mean, dims(node.outputs[0]!)));
  return true;
};

const reduceMean: BlockedRule = (l, node, dims) => {
  const axes = (intsAttribute(node, 'axes') ?? []).map((axis) => (axis + 4) % 4);
  return dims(node.inputs[0]!).length === 4 && [...axes].sort().join('') === '23' && globalAveragePool(l, node, dims);
};

/** One number a sample and channel, spread over the pixels: what the global average pool's gradient needs. */
const expand: BlockedRule = (l, node, dims) => {
  const from = dims(node.inputs[0]!);
  const to = dims(node.outputs[0]!);
  if (!l.fits(to) || !l.fits(from) || from[2] !== 1 || from[3] !== 1 || from[0] !== to[0] || from[1] !== to[1]) return false;
  const [n, c, h, w] = to;
  const { b, block } = l;
  const row = l.reshape(l.blocked(node.inputs[0]!).value, [n / block, c / block, 1, block * block]);
  l.setBlocked(node.outputs[0]!, b.op.Expand([row, b.ints([n / block, c / block, h * w, block * block])]), to);
  return true;
};

/** Op (with its domain) → how to run it in the blocked layout. Whatever is not here, or says no, runs in the standard layout. */
export const BLOCKED_RULES: Readonly<Record<string, BlockedRule>> = {
  Conv: conv,
  [`${VIRTUAL}:ConvInputGrad`]: convInputGrad,
  [`${VIRTUAL}:ConvWeightGrad`]: convWeightGrad,
  [`${VIRTUAL}:ReluGrad`]: reluGrad,
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  GlobalAveragePool: globalAveragePool,
  Expand: expand,
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'Div'].map((op) => [op, binary])),
  ...Object.fromEntries(
    ['Relu', 'Neg', 'Exp', 'Sqrt', 'Sigmoid', 'Tanh', 'Abs', 'HardSigmoid', 'LeakyRelu', 'Identity'].map((op) => [op, unary]),
  ),
};
