/**
 * Mean and (population) standard deviation a channel of pixels / 255, images uint8 [count, channels, plane]. Exact sums, so that the order of
 * images changes nothing. A channel without any variation, or no images at all: std 1, so that normalization leaves it finite.
 */
export function channelStatistics(pixels: Uint8Array, channels: number, plane: number): { mean: number[]; std: number[] } {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let at = 0, c = 0; at < pixels.length; at += plane, c = (c + 1) % channels) {
    const histogram = counts[c]!;
    for (let i = at; i < at + plane; i++) histogram[pixels[i]!]!++;
  }
  const moments = counts.map((histogram) => {
    const total = histogram.reduce((a, b) => a + b, 0) || 1;
    const mean = histogram.reduce((sum, n, v) => sum + n * v, 0) / total;
    const variance = histogram.reduce((sum, n, v) => sum + n * (v - mean) ** 2, 0) / total;
    return { mean: mean / 255, std: Math.sqrt(variance) / 255 || 1 };
  });
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}
