import type { Decoded } from '../decode.js';
import { dequantized } from './dequantized.js';
import { nameWeights } from './weight-names.js';
import { widened } from './widened.js';

/** A file's network with weights in float32, however it holds them: float16 widened, integers as what they stand for; `notes` say so. */
export function asFloats(model: Decoded): Decoded {
  const wide = widened(model);
  const { nodes, constants, count } = dequantized(wide.nodes, wide.constants);
  if (count === 0) return wide;
  const rounds = nodes.some(({ op, domain }) => op === 'QuantizeLinear' && domain === '');
  const note = `quantised: ${count} tensors are the numbers that their integers stand for`;
  const rounding = '; activations are rounded as the file says, so that it can be evaluated, not trained';
  return { ...wide, ...nameWeights(nodes, constants), notes: [...wide.notes, rounds ? note + rounding : note] };
}
