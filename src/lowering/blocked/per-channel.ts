import type { Node, Value } from '../../onnx/graph.js';
import type { Dims4 } from './blocked.js';
import { affine } from './channels.js';
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
  const c = l.reshape(l.standard(vector), [channels]);
  const [weights, bias] = ((): [Value | number, Value | null] => {
    switch (node.op) {
      case 'Add':
        return [1, c];
      case 'Sub':
        return swapped ? [-1, c] : [1, b.op.Neg([c])];
      case 'Mul':
        return [c, null];
      case 'Div':
        return [b.op.Reciprocal([c]), null];
      default:
        throw new Error(`internal: no affine form of ${node.op}`);
    }
  })();
  l.setBlocked(node.outputs[0]!, affine(l, l.blocked(x), weights, bias));
  return true;
}
