import type { ImageShape } from './transform.js';

/** What lies outside of an image: a value 0…255, or the nearest pixel of its edge. */
export type Fill = number | 'edge';

/** Copies the window of `to`'s size whose corner is (top, left); it may reach over the image's border on any side. */
export function copyWindow(
  image: Uint8Array,
  out: Uint8Array,
  { from, to, top, left, fill }: { from: ImageShape; to: ImageShape; top: number; left: number; fill: Fill },
): void {
  const { height, width } = from;
  // columns of the window that lie inside of the image
  const start = Math.min(to.width, Math.max(0, -left));
  const end = Math.max(start, Math.min(to.width, width - left));
  let at = 0;
  for (let c = 0; c < to.channels; c++) {
    for (let y = top; y < top + to.height; y++, at += to.width) {
      const inside = y >= 0 && y < height;
      if (!inside && fill !== 'edge') {
        out.fill(fill, at, at + to.width);
        continue;
      }
      const row = (c * height + Math.min(height - 1, Math.max(0, y))) * width;
      for (let x = start; x < end; x++) out[at + x] = image[row + left + x]!;
      if (start > 0) out.fill(fill === 'edge' ? image[row]! : fill, at, at + start);
      if (end < to.width) out.fill(fill === 'edge' ? image[row + width - 1]! : fill, at + end, at + to.width);
    }
  }
}
