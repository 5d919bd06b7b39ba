import type { Decoded } from '../decode.js';
import { dequantized } from './dequantized.js';
import { nameWeights } from './weight-names.js';
import { widened } from './widened.js';

/** A file's network with weights in float32, however it holds them: float16 widened, integers as what they stand for; `notes` say so. */
export function asFloats(model: Decoded): Decoded {
  const wide = widened(model);
  const { nodes, constants, count } = dequantized(wide.nodes, wide.constants);
  const notes = [...wide.notes];
  if (count > 0)
    notes.push(
      count === 1
        ? '1 quantised tensor is the numbers that its integers stand for'
        : `${count} quantised tensors are the numbers that their integers stand for`,
    );
  if (nodes.some(({ op, domain }) => op === 'QuantizeLinear' && domain === ''))
    notes.push('activations are rounded to integers as the file says: what lies before them cannot be trained');
  return { ...wide, ...(count > 0 ? nameWeights(nodes, constants) : {}), notes };
}
