import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import type { Batch, Dataset } from '../data/dataset.js';
import type { Engine } from './engine.js';
import { openTally } from './metrics.js';
import type { Recipe } from './recipe.js';
import { rateAt } from './schedule.js';
import { norm } from './slots.js';

/** What is told after every step. `step` counts from 1 over the whole run of `steps`. */
export interface StepReport {
  readonly epoch: number;
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
}

export interface EpochResult {
  /** Means over the epoch's batches, each taken before its update. */
  readonly loss: number;
  /** Of independent labels: their mean AUC over the epoch. */
  readonly accuracy: number;
  /** Of the last step. */
  readonly rate: number;
  readonly dataWaitMs: number;
}

interface EpochPlace {
  /** From 1. */
  readonly epoch: number;
  readonly stepsPerEpoch: number;
  readonly recipe: Recipe;
  readonly dataset: Pick<Dataset, 'classes' | 'multiLabel'>;
  /** What a run that stops here leaves, for the message. */
  readonly kept: string;
  readonly onStep?: ((report: StepReport) => void) | undefined;
}

/** One pass over the training batches: parameters are updated in place. Throws InputError when loss or parameters are no longer finite. */
export async function trainEpoch(
  { step, optimizer, params }: Pick<Engine, 'step' | 'optimizer' | 'params'>,
  batches: AsyncIterable<Batch>,
  { epoch, stepsPerEpoch, recipe, dataset, kept, onStep }: EpochPlace,
): Promise<EpochResult> {
  const steps = recipe.epochs * stepsPerEpoch;
  const tally = openTally(recipe.batch, dataset.classes.length, dataset.multiLabel ?? false);
  let [done, loss, dataWaitMs, rate] = [0, 0, 0, 0];
  for await (const batch of batches) {
    const index = (epoch - 1) * stepsPerEpoch + done;
    rate = rateAt(recipe.schedule, recipe.rate, { step: index, epochs: recipe.epochs, stepsPerEpoch });
    const result = await step.run(params, batch, index);
    const place = `step ${index + 1} of ${steps} (epoch ${epoch}, rate ${rate})`;
    if (!Number.isFinite(result.loss)) throw diverged(`loss must stay finite, got ${result.loss} in ${place}`, kept);
    optimizer.update(result.gradients, rate);
    done++;
    loss += result.loss;
    tally.add(result.logits, batch.targets);
    dataWaitMs += batch.waitMs;
    onStep?.({ epoch, step: index + 1, steps, loss: result.loss });
  }
  if (done !== stepsPerEpoch) throw new Error(`internal: train: an epoch has ${stepsPerEpoch} batches, got ${done}`);
  if (!isFinite(norm(valuesOf(params))))
    throw diverged(`parameters must stay finite, got NaN or Infinity at the end of epoch ${epoch} (rate ${rate})`, kept);
  return { loss: loss / done, accuracy: tally.accuracy(), rate, dataWaitMs };
}

/** Training has left the numbers. `kept` says what remains. */
export const diverged = (what: string, kept: string): InputError => new InputError(`train: ${what}; ${kept}; try a lower rate or a clip`);
const valuesOf = (params: Params) => new Map([...params].map(([name, { data }]) => [name, data]));
