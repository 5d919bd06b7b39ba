import { CUBIC, resamplingWeights } from '../tensor/resampling.js';
import type { FloatTensor } from '../tensor/tensor.js';
import { float32 } from '../tensor/tensor.js';

/** A table of learned positions [1, prefix + rows·columns, width]: `prefix` tokens that have no place, then a grid of patches. */
export interface PositionGrid {
  readonly name: string;
  readonly prefix: number;
  readonly rows: number;
  readonly columns: number;
}

/** Side of the square grid that a table in a file has; undefined when it is no such table. */
export function gridSide(
  { prefix, rows, columns }: PositionGrid,
  expected: readonly number[],
  found: readonly number[],
): number | undefined {
  const side = Math.sqrt(found[1]! - prefix);
  const fits = found.length === 3 && found[0] === 1 && found[2] === expected[2] && expected[1] === prefix + rows * columns;
  return fits && Number.isInteger(side) && side > 0 ? side : undefined;
}

/**
 * The table for another grid: bicubic, antialiased, as timm's `resample_abs_pos_embed` (PyTorch's `interpolate(mode='bicubic', antialias=True)`)
 * on a square grid; the tokens before it stay.
 */
export function resamplePositions({ data, dims }: FloatTensor, { prefix, rows, columns }: PositionGrid): FloatTensor {
  const width = dims[2]!;
  const side = Math.sqrt(dims[1]! - prefix);
  const out = new Float32Array((prefix + rows * columns) * width);
  out.set(data.subarray(0, prefix * width));
  const [down, across] = [resamplingWeights(side, rows, CUBIC), resamplingWeights(side, columns, CUBIC)];
  for (const [y, { first: top, share: heights }] of down.entries()) {
    for (const [x, { first: left, share: widths }] of across.entries()) {
      const to = (prefix + y * columns + x) * width;
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (const [i, height] of heights.entries())
          for (const [j, share] of widths.entries()) sum += height * share * data[(prefix + (top + i) * side + left + j) * width + c]!;
        out[to + c] = sum;
      }
    }
  }
  return float32([1, prefix + rows * columns, width], out);
}
