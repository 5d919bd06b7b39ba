import type { Node } from '../../../onnx/graph.js';
import { intAttribute, intsAttribute, VIRTUAL } from '../../../onnx/graph.js';
import { convolution, inputGradient } from '../convolution.js';
import { depthwiseWeightGradient } from '../depthwise.js';
import { filtersOf } from '../filters.js';
import type { Dims4 } from '../blocked.js';
import type { Layouts } from '../layouts.js';
import { interleave } from '../lines.js';
import type { BlockedRule, BlockedRules } from '../rule.js';
import { weightGradient } from '../weight-gradient.js';
import { windowOf } from '../window.js';

type Groups = 'one' | 'depthwise' | 'blocks';

/** How a convolution's channels are connected; undefined when groups do not fill blocks. */
function groupsOf(l: Layouts, node: Node, [k, c]: readonly number[]): Groups | undefined {
  const group = intAttribute(node, 'group', 1);
  if (group === 1) return 'one';
  if (c === 1 && k === group) return 'depthwise';
  return c! % l.block === 0 && (k! / group) % l.block === 0 ? 'blocks' : undefined;
}

const conv: BlockedRule = (l, node, dims) => {
  const [x, w, bias] = node.inputs as [string, string, string | undefined];
  const out = dims(node.outputs[0]!);
  const window = windowOf(node, dims(w));
  const groups = groupsOf(l, node, dims(w));
  const isNarrow = groups === 'one' && dims(x)[1]! < l.block && !l.isBlocked(x);
  const fits = l.fits(out) && (isNarrow || l.fits(dims(x)));
  if (!window || !groups || !fits) return false;
  const source = isNarrow ? l.narrow(x) : l.blocked(x);
  const filters = filtersOf(l, l.standard(w), intAttribute(node, 'group', 1), isNarrow);
  const y = convolution(l, source, filters, bias ? l.standard(bias) : null, window, out as Dims4);
  l.setBlocked(node.outputs[0]!, y);
  return true;
};

const convInputGrad: BlockedRule = (l, node, dims) => {
  const [dy, w] = node.inputs as [string, string];
  const out = dims(node.outputs[0]!);
  const window = windowOf(node, dims(w));
  if (!window || !groupsOf(l, node, dims(w)) || !l.fits(out) || !l.fits(dims(dy))) return false;
  const phases = inputGradient(l, l.blocked(dy), filtersOf(l, l.standard(w), intAttribute(node, 'group', 1)), window, out);
  if (!phases) return false;
  l.setPhased(node.outputs[0]!, phases, (split) => interleave(l, split));
  return true;
};

const convWeightGrad: BlockedRule = (l, node, dims) => {
  const [x, dy] = node.inputs as [string, string];
  const shape = intsAttribute(node, 'shape')!;
  const window = windowOf(node, shape);
  const groups = groupsOf(l, node, shape);
  const isNarrow = groups === 'one' && dims(x)[1]! < l.block && !l.isBlocked(x);
  if (!window || !l.fits(dims(dy)) || !(isNarrow || l.fits(dims(x)))) return false;
  if (groups !== 'one' && groups !== 'depthwise') return false;
  const dw =
    groups === 'depthwise'
      ? depthwiseWeightGradient(l, l.blocked(x), l.blocked(dy), window)
      : weightGradient(l, isNarrow ? l.narrow(x) : l.blocked(x), l.blocked(dy), window);
  if (!dw) return false;
  l.setStandard(node.outputs[0]!, dw);
  return true;
};

export const CONVOLUTION: BlockedRules = {
  Conv: conv,
  [`${VIRTUAL}:ConvInputGrad`]: convInputGrad,
  [`${VIRTUAL}:ConvWeightGrad`]: convWeightGrad,
};
