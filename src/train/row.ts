import type { Params } from '../tensor/params.js';
import type { EpochResult } from './epoch.js';
import { diverged } from './epoch.js';
import type { Evaluation } from './evaluate.js';
import type { EpochRow } from './recipe.js';

/** Epoch 0: no training, the training images as they are. */
export async function untrained(evaluation: Evaluation, params: Params): Promise<EpochResult> {
  const { loss, accuracy } = (await evaluation.score(params, 'train'))!;
  return { loss, accuracy, rate: 0, dataWaitMs: 0 };
}

/** The row of an epoch: what training measured, and the parameters on validation and test images. Throws InputError when a loss is not finite. */
export async function epochRow(
  epoch: number,
  { loss, accuracy, rate }: EpochResult,
  evaluation: Evaluation,
  params: Params,
  kept: string,
): Promise<EpochRow> {
  const val = await evaluation.score(params, 'val');
  const test = await evaluation.score(params, 'test');
  const row = {
    epoch,
    trainLoss: loss,
    trainAccuracy: accuracy,
    valLoss: val?.loss ?? null,
    valAccuracy: val?.accuracy ?? null,
    testLoss: test?.loss ?? null,
    testAccuracy: test?.accuracy ?? null,
    rate,
  };
  for (const key of ['trainLoss', 'valLoss', 'testLoss'] as const) {
    const value = row[key];
    if (value !== null && !Number.isFinite(value))
      throw diverged(`${key} must stay finite, got ${value} after epoch ${epoch}, rate ${rate}`, kept);
  }
  return row;
}
