import type { Params } from '../tensor/params.js';
import { float32, floats } from '../tensor/tensor.js';
import type { Batch } from '../data/dataset.js';
import type { Network } from '../models/network.js';
import { gradient } from '../autodiff/gradient.js';
import { withBatchStatistics } from '../onnx/edits/batch-statistics.js';
import { withDropoutMasks } from '../onnx/edits/dropout-masks.js';
import { compile } from '../runtime/compile.js';
import { statisticOutputs, updateRunningStatistics } from '../runtime/running-statistics.js';
import type { CompileOptions } from '../runtime/session.js';
import { dropoutMask } from './dropout.js';
import { withLoss } from './losses.js';
import type { Loss, Recipe } from './recipe.js';
import type { Gradients } from './slots.js';

export interface StepResult {
  readonly loss: number;
  /** float32 [batch, classes]. */
  readonly logits: Float32Array;
  readonly gradients: Gradients;
}

/**
 * The compiled training step: (parameters and buffers, batch) → loss, logits and the gradients of what trains. With BatchNorms that train, it
 * moves the running statistics among `params` towards the batch's, in place, as PyTorch's forward pass does.
 */
export interface TrainingStep {
  /** `step` counts over the whole run from 0: dropout's masks are keyed by it. */
  run(params: Params, batch: Pick<Batch, 'images' | 'targets'>, step?: number): Promise<StepResult>;
  release(): Promise<void>;
}

export interface StepOptions extends CompileOptions {
  readonly loss: Loss;
  /** Targets below 0 are not known, and left out of the loss. */
  readonly masked?: boolean;
  /** Whether BatchNorms use their batch's statistics or the running ones; default: train. */
  readonly batchNorm?: Recipe['batchNorm'];
  /** Seed of dropout's masks; left out: nothing is dropped. */
  readonly dropoutSeed?: number;
}

/** Compiles forward pass, loss and the gradients of `trainable` into one graph. Frozen parameters are not differentiated at all. */
export async function compileStep(
  { graph, shape }: Pick<Network, 'graph' | 'shape'>,
  trainable: readonly string[],
  { loss, masked = false, batchNorm = 'train', dropoutSeed: seed, ...options }: StepOptions,
): Promise<TrainingStep> {
  const dropping = seed === undefined ? { graph, masks: [] } : withDropoutMasks(graph);
  const training = batchNorm === 'train' ? withBatchStatistics(dropping.graph) : { graph: dropping.graph, norms: [] };
  const session = await compile(gradient(withLoss(training.graph, loss, { masked }), { of: 'loss', wrt: trainable }), options);
  const imageDims = [shape.batch, shape.channels, shape.height, shape.width];
  const targetDims = [shape.batch, shape.classes];
  const outputs = ['loss', 'logits', ...trainable.map((name) => `${name}.grad`), ...statisticOutputs(training.norms)];
  return {
    async run(params, { images, targets }, step = 0) {
      const feeds = new Map(params).set('images', float32(imageDims, images)).set('targets', float32(targetDims, targets));
      for (const mask of dropping.masks) feeds.set(mask.name, dropoutMask(mask, { seed: seed!, step }));
      const results = await session.run(feeds, outputs);
      updateRunningStatistics(params, training.norms, results);
      const result = (name: string) => floats(results.get(name), name);
      return {
        loss: result('loss')[0]!,
        logits: result('logits'),
        gradients: new Map(trainable.map((name) => [name, result(`${name}.grad`)])),
      };
    },
    release: () => session.release(),
  };
}

/** The parameters that no pattern freezes, in the network's order. */
export function trainableOf(parameters: readonly string[], frozen: readonly string[]): readonly string[] {
  const patterns = frozen.map((pattern) => new RegExp(pattern));
  return parameters.filter((name) => !patterns.some((pattern) => pattern.test(name)));
}
