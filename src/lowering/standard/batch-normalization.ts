import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { floatAttribute } from '../../onnx/graph.js';
import { reshape } from '../../onnx/reshape.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import { runningAverage } from '../batch-statistics.js';
import { partsOfSum } from '../parts-of-sum.js';
import type { Lowering } from './standard.js';

/** x − mean in the shape of x, and one number a channel, [1, C, 1, …], of the rest. */
interface Statistics {
  readonly centred: Value;
  readonly mean: Value;
  readonly variance: Value;
}

/**
 * Training mode: y = scale · (x − mean) / √(variance + epsilon) + bias on the statistics of the batch (variance over M, not M − 1), and
 * input statistics · momentum + batch statistics · (1 − momentum), as the ONNX standard has it; momentum 0: the batch's own.
 */
export const batchNormalization: Lowering = (b, node, [x, scale, bias, mean, variance]) => {
  const found = statisticsOf(b, x!);
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const channels = [x!.dims[1]!];
  const [ownMean, ownVariance] = [reshape(b, found.mean, channels), reshape(b, found.variance, channels)];
  const zeros = b.constant(float32(channels));
  const y = b.op.BatchNormalization([found.centred, scale!, bias!, zeros, ownVariance], { epsilon });
  return [y, runningAverage(b, node, mean!, ownMean), runningAverage(b, node, variance!, ownVariance)];
};

/**
 * With r = 1/√(variance + epsilon): dbias = Σ dy, dscale = r · Σ dy·(x − mean), and
 *
 *     frozen     dx = scale · r · dy
 *     training   dx = scale · r · (dy − dbias/M − (x − mean) · r · dscale/M)
 */
export const batchNormalizationGrad: Lowering = (b, node, [dy, x, scale, mean, variance]) => {
  const perChannel = x!.dims.map((d, axis) => (axis === 1 ? d : 1));
  const spread = (value: Value) => reshape(b, value, perChannel);
  const frozen = mean && variance && { centred: b.op.Sub([x!, spread(mean)]), variance: spread(variance) };
  const { centred, variance: v } = frozen ?? statisticsOf(b, x!);
  const inverse = b.op.Reciprocal([b.op.Sqrt([b.op.Add([v, b.scalar(floatAttribute(node, 'epsilon', 1e-5))])])]);
  const dbias = sumOfChannels(b, dy!);
  const dscale = b.op.Mul([sumOfChannels(b, b.op.Mul([dy!, centred])), inverse]);
  const slope = b.op.Mul([spread(scale!), inverse]);
  const share = b.scalar(perSample(x!.dims));
  const dx = frozen
    ? b.op.Mul([dy!, slope])
    : b.op.Mul([
        b.op.Sub([b.op.Sub([dy!, b.op.Mul([dbias, share])]), b.op.Mul([centred, b.op.Mul([b.op.Mul([dscale, inverse]), share])])]),
        slope,
      ]);
  const flat = (value: Value) => reshape(b, value, scale!.dims);
  return [dx, flat(dscale), flat(dbias)];
};

/** The variance is that of centred values: E[x²] − mean² would lose all digits where the mean is large. */
function statisticsOf(b: GraphBuilder, x: Value): Statistics {
  const share = b.scalar(perSample(x.dims));
  const mean = b.op.Mul([sumOfChannels(b, x), share]);
  const centred = b.op.Sub([x, mean]);
  return { mean, centred, variance: b.op.Mul([sumOfChannels(b, b.op.Mul([centred, centred])), share]) };
}

/** 1/M: what one of a channel's M values counts. */
const perSample = (dims: readonly number[]): number => dims[1]! / sizeOf(dims);

/** Sums over samples and pixels, [1, C, 1, …]: parts of a plane first, then planes, then samples, so that no chain of additions is long. */
function sumOfChannels(b: GraphBuilder, x: Value): Value {
  const [samples, channels, ...spatial] = x.dims as [number, number, ...number[]];
  const pixels = sizeOf(spatial);
  const parts = partsOfSum(pixels, { tolerated: 1024, longest: 1024 });
  const along = (value: Value, axis: number) => b.op.ReduceSum([value, b.ints([axis])], { keepdims: 0 });
  const pieces = along(reshape(b, x, [samples, channels, parts, pixels / parts]), 3);
  const planes = parts === 1 ? reshape(b, pieces, [samples, channels]) : along(pieces, 2);
  return reshape(
    b,
    along(planes, 0),
    x.dims.map((d, axis) => (axis === 1 ? d : 1)),
  );
}
