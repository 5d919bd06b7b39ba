import type { Value } from '../../onnx/graph.js';
import type { Blocked } from './blocked.js';
import type { Layouts } from './layouts.js';

/** A reduction over the pixels of each sample and channel: [N/B, C/B, HW, B·B] → [N, C, 1, 1], in the standard layout. */
export function overPixels(l: Layouts, x: Blocked, reduce: (rows: Value) => Value): Value {
  const [n, c, h, w] = x.dims;
  const { b, block } = l;
  const reduced = reduce(l.reshape(x.value, [l.blocksOf(n), l.blocksOf(c), h * w, block * block]));
  const turned = b.op.Transpose([l.reshape(reduced, [l.blocksOf(n), l.blocksOf(c), block, block])], { perm: [0, 2, 1, 3] });
  return l.cut(l.reshape(turned, [l.padded(n), l.padded(c), 1, 1]), [n, c]);
}

/** Sums over the pixels of each sample and channel. */
export const sumOverPixels = (l: Layouts, x: Blocked): Value =>
  overPixels(l, x, (rows) => l.b.op.ReduceSum([rows, l.b.ints([2])], { keepdims: 0 }));
