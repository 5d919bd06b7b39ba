import type { Tensor, TypedArray } from '../tensor/tensor.js';
import { widenFloat16 } from '../tensor/widen.js';

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
  if (type === 'float16') {
    const wide = widenFloat16(data as Uint16Array);
    return (i) => wide[i]!;
  }
  return (i) => Number((data as Exclude<TypedArray, BigInt64Array>)[i]);
}
