import { intsAttribute, VIRTUAL } from '../../../onnx/graph.js';
import { convolution, inputGradient } from '../convolution.js';
import type { Dims4 } from '../layout.js';
import { interleave } from '../lines.js';
import type { BlockedRule, BlockedRules } from '../rule.js';
import { weightGradient } from '../weight-gradient.js';
import { windowOf } from '../window.js';

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

export const CONVOLUTION: BlockedRules = {
  Conv: conv,
  [`${VIRTUAL}:ConvInputGrad`]: convInputGrad,
  [`${VIRTUAL}:ConvWeightGrad`]: convWeightGrad,
};
