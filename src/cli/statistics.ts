import type { Tensor, TypedArray } from '../tensor/tensor.js';

/** Numbers about one tensor. NaN and infinities are counted and left out of the rest. */
export interface Statistics {
  readonly count: number;
  /** null when no element is finite. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Population standard deviation. */
  readonly std: number | null;
  /** Share of elements that are exactly zero, in [0, 1]. */
  readonly zeros: number;
  readonly nan: number;
  readonly infinite: number;
}

/** Two passes in float64, so that a large mean does not eat the deviation. */
export function statistics(tensor: Tensor): Statistics {
  const read = reader(tensor);
  const count = tensor.data.length;
  let [min, max, sum, finite, zeros, nan] = [Infinity, -Infinity, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = read(i);
    if (Number.isNaN(value)) nan++;
    if (!Number.isFinite(value)) continue;
    finite++;
    sum += value;
    if (value === 0) zeros++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const share = count === 0 ? 0 : zeros / count;
  const rest = { count, zeros: share, nan, infinite: count - finite - nan };
  if (finite === 0) return { min: null, max: null, mean: null, std: null, ...rest };
  const mean = sum / finite;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const value = read(i);
    if (Number.isFinite(value)) squares += (value - mean) ** 2;
  }
  return { min, max, mean, std: Math.sqrt(squares / finite), ...rest };
}

function reader({ type, data }: Tensor): (i: number) => number {
  if (type === 'float16') return (i) => fromFloat16((data as Uint16Array)[i]!);
  return (i) => Number((data as Exclude<TypedArray, BigInt64Array>)[i]);
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
