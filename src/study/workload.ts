import { gradient } from '../autodiff/gradient.js';
import type { Network } from '../models/network.js';
import { graphFlops } from '../onnx/flops.js';
import { compileForward } from '../runtime/forward.js';
import type { Runnable } from '../runtime/profile.js';
import type { CompileOptions } from '../runtime/session.js';
import { select } from '../tensor/params.js';
import { random } from '../tensor/random.js';
import { sizeOf } from '../tensor/tensor.js';
import { withLoss } from '../train/losses.js';
import type { Recipe } from '../train/recipe.js';
import { openOptimizer } from '../train/optimizer.js';
import { compileStep, trainableOf } from '../train/step.js';

/** train: one step, update included; evaluate: one forward pass. */
export type Mode = 'train' | 'evaluate';

/** Images and targets do not decide how long a step takes. */
const RATE = 1e-6;

/** Compiles a network's training step or forward pass, to be run on noise. */
export function openWorkload(network: Network, mode: Mode, recipe: Recipe, options: CompileOptions): Promise<Runnable> {
  return mode === 'train' ? openTraining(network, recipe, options) : openForward(network, options);
}

/** Floating-point operations of convolutions and matrix products in one step or forward pass, without padding. */
export function workloadFlops({ graph, parameters }: Network, mode: Mode, { loss, frozen }: Pick<Recipe, 'loss' | 'frozen'>): number {
  return graphFlops(mode === 'train' ? gradient(withLoss(graph, loss), { of: 'loss', wrt: trainableOf(parameters, frozen) }) : graph);
}

async function openTraining(network: Network, recipe: Recipe, options: CompileOptions): Promise<Runnable> {
  const trainable = trainableOf(network.parameters, recipe.frozen);
  const params = network.init(1);
  const trains = new Set(trainable);
  const optimizer = openOptimizer(
    select(params, (name) => trains.has(name)),
    recipe,
  );
  const step = await compileStep(network, trainable, { loss: recipe.loss, batchNorm: recipe.batchNorm, ...options });
  const { batch, classes } = network.shape;
  const targets = new Float32Array(batch * classes).map((_, i) => (i % classes === Math.floor(i / classes) % classes ? 1 : 0));
  const images = noise(network);
  return {
    run: async () => optimizer.update((await step.run(params, { images, targets })).gradients, RATE),
    release: () => step.release(),
  };
}

async function openForward(network: Network, options: CompileOptions): Promise<Runnable> {
  const session = await compileForward(network.graph, options);
  const ready = await session.prepare(network.init(1));
  const images = noise(network);
  return { run: () => session.run(ready, images), release: () => session.release() };
}

function noise({ shape: { batch, channels, height, width } }: Network): Float32Array {
  const { normal } = random(1, 'workload');
  return Float32Array.from({ length: sizeOf([batch, channels, height, width]) }, normal);
}
