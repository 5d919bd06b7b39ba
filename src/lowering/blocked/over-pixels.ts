import type { Value } from '../../onnx/graph.js';
import type { Blocked } from './blocked.js';
import { partsOfSum } from '../parts-of-sum.js';
import type { Layouts } from './layouts.js';

/** A reduction over the pixels of each sample and channel: [N/B, C/B, HW, B·B] → [N, C, 1, 1], in the standard layout. */
export function overPixels(l: Layouts, x: Blocked, reduce: (rows: Value) => Value): Value {
  const [n, c, h, w] = x.dims;
  const { b, block } = l;
  const reduced = reduce(l.reshape(x.value, [l.blocksOf(n), l.blocksOf(c), h * w, block * block]));
  const turned = b.op.Transpose([l.reshape(reduced, [l.blocksOf(n), l.blocksOf(c), block, block])], { perm: [0, 2, 1, 3] });
  return l.cut(l.reshape(turned, [l.padded(n), l.padded(c), 1, 1]), [n, c]);
}

/** Sums over the pixels of each sample and channel: parts of a plane first, so that no chain of additions is long. */
export const sumOverPixels = (l: Layouts, x: Blocked): Value =>
  overPixels(l, x, (rows) => {
    const { b } = l;
    const [blocks, planes, pixels, lanes] = rows.dims as [number, number, number, number];
    const parts = partsOfSum(pixels, { tolerated: 1024, longest: 256 });
    if (parts === 1) return b.op.ReduceSum([rows, b.ints([2])], { keepdims: 0 });
    const sums = b.op.ReduceSum([l.reshape(rows, [blocks, planes, parts, pixels / parts, lanes]), b.ints([3])], { keepdims: 0 });
    return b.op.ReduceSum([sums, b.ints([2])], { keepdims: 0 });
  });
