import { createHash } from 'node:crypto';
import { random } from '../tensor/random.js';
import { float32, sizeOf } from '../tensor/tensor.js';
import { select } from '../tensor/params.js';
import type { NetworkSpec } from '../models/network.js';
import { buildNetwork } from '../models/networks.js';
import { compile } from '../runtime/compile.js';
import type { Store } from '../store/store.js';
import type { Recipe } from '../train/recipe.js';
import { sgd } from '../train/sgd.js';
import { compileStep, trainableOf } from '../train/step.js';
import type { DataSummary } from './execute-data.js';
import { canonical } from './identity.js';
import { machine } from './provenance.js';

/** What a network takes on this machine. */
export interface Calibration {
  /** To build and compile its training step and its forward pass. */
  readonly compileMs: number;
  /** One training step of `batch` images, update included; median. */
  readonly stepMs: number;
  /** One forward pass of `batch` images; median. */
  readonly forwardMs: number;
}

export interface CalibrationOptions {
  readonly network: NetworkSpec;
  readonly recipe: Recipe;
  /** Shape and number of classes. */
  readonly data: Pick<DataSummary, 'classes' | 'channels' | 'height' | 'width'>;
  readonly threads: number;
  /** Told when it measures indeed. */
  onMeasure?(): void;
}

// the first runs of a session allocate its memory
const WARM_UP = 2;
const RUNS = 5;

/**
 * Runs a few real training steps and forward passes of a network on noise, and keeps the figures in the store for the next time on the same
 * machine with the same network, batch and threads. Throws InputError for a network that does not fit the images.
 */
export async function calibrate(
  store: Store,
  { network: spec, recipe, data, threads, onMeasure }: CalibrationOptions,
): Promise<Calibration> {
  const { batch, loss, frozen } = recipe;
  const shape = { batch, channels: data.channels, height: data.height, width: data.width, classes: data.classes.length };
  const { cpu, cores, host, onnxruntime, carryover } = machine();
  const asked = canonical({ cpu, cores, host, onnxruntime, carryover, spec, shape, loss, frozen, threads });
  const key = createHash('sha256').update(asked).digest('hex').slice(0, 16);
  const known = await store.measure<Calibration>(key);
  if (known) return known;

  onMeasure?.();
  const begun = performance.now();
  const network = buildNetwork(spec, shape);
  const trainable = trainableOf(network.parameters, frozen);
  const params = network.init(1);
  const trains = new Set(trainable);
  const optimizer = sgd(
    select(params, (name) => trains.has(name)),
    recipe,
  );
  const step = await compileStep(network, trainable, { loss, threads });
  const session = await compile(network.graph, { threads });
  const compileMs = performance.now() - begun;
  try {
    const images = noise([batch, shape.channels, shape.height, shape.width]);
    const targets = new Float32Array(batch * shape.classes).map((_, i) => (i % shape.classes === 0 ? 1 : 0));
    const feeds = new Map(params).set('images', images);
    const stepMs = await medianMs(async () => optimizer.update((await step.run(params, { images: images.data, targets })).gradients, 1e-6));
    const forwardMs = await medianMs(() => session.run(feeds, ['logits']));
    const figures: Calibration = { compileMs, stepMs, forwardMs };
    await store.setMeasure(key, figures);
    return figures;
  } finally {
    await step.release();
    await session.release();
  }
}

function noise(dims: readonly number[]) {
  const { normal } = random(1, 'calibrate');
  return float32(dims, Float32Array.from({ length: sizeOf(dims) }, normal));
}

async function medianMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const begun = performance.now();
    await run();
    if (i >= WARM_UP) times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
}
