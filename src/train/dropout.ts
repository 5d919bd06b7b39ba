import type { DropoutMask } from '../onnx/edits/dropout-masks.js';
import { random } from '../tensor/random.js';
import type { FloatTensor } from '../tensor/tensor.js';
import { float32, sizeOf } from '../tensor/tensor.js';

/**
 * The mask of one Dropout in one step (counted over the whole run): 0 with probability `ratio`, else 1/(1 − ratio) (Srivastava et al., JMLR 2014, in
 * PyTorch's form, which leaves evaluation alone). A resumed run draws what an uninterrupted one does.
 */
export function dropoutMask(
  { name, dims, ratio }: DropoutMask,
  { seed, step }: { readonly seed: number; readonly step: number },
): FloatTensor {
  const { uniform } = random(seed, 'dropout', name, step);
  const kept = 1 / (1 - ratio);
  const mask = new Float32Array(sizeOf(dims));
  for (let i = 0; i < mask.length; i++) mask[i] = uniform() < ratio ? 0 : kept;
  return float32(dims, mask);
}
