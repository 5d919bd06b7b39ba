import { sizeOf } from '../../../tensor/tensor.js';
import type { Value } from '../../../onnx/graph.js';
import { VIRTUAL } from '../../../onnx/graph.js';
import type { Blocked, Dims4, Layouts, Phases } from '../layout.js';
import { interleave } from '../lines.js';
import { perChannel } from '../per-channel.js';
import type { BlockedRule, BlockedRules } from '../rule.js';

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
  if (perChannel(l, node, dims)) return true;
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

const UNARY = ['Relu', 'Neg', 'Exp', 'Sqrt', 'Sigmoid', 'Tanh', 'Abs', 'HardSigmoid', 'LeakyRelu', 'Identity'];

export const ELEMENTWISE: BlockedRules = {
  [`${VIRTUAL}:ReluGrad`]: reluGrad,
  ...Object.fromEntries(['Add', 'Sub', 'Mul', 'Div'].map((op) => [op, binary])),
  ...Object.fromEntries(UNARY.map((op) => [op, unary])),
};
