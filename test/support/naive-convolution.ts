/** A 2-D convolution by its definition, in float64 and one loop an index: the oracle of every lowering. */
export interface NaiveConvolution {
  /** [N, C, H, W] and [K, C/group, kh, kw] */
  readonly x: readonly [number, number, number, number];
  readonly w: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number];
  readonly group: number;
}

export function outputDims({ x, w, strides, dilations, pads }: NaiveConvolution): [number, number, number, number] {
  const out = (axis: 0 | 1) =>
    Math.floor((x[2 + axis]! + pads[axis]! + pads[axis + 2]! - dilations[axis] * (w[2 + axis]! - 1) - 1) / strides[axis]) + 1;
  return [x[0], w[0], out(0), out(1)];
}

/** Calls `visit` with the flat indices of every product y[iy] += x[ix] · w[iw]. */
function products(conv: NaiveConvolution, visit: (ix: number, iw: number, iy: number) => void): void {
  const { x, w, strides, dilations, pads, group } = conv;
  const y = outputDims(conv);
  const perGroup = w[0] / group;
  for (let n = 0; n < y[0]; n++)
    for (let k = 0; k < y[1]; k++)
      for (let c = 0; c < w[1]; c++)
        for (let i = 0; i < y[2]; i++)
          for (let j = 0; j < y[3]; j++)
            for (let a = 0; a < w[2]; a++)
              for (let b = 0; b < w[3]; b++) {
                const row = i * strides[0] + a * dilations[0] - pads[0];
                const column = j * strides[1] + b * dilations[1] - pads[1];
                if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) continue;
                const channel = Math.floor(k / perGroup) * w[1] + c;
                visit(
                  ((n * x[1] + channel) * x[2] + row) * x[3] + column,
                  ((k * w[1] + c) * w[2] + a) * w[3] + b,
                  ((n * y[1] + k) * y[2] + i) * y[3] + j,
                );
              }
}

const size = (dims: readonly number[]) => dims.reduce((product, d) => product * d, 1);

export function naiveConvolution(conv: NaiveConvolution, x: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
  const y = new Float64Array(size(outputDims(conv)));
  products(conv, (ix, iw, iy) => (y[iy]! += x[ix]! * w[iw]!));
  return y;
}

export function naiveInputGradient(conv: NaiveConvolution, dy: ArrayLike<number>, w: ArrayLike<number>): Float64Array {
  const dx = new Float64Array(size(conv.x));
  products(conv, (ix, iw, iy) => (dx[ix]! += dy[iy]! * w[iw]!));
  return dx;
}

export function naiveWeightGradient(conv: NaiveConvolution, x: ArrayLike<number>, dy: ArrayLike<number>): Float64Array {
  const dw = new Float64Array(size(conv.w));
  products(conv, (ix, iw, iy) => (dw[iw]! += x[ix]! * dy[iy]!));
  return dw;
}
