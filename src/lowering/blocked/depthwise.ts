import type { Value } from '../../onnx/graph.js';
import type { Blocked } from './blocked.js';
import type { Layouts } from './layouts.js';
import { every, shifted } from './lines.js';
import { sumOverPixels } from './over-pixels.js';
import type { Window } from './window.js';

/** dW [C, 1, kh, kw] of a depthwise convolution, tap by tap: the sum of dy · (the pixels of x which that tap meets). */
export function depthwiseWeightGradient(l: Layouts, x: Blocked, dy: Blocked, { kernel, stride, dilation, pads }: Window): Value {
  const { b } = l;
  const [, c, ho, wo] = dy.dims;
  const meet = (from: Blocked, i: 0 | 1, tap: number): Blocked => {
    const axis = i === 0 ? 2 : 3;
    const offset = tap * dilation[i] - pads[i];
    const r = ((offset % stride[i]) + stride[i]) % stride[i];
    return shifted(l, every(l, from, axis, r, stride[i]), axis, (offset - r) / stride[i], i === 0 ? ho : wo);
  };
  const sums: Value[] = [];
  for (let i = 0; i < kernel[0]; i++) {
    for (let j = 0; j < kernel[1]; j++) {
      const met = meet(meet(x, 1, j), 0, i);
      sums.push(sumOverPixels(l, l.make(b.op.Mul([met.value, dy.value]), dy.dims, false)));
    }
  }
  const all = sums.length === 1 ? sums[0]! : b.op.Concat(sums, { axis: 2 });
  return l.reshape(b.op.ReduceSum([all, b.ints([0])], { keepdims: 0 }), [c, 1, kernel[0], kernel[1]]);
}
