/** BatchNormalization on x [N, C, …] and its gradients by their definition, in float64: the oracle of every lowering. */
export interface Normalized {
  readonly y: Float64Array;
  readonly mean: Float64Array;
  /** Over M values, not M − 1. */
  readonly variance: Float64Array;
  readonly dx: Float64Array;
  readonly dscale: Float64Array;
  readonly dbias: Float64Array;
}

export interface NormalizationInputs {
  readonly dims: readonly number[];
  readonly x: ArrayLike<number>;
  readonly dy: ArrayLike<number>;
  readonly scale: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
  readonly epsilon: number;
  /** Statistics that are given; without them the batch's own. */
  readonly frozen?: { readonly mean: ArrayLike<number>; readonly variance: ArrayLike<number> };
}

export function naiveBatchNormalization({ dims, x, dy, scale, bias, epsilon, frozen }: NormalizationInputs): Normalized {
  const [samples, channels] = [dims[0]!, dims[1]!];
  const pixels = x.length / samples / channels;
  const m = samples * pixels;
  const result = {
    y: new Float64Array(x.length),
    mean: new Float64Array(channels),
    variance: new Float64Array(channels),
    dx: new Float64Array(x.length),
    dscale: new Float64Array(channels),
    dbias: new Float64Array(channels),
  };
  for (let c = 0; c < channels; c++) {
    const at = Array.from({ length: m }, (_, k) => (Math.floor(k / pixels) * channels + c) * pixels + (k % pixels));
    const sum = (f: (i: number) => number) => at.reduce((total, i) => total + f(i), 0);
    const mean = frozen ? frozen.mean[c]! : sum((i) => x[i]!) / m;
    const variance = frozen ? frozen.variance[c]! : sum((i) => (x[i]! - mean) ** 2) / m;
    const r = 1 / Math.sqrt(variance + epsilon);
    const unit = (i: number) => (x[i]! - mean) * r;
    const [dbias, dscale] = [sum((i) => dy[i]!), sum((i) => dy[i]! * unit(i))];
    for (const i of at) {
      result.y[i] = scale[c]! * unit(i) + bias[c]!;
      result.dx[i] = scale[c]! * r * (frozen ? dy[i]! : dy[i]! - dbias / m - (unit(i) * dscale) / m);
    }
    [result.mean[c], result.variance[c], result.dscale[c], result.dbias[c]] = [mean, variance, dscale, dbias];
  }
  return result;
}
