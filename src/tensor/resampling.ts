/** How much a pixel at a distance (in pixels of the coarser grid) counts, and how far it reaches. */
export interface Kernel {
  readonly reach: number;
  at(distance: number): number;
}

/** Bilinear. */
export const TRIANGLE: Kernel = { reach: 1, at: (x) => Math.max(0, 1 - x) };

/** Bicubic with a = −½ (Keys 1981), as Pillow, and PyTorch when it antialiases. */
export const CUBIC: Kernel = {
  reach: 2,
  at: (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0),
};

/**
 * For each of `to` pixels: the first of `from` pixels that it is made of, and each one's share (they sum to 1). When the image shrinks the kernel is
 * as wide as the scale, so that nothing is skipped (PyTorch's `interpolate(antialias=True, align_corners=False)`).
 */
export function resamplingWeights(
  from: number,
  to: number,
  { reach, at }: Kernel,
): readonly { readonly first: number; readonly share: readonly number[] }[] {
  const scale = from / to;
  const width = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - reach * width + 0.5));
    const last = Math.min(from, Math.floor(center + reach * width + 0.5));
    const values = Array.from({ length: last - first }, (_, k) => at(Math.abs(first + k + 0.5 - center) / width));
    const sum = values.reduce((a, b) => a + b, 0);
    return { first, share: values.map((value) => value / sum) };
  });
}
