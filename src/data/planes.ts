import { InputError } from '../tensor/input-error.js';

/** Memory for decoded images that every thread can read. */
export function sharedPixels(bytes: number, what: string): Uint8Array {
  try {
    return new Uint8Array(new SharedArrayBuffer(bytes));
  } catch {
    throw new InputError(
      `${what}: must fit into memory, got ${(bytes / 1e9).toFixed(1)} GB of pixels; choose a smaller size, or cap the images`,
    );
  }
}

/** Writes interleaved pixels (height rows of width·channels, `stride` bytes from row to row) as planes [channels, height, width] to `out` at `at`. */
export function writePlanes(
  interleaved: Uint8Array,
  out: Uint8Array,
  {
    at,
    channels,
    height,
    width,
    from = 0,
    stride = width * channels,
  }: {
    at: number;
    channels: number;
    height: number;
    width: number;
    from?: number;
    stride?: number;
  },
): void {
  let to = at;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const row = from + y * stride + c;
      for (let x = 0; x < width; x++) out[to++] = interleaved[row + x * channels]!;
    }
  }
}
