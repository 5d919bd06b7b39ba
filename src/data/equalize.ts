/**
 * What each grey value becomes when a histogram is equalized, as OpenCV's `equalizeHist`: with cdf(v) pixels ≤ v and m those of the darkest
 * value that occurs, v ↦ round(255 · (cdf(v) − m) / (n − m)). A picture of one value stays as it is.
 */
export function equalizationTable(pixels: Uint8Array): Uint8Array {
  const histogram = new Float64Array(256);
  for (let i = 0; i < pixels.length; i++) histogram[pixels[i]!]!++;
  const darkest = histogram.find((count) => count > 0) ?? 0;
  const table = Uint8Array.from({ length: 256 }, (_, v) => v);
  if (darkest === pixels.length) return table;
  let below = 0;
  for (let v = 0; v < 256; v++) {
    below += histogram[v]!;
    table[v] = Math.round((255 * Math.max(0, below - darkest)) / (pixels.length - darkest));
  }
  return table;
}
