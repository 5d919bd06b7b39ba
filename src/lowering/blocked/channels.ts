import type { Value } from '../../onnx/graph.js';
import { float32 } from '../../tensor/tensor.js';
import { partsOfSum } from '../parts-of-sum.js';
import type { Blocked } from './blocked.js';
import type { Layouts } from './layouts.js';
import { sumOverPixels } from './over-pixels.js';

// What BatchNormalization is made of: passes over an image with one number a channel. Vectors [C] are in the standard layout.

/** weights · x + bias (+ sum), one weight and bias [C] a channel, as a depthwise 1×1 convolution; a number: that weight everywhere. */
export function affine(l: Layouts, x: Blocked, weights: Value | number, bias: Value | null, sum: Blocked | null = null): Blocked {
  const channels = l.padded(x.dims[1]);
  const filter =
    typeof weights === 'number' ? l.filled([channels, 1, 1, 1], weights) : l.reshape(l.pad(weights, [channels]), [channels, 1, 1, 1]);
  const attributes = { kernel_shape: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: channels } as const;
  const y = l.conv(x.value, filter, attributes, bias && l.pad(bias, [channels]), sum && sum.value);
  return l.make(y, x.dims, x.blank && !bias && (sum?.blank ?? true));
}

/** x with zeros in the padded samples: one pass, none when there is nothing to blank. */
export function blanked(l: Layouts, x: Blocked): Blocked {
  const { b, block } = l;
  const [n, c, h, w] = x.dims;
  if (x.blank || n % block === 0) return x;
  const blocks = l.blocksOf(n);
  const mask = Float32Array.from({ length: blocks * block * block }, (_, i) => (Math.floor(i / block) < n ? 1 : 0));
  const rows = l.reshape(x.value, [blocks, l.blocksOf(c) * h * w, block * block]);
  return l.make(b.op.Mul([rows, b.constant(float32([blocks, 1, block * block], mask))]), x.dims, c % block === 0);
}

/** Σ over samples and pixels, [C]: pixels first, then samples, so that no chain of additions is long. */
export const sumOfChannels = (l: Layouts, x: Blocked): Value =>
  l.b.op.ReduceSum([sumOverPixels(l, x), l.b.ints([0, 2, 3])], { keepdims: 0 });

/**
 * Σ x · y over samples and pixels, [C], in one pass that writes nothing: x's memory is read as the image of a depthwise convolution of
 * one row (or part of one) a "channel", y's as its filters, so that every output is one row's sum.
 */
export function dotOfChannels(l: Layouts, x: Blocked, y: Blocked): Value {
  const { b, block } = l;
  const [n, c, h, w] = x.dims;
  const [blocks, planes] = [l.blocksOf(n), l.blocksOf(c)];
  const parts = partsOfSum(w * block, { tolerated: 512, longest: 256 });
  const [lines, length] = [blocks * planes * h * parts * block, (w * block) / parts];
  const [image, filter] = y.blank ? [x, y] : [y, blanked(l, x)];
  const attributes = { kernel_shape: [1, length], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: lines } as const;
  const found = l.conv(l.reshape(image.value, [1, lines, 1, length]), l.reshape(filter.value, [lines, 1, 1, length]), attributes);
  const split = l.reshape(found, [blocks, planes, h, parts, block]);
  const rows = parts === 1 ? split : b.op.ReduceSum([split, b.ints([3])], { keepdims: 0 });
  const sums = b.op.ReduceSum([l.reshape(rows, [blocks, planes, h, block]), b.ints([2])], { keepdims: 0 });
  return l.cut(l.reshape(b.op.ReduceSum([sums, b.ints([0])], { keepdims: 0 }), [l.padded(c)]), [c]);
}
