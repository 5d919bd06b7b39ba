import type { Value } from '../../onnx/graph.js';

/**
 * The blocked layout. B samples share the width axis and B channels are innermost (B = 16 on AVX-512, 8 on AVX2):
 *
 *     logical [N, C, H, W]  →  memory [N/B, C/B, H, W, B samples, B channels], told to onnxruntime as [N/B, C, H, W·B].
 *
 * A step of one column is B elements of the last axis, so convolutions dilate their columns by B. Gradients of convolutions read
 * this memory as a filter without a copy, and every shift or split by whole columns moves B² floats at a time.
 *
 * Samples and channels that do not fill a block are padded: filters and biases with zeros, so that padded channels reach no real one;
 * what leaves the layout is cut, and sums over samples want padding that is zero (`blank`).
 */
export interface Blocked {
  /** Physical value, dims [⌈N/B⌉, ⌈C/B⌉·B, H, W·B]. */
  readonly value: Value;
  /** Logical dims [N, C, H, W]. */
  readonly dims: Dims4;
  /** Channels that lie innermost: the block, or 1 for an image whose few channels are not blocked ("narrow"). */
  readonly lanes: number;
  /** Whether all padding is zero (as it is when there is none); else it holds finite numbers that nobody may count. */
  readonly blank: boolean;
}

export type Dims4 = readonly [number, number, number, number];

/** A value that is still split into stride × stride pixel phases; null is all zero. phases[r][s] holds pixels (i·stride + r, j·stride + s). */
export type Phases = readonly (readonly (Blocked | null)[])[];

export interface ConvAttributes {
  readonly kernel_shape: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly group?: number;
}
