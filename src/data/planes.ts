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
  for (let c = 0; c < channels; c++) {
    // a view that begins at 0: V8 checks every index of an offset into the whole
    const plane = out.subarray(at + c * height * width, at + (c + 1) * height * width);
    for (let y = 0, to = 0; y < height; y++) {
      for (let end = to + width, i = from + y * stride + c; to < end; to++, i += channels) plane[to] = interleaved[i]!;
    }
  }
}
