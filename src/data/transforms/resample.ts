import { resamplingWeights, TRIANGLE } from '../../tensor/resampling.js';
import type { ImageShape } from './transform.js';

/** A part of an image, in pixels; it must lie inside. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Scales a box of an image to `to`'s size: bilinear, and when it shrinks, with the triangle widened to the scale, so that nothing is skipped
 * (PyTorch's `interpolate(mode='bilinear', antialias=True, align_corners=False)`; rounded to the nearest integer at the end).
 */
export function resample(image: Uint8Array, out: Uint8Array, { from, to, box }: { from: ImageShape; to: ImageShape; box: Box }): void {
  const rows = resamplingWeights(box.height, to.height, TRIANGLE);
  const columns = resamplingWeights(box.width, to.width, TRIANGLE);
  const narrow = new Float64Array(box.height * to.width);
  for (let c = 0; c < to.channels; c++) {
    const plane = (c * from.height + box.top) * from.width + box.left;
    for (let y = 0; y < box.height; y++) {
      for (let x = 0; x < to.width; x++) {
        const { first, share } = columns[x]!;
        let sum = 0;
        for (let k = 0; k < share.length; k++) sum += share[k]! * image[plane + y * from.width + first + k]!;
        narrow[y * to.width + x] = sum;
      }
    }
    for (let y = 0; y < to.height; y++) {
      const { first, share } = rows[y]!;
      for (let x = 0; x < to.width; x++) {
        let sum = 0;
        for (let k = 0; k < share.length; k++) sum += share[k]! * narrow[(first + k) * to.width + x]!;
        out[(c * to.height + y) * to.width + x] = Math.round(sum);
      }
    }
  }
}
