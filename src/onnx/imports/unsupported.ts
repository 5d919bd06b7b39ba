import { InputError } from '../../tensor/input-error.js';
import type { Decoded } from '../decode.js';
import { LONGEST } from '../edits/fold.js';
import type { Node } from '../graph.js';
import { describe } from '../graph.js';

/** Why a network with such an op is not taken, by families of names. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /^DynamicQuantizeLinear$|^QLinear\w+$|^(Conv|MatMul)Integer$/,
    'computes with integers (export it before it is quantised; to evaluate it, quantise with QuantizeLinear and DequantizeLinear, QDQ)',
  ],
  [/^(If|Loop|Scan)$/, 'control flow has no fixed graph that could be differentiated (export without branches and loops)'],
  [/^(LSTM|GRU|RNN)$/, 'recurrent layers are not supported'],
  [/^(Sequence\w+|SplitToSequence|ConcatFromSequence|Optional\w*)$/, 'sequences of tensors are not supported'],
  [/^(NonZero|NonMaxSuppression|Unique|Compress)$/, 'the size of its result depends on the image'],
];

/** Throws an InputError that names the first node that cannot be taken and why: quantised, double precision, control flow. */
export function refuseUnsupported({ file, nodes, constants, opsets }: Decoded): void {
  const refuse = (node: Node, why: string): never => {
    throw new InputError(`${file}: ${describe(node)}: ${why}`);
  };
  for (const node of nodes) {
    const reason = REASONS.find(([ops]) => ops.test(node.op));
    if (reason) refuse(node, reason[1]);
    if (node.domain !== '')
      refuse(
        node,
        `ops of ${node.domain}${opsets[node.domain] === undefined ? '' : ` ${opsets[node.domain]}`} are not standard (export without optimization for a runtime)`,
      );
    for (const name of node.inputs) {
      const { type, data } = constants.get(name) ?? {};
      // numbers that are cast to float32 before they are used
      if (node.op === 'Cast' && data && data.length <= LONGEST) continue;
      if (type === 'float64') refuse(node, `${name} must be float32, got ${type} (export in float32)`);
    }
  }
}
