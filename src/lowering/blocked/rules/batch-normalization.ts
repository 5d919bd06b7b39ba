import type { Value } from '../../../onnx/graph.js';
import { floatAttribute, VIRTUAL } from '../../../onnx/graph.js';
import { sizeOf } from '../../../tensor/tensor.js';
import { isOnBatchStatistics, runningAverage } from '../../batch-statistics.js';
import type { Blocked } from '../blocked.js';
import { affine, blanked, dotOfChannels, sumOfChannels } from '../channels.js';
import type { Layouts } from '../layouts.js';
import type { BlockedRule, BlockedRules } from '../rule.js';

/** Formulas as in `standard/batch-normalization.ts`; every line that takes images is one pass over them. */
const batchNormalization: BlockedRule = (l, node, dims) => {
  const [name, scale, bias, mean, variance] = node.inputs as [string, string, string, string, string];
  if (!l.isBlocked(name) || !l.fits(dims(name))) return false;
  const { b } = l;
  const [y, newMean, newVariance] = node.outputs;
  const r = (of: Value) => inverseDeviation(l, of, floatAttribute(node, 'epsilon', 1e-5));
  if (!isOnBatchStatistics(node)) {
    const slope = b.op.Mul([l.standard(scale), r(l.standard(variance))]);
    l.setBlocked(y!, affine(l, l.blocked(name), slope, b.op.Sub([l.standard(bias), b.op.Mul([l.standard(mean), slope])])));
    return true;
  }
  const batch = statisticsOf(l, l.blocked(name));
  l.setBlocked(y!, affine(l, batch.centred, b.op.Mul([l.standard(scale), r(batch.variance)]), l.standard(bias)));
  if (newMean) l.setStandard(newMean, runningAverage(b, node, l.standard(mean), batch.mean));
  if (newVariance) l.setStandard(newVariance, runningAverage(b, node, l.standard(variance), batch.variance));
  return true;
};

const batchNormalizationGrad: BlockedRule = (l, node, dims) => {
  const [dyName, name, scale, mean, variance] = node.inputs as [string, string, string, string?, string?];
  if (!l.isBlocked(name) || !l.fits(dims(name))) return false;
  const { b } = l;
  const dy = blanked(l, l.blocked(dyName));
  const frozen = mean && variance ? { centred: minus(l, l.blocked(name), l.standard(mean)), variance: l.standard(variance) } : undefined;
  const { centred, variance: v } = frozen ?? statisticsOf(l, l.blocked(name));
  const r = inverseDeviation(l, v, floatAttribute(node, 'epsilon', 1e-5));
  const dbias = sumOfChannels(l, dy);
  const dscale = b.op.Mul([dotOfChannels(l, centred, dy), r]);
  const slope = b.op.Mul([l.standard(scale), r]);
  const perValue = (sum: Value) => b.op.Mul([b.op.Mul([sum, b.scalar(-1 / valuesOf(dims(name)))]), slope]);
  const dx = frozen
    ? affine(l, dy, slope, null)
    : affine(l, dy, slope, perValue(dbias), affine(l, centred, perValue(b.op.Mul([dscale, r])), null));
  const [outX, outScale, outBias] = node.outputs;
  if (outX) l.setBlocked(outX, blanked(l, dx));
  if (outScale) l.setStandard(outScale, dscale);
  if (outBias) l.setStandard(outBias, dbias);
  return true;
};

/** Of the batch, by channel [C]; the variance is that of centred values. */
function statisticsOf(l: Layouts, x: Blocked): { readonly centred: Blocked; readonly mean: Value; readonly variance: Value } {
  const share = l.b.scalar(1 / valuesOf(x.dims));
  const mean = l.b.op.Mul([sumOfChannels(l, x), share]);
  const centred = minus(l, x, mean);
  return { mean, centred, variance: l.b.op.Mul([dotOfChannels(l, centred, centred), share]) };
}

const minus = (l: Layouts, x: Blocked, mean: Value): Blocked => affine(l, x, 1, l.b.op.Neg([mean]));

/** M: a channel's values in the batch. */
const valuesOf = (dims: readonly number[]): number => sizeOf(dims) / dims[1]!;

const inverseDeviation = ({ b }: Layouts, variance: Value, epsilon: number): Value =>
  b.op.Reciprocal([b.op.Sqrt([b.op.Add([variance, b.scalar(epsilon)])])]);

export const BATCH_NORMALIZATION: BlockedRules = {
  BatchNormalization: batchNormalization,
  [`${VIRTUAL}:BatchNormalizationGrad`]: batchNormalizationGrad,
};
