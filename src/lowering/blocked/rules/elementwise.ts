import { sizeOf } from '../../../tensor/tensor.js';
import type { Node, Value } from '../../../onnx/graph.js';
import { CONTRIB, ruleKey, VIRTUAL } from '../../../onnx/graph.js';
import type { Blocked, Dims4, Phases } from '../blocked.js';
import type { Layouts } from '../layouts.js';
import { interleave } from '../lines.js';
import { perChannel } from '../per-channel.js';
import type { BlockedRule, BlockedRules } from '../rule.js';

/** y > 0 as 0 or 1, exactly: HardSigmoid(10³⁸·y) saturates for every normal y. */
const reluGrad: BlockedRule = (l, node, dims) => {
  const [dy, y] = node.inputs as [string, string];
  if (!l.isBlocked(y) || !l.fits(dims(dy))) return false;
  const gradient = l.blocked(dy);
  const mask = l.b.op.HardSigmoid([l.blocked(y).value], { alpha: 1e38, beta: 0 });
  l.setBlocked(node.outputs[0]!, l.make(l.b.op.Mul([gradient.value, mask]), gradient.dims, gradient.blank));
  return true;
};

/** Elementwise ops do not care about the order in memory. The value of each: whether f(0) = 0, and whether padding may be anything. */
const UNARY: Readonly<Record<string, { readonly zero: boolean; readonly total: boolean }>> = {
  ...Object.fromEntries(
    ['Relu', 'Neg', 'Tanh', 'Abs', 'LeakyRelu', 'Identity', 'Elu', 'Erf', 'HardSwish', 'Sign', 'Sin', `${CONTRIB}:Gelu`].map((op) => [
      op,
      { zero: true, total: true },
    ]),
  ),
  ...Object.fromEntries(['Sigmoid', 'HardSigmoid', 'Softplus', 'Cos'].map((op) => [op, { zero: false, total: true }])),
  Exp: { zero: false, total: false },
  Sqrt: { zero: true, total: false },
};

const unary: BlockedRule = (l, node) => {
  const name = node.inputs[0]!;
  const { zero, total } = UNARY[ruleKey(node)]!;
  if (!l.isBlocked(name)) return false;
  const x = l.blocked(name);
  if (!total && !x.blank) return false;
  const [y] = l.b.add({ ...node, name: l.b.unique(node.op), inputs: [x.value.name], outputs: [l.b.unique(node.op)] });
  l.setBlocked(node.outputs[0]!, l.make(y!, x.dims, zero && x.blank));
  return true;
};

/** Bounds are single numbers. f(0) = 0 is not asked for: padding may become a bound. */
const clip: BlockedRule = (l, node) => {
  const [name, ...bounds] = node.inputs as [string, ...string[]];
  if (!l.isBlocked(name)) return false;
  const x = l.blocked(name);
  const [y] = l.b.node('Clip', [x.value, ...bounds.map((bound) => (bound === '' ? null : l.standard(bound)))]);
  l.setBlocked(node.outputs[0]!, l.make(y!, x.dims, false));
  return true;
};

const binary: BlockedRule = (l, node, dims) => {
  const [a, b] = node.inputs as [string, string];
  const out = dims(node.outputs[0]!);
  if (!(l.isBlocked(a) || l.isBlocked(b)) || !l.fits(out)) return false;
  if (node.op === 'Add' && addPhases(l, a, b, node.outputs[0]!)) return true;
  if (perChannel(l, node, dims)) return true;
  // padding divided by padding is not a number
  if (node.op === 'Div' && sizeOf(dims(b)) > 1 && !l.fills(out)) return false;
  const [p, q] = [operand(l, a, dims(a), out), operand(l, b, dims(b), out)];
  if (!p || !q) return false;
  const [y] = l.b.node(node.op, [p.value, q.value]);
  l.setBlocked(node.outputs[0]!, l.make(y!, out, staysBlank(node, p, q)));
  return true;
};

interface Operand {
  readonly value: Value;
  /** Undefined for a single number. */
  readonly blank: boolean | undefined;
}

/** An operand of an elementwise op with result `out`: the same dims, or a single number. */
function operand(l: Layouts, name: string, dims: readonly number[], out: Dims4): Operand | undefined {
  if (sizeOf(dims) === 1) return { value: l.reshape(l.standard(name), [1]), blank: undefined };
  return dims.join() === out.join() ? l.blocked(name) : undefined;
}

/** A product is zero where one factor is, a quotient where its numerator is, a sum where both are. */
function staysBlank({ op }: Node, p: Operand, q: Operand): boolean {
  if (op === 'Mul') return p.blank === true || q.blank === true;
  if (op === 'Div') return p.blank === true;
  return p.blank === true && q.blank === true;
}

/** Two gradients that are still split into phases are added phase by phase: what is zero costs nothing. */
function addPhases(l: Layouts, a: string, b: string, out: string): boolean {
  const [p, q] = [l.phased(a), l.phased(b)];
  if (!p || !q || p.length !== q.length) return false;
  const add = (x: Blocked | null, y: Blocked | null): Blocked | null =>
    x && y ? l.make(l.b.op.Add([x.value, y.value]), x.dims, x.blank && y.blank) : (x ?? y);
  const sum: Phases = p.map((row, i) => row.map((x, j) => add(x, q[i]![j]!)));
  l.setPhased(out, sum, (split) => interleave(l, split));
  return true;
}

export const ELEMENTWISE: BlockedRules = {
  [`${VIRTUAL}:ReluGrad`]: reluGrad,
  Clip: clip,
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'Div'].map((op) => [op, binary])),
  ...Object.fromEntries(Object.keys(UNARY).map((op) => [op, unary])),
};
