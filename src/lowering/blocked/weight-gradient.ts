import { sizeOf } from '../../tensor/tensor.js';
import type { Value } from '../../onnx/graph.js';
import type { Blocked, Dims4 } from './blocked.js';
import type { Layouts } from './layouts.js';
import { every, gatherRows, shifted } from './lines.js';
import type { Window } from './window.js';
import { phase } from './window.js';

/** x as the input of the swapped convolution: [1, N, H, W·C], memory [N/B, H, W, C, B samples]. */
function samplesInnermost(l: Layouts, x: Blocked): Value {
  const [groups, c, h] = x.value.dims as [number, number, number];
  const w = x.dims[3];
  const { b, block } = l;
  const turned = (): Value => {
    if (x.lanes === 1) return b.op.Transpose([l.reshape(x.value, [groups, c, h, w, block])], { perm: [0, 2, 3, 1, 4] });
    // one block of channels: each column is a B × B matrix, transposed
    if (c === block) return l.reorderOutput(l.reshape(x.value, [groups * h * w, block, 1, block]), block);
    const last = l.reorderOutput(x.value, c, { last: true });
    return l.reorderInput(l.reshape(last, [groups * h * w, block, 1, c]));
  };
  return l.reshape(turned(), [1, groups * block, h, w * c]);
}

/** dY's memory read as filters of G groups: [G·K, N/G, Ho, Wo]; for G = N/B that is dY itself. */
function asFilter(l: Layouts, dy: Blocked, groups: number): Value {
  const [blocks, k, h] = dy.value.dims as [number, number, number];
  const w = dy.dims[3];
  const { b, block } = l;
  if (groups === blocks) return l.reshape(dy.value, [blocks * k, block, h, w]);
  const split = l.reshape(dy.value, [groups, blocks / groups, k / block, h * w * block * block]);
  return l.reshape(b.op.Transpose([split], { perm: [0, 2, 1, 3] }), [groups * k, (blocks * block) / groups, h, w]);
}

/**
 * How many groups of samples to sum separately. MLAS splits the work into groups × ⌈K/4 blocks⌉ × rows items; two threads want an even
 * number, few groups need a copy of dY, many need a sum of dW. Nanoseconds by the measured rates (450 GF/s, 40 GB/s, 20 GB/s).
 */
function bestGroups([n, k, h, w]: Dims4, block: number, channels: number, taps: readonly [number, number]): number {
  const blocks = n / block;
  const area = taps[0] * taps[1];
  const cost = (groups: number): number => {
    const items = groups * Math.ceil(k / (4 * block)) * taps[0];
    const imbalance = Math.ceil(items / 2) / (items / 2);
    const copy = groups === blocks ? 0 : (2 * n * h * w * k * 4) / 40;
    const sum = groups === 1 ? 0 : (2 * groups * k * channels * area * 4) / 20;
    return (imbalance * 2 * n * h * w * k * channels * area) / 450 + copy + sum;
  };
  const divisors = Array.from({ length: blocks }, (_, i) => i + 1).filter((g) => blocks % g === 0);
  return divisors.reduce((best, g) => (cost(g) < cost(best) ? g : best));
}

/**
 * dW as one "swapped" convolution a phase: samples are its channels, dY its filter, columns and channels of x its width, so that
 * every tap (a, b) and channel c is one output pixel: dW[k, c, a, b] = out[k, a, b·C + c] (kernel Ho × Wo, column dilation C).
 * Undefined when the rows do not fit or padded samples would count (then the standard lowering does it).
 */
export function weightGradient(l: Layouts, x: Blocked, dy: Blocked, window: Window): Value | undefined {
  const { kernel, stride, dilation, pads } = window;
  const [, c, h] = x.value.dims as [number, number, number];
  const [, k, ho] = dy.value.dims as [number, number, number];
  const wo = dy.dims[3];
  const { b, block } = l;
  const bottom = (ho - 1) * stride[0] + 1 + (kernel[0] - 1) * dilation[0] - h - pads[0];
  const sampleful = x.dims[0] % block === 0 || x.blank || dy.blank;
  if (!sampleful || dilation[1] > 1 || (bottom < 0 && kernel[0] > 1)) return undefined;
  if (c > k && x.lanes === block && isPointwise(window)) return l.cut(pointwise(l, x, dy), [dy.dims[1], x.dims[1]]);
  const order: number[] = [];
  const parts: Value[] = [];
  for (let r = 0; r < stride[1]; r++) {
    const p = phase(kernel[1], stride[1], 1, pads[1], r);
    const taps = p.taps.length;
    if (taps === 0) continue;
    const part = shifted(l, every(l, x, 3, r, stride[1]), 3, p.shift, wo + taps - 1);
    const groups = bestGroups([dy.value.dims[0]! * block, k, ho, wo], block, c, [kernel[0], taps]);
    const raw = l.conv(samplesInnermost(l, part), asFilter(l, dy, groups), {
      kernel_shape: [ho, wo],
      // one row of taps only: a stride beyond the image keeps it one when x has rows that no output reads
      strides: [kernel[0] === 1 ? h : dilation[0], 1],
      dilations: [stride[0], c],
      pads: [pads[0], 0, Math.max(0, bottom), 0],
      group: groups,
    });
    parts.push(l.reshape(sumGroups(l, raw, groups), [k / block, kernel[0], taps, c, block]));
    order.push(...p.taps);
  }
  const all = parts.length === 1 ? parts[0]! : b.op.Concat(parts, { axis: 2 });
  return l.cut(filterOrder(l, all, order), [dy.dims[1], x.dims[1]]);
}

const sumGroups = (l: Layouts, raw: Value, groups: number): Value =>
  groups === 1 ? raw : l.b.op.ReduceSum([l.reshape(raw, [groups, sizeOf(raw.dims) / groups]), l.b.ints([0])], { keepdims: 0 });

const isPointwise = ({ kernel, stride, pads }: Window): boolean =>
  [...kernel, ...stride].every((size) => size === 1) && pads.every((pad) => pad === 0);

/**
 * The gradient of 1 × 1 weights with the roles exchanged, dWᵀ = dY ⋆ x: the narrower of the two is turned, and the many channels of the other
 * are filters enough for all threads.
 */
function pointwise(l: Layouts, x: Blocked, dy: Blocked): Value {
  const [n, c, h] = x.value.dims as [number, number, number];
  const [k, w] = [dy.value.dims[1]!, x.dims[3]];
  const groups = bestGroups([n * l.block, c, h, w], l.block, k, [1, 1]);
  const raw = l.conv(samplesInnermost(l, dy), asFilter(l, x, groups), {
    kernel_shape: [h, w],
    strides: [h, 1],
    dilations: [1, k],
    pads: [0, 0, 0, 0],
    group: groups,
  });
  const turned = l.reorderOutput(l.reshape(sumGroups(l, raw, groups), [1, c, 1, k]), c, { last: true });
  return l.reshape(turned, [k, c, 1, 1]);
}

/** [K/B, kh, kw, C, B k], columns in this order, as [K, C, kh, kw]: rows of B floats are gathered, then turned. */
function filterOrder(l: Layouts, value: Value, order: readonly number[]): Value {
  const [blocks, kh, kw, c, block] = value.dims as [number, number, number, number, number];
  const place = (channel: number, tap: number) => (Math.floor(tap / kw) * kw + order.indexOf(tap % kw)) * c + channel;
  const rows = Array.from({ length: c * kh * kw }, (_, i) => place(Math.floor(i / (kh * kw)), i % (kh * kw)));
  const sorted = gatherRows(l, l.reshape(value, [blocks, kh * kw * c, block]), 1, rows);
  const turned = l.reorderOutput(l.reshape(sorted, [blocks, block, 1, c * kh * kw]), block);
  return l.reshape(turned, [blocks * block, c, kh, kw]);
}
