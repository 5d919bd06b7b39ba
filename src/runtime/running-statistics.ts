import type { BatchNorm } from '../onnx/edits/batch-statistics.js';
import { batchStatistic } from '../onnx/edits/batch-statistics.js';
import type { Params } from '../tensor/params.js';
import type { Tensor } from '../tensor/tensor.js';
import { floats } from '../tensor/tensor.js';

/**
 * Moves running statistics towards those of a batch, in place, as PyTorch's BatchNorm does in training mode:
 *
 *     running ← (1 − momentum) · running + momentum · batch,  the batch's variance over M − 1 values
 *
 * `results` are the outputs of a graph in training form. `momentum` replaces the BatchNorms' own: 1/k for the k-th batch is the cumulative
 * average (PyTorch's momentum=None).
 */
export function updateRunningStatistics(
  params: Params,
  norms: readonly BatchNorm[],
  results: ReadonlyMap<string, Tensor>,
  momentum?: number,
): void {
  for (const { mean, variance, momentum: own, count } of norms) {
    blend(params, mean, results, momentum ?? own, 1);
    blend(params, variance, results, momentum ?? own, count / (count - 1));
  }
}

function blend(params: Params, name: string, results: ReadonlyMap<string, Tensor>, share: number, factor: number): void {
  const running = floats(params.get(name), name);
  const batch = floats(results.get(batchStatistic(name)), batchStatistic(name));
  for (let c = 0; c < running.length; c++) running[c] = (1 - share) * running[c]! + share * factor * batch[c]!;
}

/** The outputs that `updateRunningStatistics` reads. */
export const statisticOutputs = (norms: readonly BatchNorm[]): readonly string[] =>
  norms.flatMap(({ mean, variance }) => [batchStatistic(mean), batchStatistic(variance)]);
