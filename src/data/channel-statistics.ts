/**
 * Mean and (population) standard deviation a channel of pixels / 255, images uint8 [count, channels, plane]. Exact sums, so that the order of
 * images changes nothing. A channel without any variation, or no images at all: std 1, so that normalization leaves it finite.
 */
export function channelStatistics(pixels: Uint8Array, channels: number, plane: number): { mean: number[]; std: number[] } {
  const counts = Array.from({ length: channels }, () => new Float64Array(256));
  for (let at = 0, c = 0; at < pixels.length; at += plane, c = (c + 1) % channels) count(pixels.subarray(at, at + plane), counts[c]!);
  const moments = counts.map((histogram) => {
    const total = histogram.reduce((a, b) => a + b, 0) || 1;
    const mean = histogram.reduce((sum, n, v) => sum + n * v, 0) / total;
    const variance = histogram.reduce((sum, n, v) => sum + n * (v - mean) ** 2, 0) / total;
    return { mean: mean / 255, std: Math.sqrt(variance) / 255 || 1 };
  });
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std) };
}

/** Adds how often each value occurs. Neighbours are often equal: four histograms, so that no count waits for the one before. */
function count(values: Uint8Array, histogram: Float64Array): void {
  const [a, b, c, d] = [0, 1, 2, 3].map(() => new Uint32Array(256)) as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a[values[i]!]!++;
    b[values[i + 1]!]!++;
    c[values[i + 2]!]!++;
    d[values[i + 3]!]!++;
  }
  for (let i = whole; i < values.length; i++) a[values[i]!]!++;
  for (let v = 0; v < 256; v++) histogram[v]! += a[v]! + b[v]! + c[v]! + d[v]!;
}
