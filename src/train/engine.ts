import type { Params } from '../tensor/params.js';
import { select } from '../tensor/params.js';
import type { Evaluation } from './evaluate.js';
import { openEvaluation } from './evaluate.js';
import type { Prepared, TrainJob } from './job.js';
import { openOptimizer } from './optimizer.js';
import type { Optimizer } from './slots.js';
import type { TrainingState } from './state.js';
import type { TrainingStep } from './step.js';
import { compileStep } from './step.js';

/** What runs: the compiled graphs, and the optimizer on the parameters. */
export interface Engine {
  /** With buffers. Changed in place by the optimizer and by the steps. */
  readonly params: Params;
  readonly optimizer: Optimizer;
  readonly step: TrainingStep;
  readonly evaluation: Evaluation;
  release(): Promise<void>;
}

/** Compiles the job's graphs and takes its parameters from the start or from a saved state. */
export async function openEngine(
  { network, start, trainable, stepsPerEpoch }: Prepared,
  { dataset, recipe, seeds, signal, threads = 0 }: TrainJob,
  saved: TrainingState | undefined,
): Promise<Engine> {
  const params = saved?.params ?? start;
  const trains = new Set(trainable);
  const optimizer = openOptimizer(
    select(params, (name) => trains.has(name)),
    recipe,
    network.modules,
    saved && { state: saved.optimizer, steps: saved.epoch * stepsPerEpoch },
  );
  const evaluation = await openEvaluation(network, dataset, { loss: recipe.loss, signal, threads });
  const { loss, batchNorm } = recipe;
  const masked = dataset.splits.train.marks?.includes(-1) ?? false;
  const step = await compileStep(network, trainable, { loss, masked, batchNorm, dropoutSeed: seeds.order, threads }).catch(
    async (error: unknown) => {
      await evaluation.release();
      throw error;
    },
  );
  return {
    params,
    optimizer,
    step,
    evaluation,
    async release() {
      await step.release();
      await evaluation.release();
    },
  };
}
