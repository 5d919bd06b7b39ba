import type { Node } from '../../onnx/graph.js';
import { intsAttribute, stringAttribute } from '../../onnx/graph.js';

/** A sliding window over an image, everything explicit. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number];
}

/** The window of a 2-D Conv or of its gradients; undefined when only the standard lowering can do it. */
export function windowOf(node: Node, weight: readonly number[]): Window | undefined {
  const kernel = [weight[2]!, weight[3]!] as const;
  const stride = (intsAttribute(node, 'strides') ?? [1, 1]) as [number, number];
  const dilation = (intsAttribute(node, 'dilations') ?? [1, 1]) as [number, number];
  const pads = (intsAttribute(node, 'pads') ?? [0, 0, 0, 0]) as [number, number, number, number];
  const plain = weight.length === 4 && ['', 'NOTSET'].includes(stringAttribute(node, 'auto_pad', 'NOTSET'));
  const simple = dilation.every((d) => d === 1) || stride.every((s) => s === 1);
  return plain && simple ? { kernel, stride, dilation, pads } : undefined;
}

/**
 * The taps of one axis that meet residue `r` of a strided axis. In x = y·s + d·b − p, tap b reads the columns ≡ r (mod s) at a
 * shift of (d·b − p − r)/s; the shifts of successive taps are `step` apart (1 when strided, the dilation else).
 */
export interface Phase {
  readonly taps: readonly number[];
  /** Shift of the first tap. */
  readonly shift: number;
  readonly step: number;
}

export function phase(kernel: number, stride: number, dilation: number, pad: number, r: number): Phase {
  const taps = Array.from({ length: kernel }, (_, b) => b).filter((b) => mod(dilation * b - pad - r, stride) === 0);
  return { taps, shift: taps.length > 0 ? (dilation * taps[0]! - pad - r) / stride : 0, step: stride === 1 ? dilation : 1 };
}

/** The same for the input's gradient: dx at x = i·s + r sums w[b] · dy[i + (r + p − d·b)/s], taps in the order of growing shifts. */
export function gradientPhase(kernel: number, stride: number, dilation: number, pad: number, r: number): Phase {
  const { taps } = phase(kernel, stride, dilation, pad, r);
  const turned = [...taps].reverse();
  return { taps: turned, shift: turned.length > 0 ? (r + pad - dilation * turned[0]!) / stride : 0, step: stride === 1 ? dilation : 1 };
}

const mod = (a: number, n: number) => ((a % n) + n) % n;
