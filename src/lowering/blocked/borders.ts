import type { Value } from '../../onnx/graph.js';
import type { Blocked, Dims4 } from './blocked.js';
import type { Layouts } from './layouts.js';

// The borders between the layouts: one transpose each way, in pieces of B floats.

/** [N, C, H, W] → blocked, padded with zeros. */
export function toBlocked(l: Layouts, value: Value): Blocked {
  const dims = value.dims as Dims4;
  const [n, c, h, w] = dims;
  const whole = l.pad(value, [l.padded(n), l.padded(c)]);
  const split = l.reshape(whole, [l.blocksOf(n), l.block, l.blocksOf(c), l.block, h * w]);
  return l.make(l.b.op.Transpose([split], { perm: [0, 2, 4, 1, 3] }), dims, true);
}

/** Images with fewer channels than a block: memory [N/B, C, H, W, B samples]. */
export function toNarrow(l: Layouts, value: Value): Blocked {
  const dims = value.dims as Dims4;
  const [n, c, h, w] = dims;
  const split = l.reshape(l.pad(value, [l.padded(n)]), [l.blocksOf(n), l.block, c, h * w]);
  return l.make(l.b.op.Transpose([split], { perm: [0, 2, 3, 1] }), dims, true, 1);
}

/** Blocked → [N, C, H, W]. */
export function toStandard(l: Layouts, { value, dims }: Blocked): Value {
  const [n, c, h, w] = dims;
  const split = l.reshape(value, [l.blocksOf(n), l.blocksOf(c), h * w, l.block, l.block]);
  const turned = l.b.op.Transpose([split], { perm: [0, 3, 1, 4, 2] });
  return l.cut(l.reshape(turned, [l.padded(n), l.padded(c), h, w]), [n, c]);
}
