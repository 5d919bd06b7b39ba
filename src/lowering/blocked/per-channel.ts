import type { Node, Value } from '../../onnx/graph.js';
import type { Dims4 } from './blocked.js';
import type { Layouts } from './layouts.js';

/**
 * x + c, x − c, c − x, x · c and x / c with one number c a channel ([1, C, 1, 1] or [C, 1, 1]), each as a depthwise 1×1 convolution
 * w·x + bias: twice as fast as broadcasting along a middle axis, and what follows can be folded into it. True when emitted.
 */
export function perChannel(l: Layouts, node: Node, dims: (name: string) => readonly number[]): boolean {
  const [first, second] = node.inputs as [string, string];
  const out = dims(node.outputs[0]!) as Dims4;
  const channels = out[1];
  const isVector = (name: string) => channels > 1 && [`${channels},1,1`, `1,${channels},1,1`].includes(dims(name).join());
  const swapped = isVector(first);
  const [x, vector] = swapped ? [second, first] : [first, second];
  if (!isVector(vector) || dims(x).join() !== out.join() || (swapped && node.op === 'Div')) return false;

  const { b } = l;
  const padded = l.padded(channels);
  const c = l.reshape(l.standard(vector), [channels]);
  const filter = (weights: Value) => l.reshape(l.pad(weights, [padded]), [padded, 1, 1, 1]);
  const all = (weight: number) => l.filled([padded, 1, 1, 1], weight);
  const affine = (): [Value, Value | null] => {
    switch (node.op) {
      case 'Add':
        return [all(1), c];
      case 'Sub':
        return swapped ? [all(-1), c] : [all(1), b.op.Neg([c])];
      case 'Mul':
        return [filter(c), null];
      case 'Div':
        return [filter(b.op.Reciprocal([c])), null];
      default:
        throw new Error(`internal: no affine form of ${node.op}`);
    }
  };
  const [weights, bias] = affine();
  const attributes = { kernel_shape: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: padded } as const;
  const source = l.blocked(x);
  const y = l.conv(source.value, weights, attributes, bias && l.pad(bias, [padded]));
  l.setBlocked(node.outputs[0]!, l.make(y, out, source.blank && !bias));
  return true;
}
