/** Pooling and its gradients by their definition, in float64, over two spatial axes: the oracle of every lowering. */
export interface Geometry {
  readonly x: readonly [number, number, number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** top, left, bottom, right. */
  readonly pads: readonly [number, number, number, number];
}

export const outOf = ({ x, kernel, strides, dilations, pads }: Geometry): [number, number] =>
  [0, 1].map((i) => Math.floor((x[i + 2]! + pads[i]! + pads[i + 2]! - (kernel[i]! - 1) * dilations[i]! - 1) / strides[i]!) + 1) as [
    number,
    number,
  ];

/** Calls `visit` for every (output position, tap) that lies inside the image, of one plane. */
function eachTap(g: Geometry, visit: (out: number, tap: number, at: number, start: boolean) => void): void {
  const [height, width] = [g.x[2], g.x[3]];
  const [oh, ow] = outOf(g);
  for (let i = 0; i < oh; i++) {
    for (let j = 0; j < ow; j++) {
      let start = true;
      for (let a = 0; a < g.kernel[0]; a++) {
        for (let c = 0; c < g.kernel[1]; c++) {
          const row = i * g.strides[0] - g.pads[0] + a * g.dilations[0];
          const column = j * g.strides[1] - g.pads[1] + c * g.dilations[1];
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          visit(i * ow + j, a * g.kernel[1] + c, row * width + column, start);
          start = false;
        }
      }
    }
  }
}

function eachPlane(g: Geometry, visit: (x: number, dy: number) => void): void {
  const [oh, ow] = outOf(g);
  for (let plane = 0; plane < g.x[0] * g.x[1]; plane++) visit(plane * g.x[2] * g.x[3], plane * oh * ow);
}

export function averagePoolGrad(g: Geometry, dy: Float32Array, countPads: boolean): Float64Array {
  const dx = new Float64Array(g.x.reduce((a, b) => a * b));
  const [oh, ow] = outOf(g);
  const counts = new Float64Array(oh * ow);
  if (countPads) counts.fill(g.kernel[0] * g.kernel[1]);
  else eachTap(g, (out) => counts[out]!++);
  eachPlane(g, (from, to) => eachTap(g, (out, _tap, at) => (dx[from + at]! += dy[to + out]! / counts[out]!)));
  return dx;
}

/** To the first of equal maxima. */
export function maxPoolGrad(g: Geometry, x: Float32Array, dy: Float32Array): Float64Array {
  const dx = new Float64Array(x.length);
  const [oh, ow] = outOf(g);
  eachPlane(g, (from, to) => {
    const best = new Int32Array(oh * ow);
    eachTap(g, (out, _tap, at, start) => {
      if (start || x[from + at]! > x[from + best[out]!]!) best[out] = at;
    });
    for (let out = 0; out < oh * ow; out++) dx[from + best[out]!]! += dy[to + out]!;
  });
  return dx;
}

export function maxPool(g: Geometry, x: Float32Array): Float64Array {
  const [oh, ow] = outOf(g);
  const y = new Float64Array(g.x[0] * g.x[1] * oh * ow).fill(-Infinity);
  eachPlane(g, (from, to) => eachTap(g, (out, _tap, at) => (y[to + out] = Math.max(y[to + out]!, x[from + at]!))));
  return y;
}

export function averagePool(g: Geometry, x: Float32Array, countPads: boolean): Float64Array {
  const [oh, ow] = outOf(g);
  const y = new Float64Array(g.x[0] * g.x[1] * oh * ow);
  const counts = new Float64Array(oh * ow);
  if (countPads) counts.fill(g.kernel[0] * g.kernel[1]);
  else eachTap(g, (out) => counts[out]!++);
  eachPlane(g, (from, to) => eachTap(g, (out, _tap, at) => (y[to + out]! += x[from + at]! / counts[out]!)));
  return y;
}
