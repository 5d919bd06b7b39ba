import type { Node } from '../graph.js';
import { intAttribute, intsAttribute, stringAttribute } from '../graph.js';
import { fail, show } from './check.js';

/** A sliding window with everything explicit, one entry a spatial axis (pads: all begins, then all ends). */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  /** Spatial size of the result. */
  readonly out: readonly number[];
}

/**
 * Resolves the attributes of a convolution or pooling (auto_pad and ceil_mode too) for an input of spatial size `spatial`:
 * out = ⌊(in + pads − ((kernel − 1)·dilation + 1)) / stride⌋ + 1. Throws when the window does not fit.
 */
export function resolveWindow(node: Node, spatial: readonly number[], kernel: readonly number[]): Window {
  const { strides, dilations } = steps(node, spatial.length);
  const reach = kernel.map((k, i) => (k - 1) * dilations[i]! + 1);
  const pads = padsOf(node, spatial, (i) => (Math.ceil(spatial[i]! / strides[i]!) - 1) * strides[i]! + reach[i]! - spatial[i]!);
  const ceil = intAttribute(node, 'ceil_mode', 0) === 1;
  const out = spatial.map((size, i) => {
    const [begin, end] = [pads[i]!, pads[i + spatial.length]!];
    const room = size + begin + end - reach[i]!;
    if (room < 0)
      fail(
        node,
        `the window ${show(reach)} must fit into the padded input`,
        show(spatial.map((s, j) => s + pads[j]! + pads[j + spatial.length]!)),
      );
    if (!ceil) return Math.floor(room / strides[i]!) + 1;
    const count = Math.ceil(room / strides[i]!) + 1;
    // the last window must start inside the input or its left padding
    return (count - 1) * strides[i]! >= size + begin ? count - 1 : count;
  });
  return { kernel, strides, dilations, pads, out };
}

/** The window of a ConvTranspose: out = stride·(in − 1) + output_padding + (kernel − 1)·dilation + 1 − pads. */
export function resolveTransposedWindow(node: Node, spatial: readonly number[], kernel: readonly number[]): Window {
  const { strides, dilations } = steps(node, spatial.length);
  const extra = ints(node, 'output_padding', spatial.length, 0);
  const full = spatial.map((size, i) => strides[i]! * (size - 1) + extra[i]! + (kernel[i]! - 1) * dilations[i]! + 1);
  const wanted = intsAttribute(node, 'output_shape')?.slice(-spatial.length);
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET');
  const target = wanted ?? (auto.startsWith('SAME') ? spatial.map((size, i) => size * strides[i]!) : undefined);
  const pads = target
    ? share(
        target.map((t, i) => full[i]! - t),
        auto !== 'SAME_UPPER',
      )
    : padsOf(node, spatial, () => 0);
  const out = full.map((size, i) => size - pads[i]! - pads[i + spatial.length]!);
  if (out.some((size) => size < 1)) fail(node, 'pads must leave an output', show(out));
  return { kernel, strides, dilations, pads, out };
}

function steps(node: Node, rank: number): { strides: readonly number[]; dilations: readonly number[] } {
  const positive = (name: string) => {
    const values = ints(node, name, rank, 1);
    if (values.some((v) => v < 1)) fail(node, `${name} must be positive`, show(values));
    return values;
  };
  return { strides: positive('strides'), dilations: positive('dilations') };
}

function padsOf(node: Node, spatial: readonly number[], needed: (axis: number) => number): readonly number[] {
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET');
  switch (auto) {
    case '':
    case 'NOTSET': {
      const pads = ints(node, 'pads', 2 * spatial.length, 0);
      if (pads.some((p) => p < 0)) fail(node, 'pads must not be negative', show(pads));
      return pads;
    }
    case 'VALID':
      return spatial.flatMap(() => [0, 0]);
    case 'SAME_UPPER':
    case 'SAME_LOWER':
      return share(
        spatial.map((_, i) => Math.max(0, needed(i))),
        auto === 'SAME_LOWER',
      );
    default:
      return fail(node, 'auto_pad must be NOTSET, VALID, SAME_UPPER or SAME_LOWER', auto);
  }
}

/** Splits totals into begins and ends; the odd one goes to the begin when `lower`. */
function share(totals: readonly number[], lower: boolean): number[] {
  const begins = totals.map((t) => (lower ? Math.ceil(t / 2) : Math.floor(t / 2)));
  return [...begins, ...totals.map((t, i) => t - begins[i]!)];
}

function ints(node: Node, name: string, length: number, fallback: number): readonly number[] {
  const values = intsAttribute(node, name) ?? new Array<number>(length).fill(fallback);
  if (values.length !== length) fail(node, `${name} must have ${length} entries`, show(values));
  return values;
}
