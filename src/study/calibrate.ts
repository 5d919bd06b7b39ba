import { createHash } from 'node:crypto';
import type { Network, NetworkSpec } from '../models/network.js';
import { buildNetwork } from '../models/networks.js';
import { currentProvider } from '../runtime/provider.js';
import type { Store } from '../store/store.js';
import type { Recipe } from '../train/recipe.js';
import type { DataSummary } from './execute-data.js';
import { canonical } from './identity.js';
import { machine } from './provenance.js';
import type { Mode } from './workload.js';
import { openWorkload } from './workload.js';

/** What a network takes on this machine. */
export interface Calibration {
  /** To build and compile its training step and its forward pass. */
  readonly compileMs: number;
  /** One training step of `batch` images, update included; the fastest of some. 0 where nothing is trained. */
  readonly stepMs: number;
  /** One forward pass of `batch` images; the fastest of some. */
  readonly forwardMs: number;
}

export interface CalibrationOptions {
  readonly network: NetworkSpec;
  readonly recipe: Recipe;
  /** Shape and number of classes. */
  readonly data: Pick<DataSummary, 'classes' | 'channels' | 'height' | 'width'>;
  readonly threads: number;
  /** false: forward passes only. */
  readonly trains?: boolean;
  /** Told when it measures indeed. */
  onMeasure?(): void;
}

// the first runs of a session allocate its memory
const WARM_UP = 2;
const RUNS = 5;
/** Of a step that takes seconds one run tells enough. */
const LONG_MS = 2000;

/**
 * Runs a few real training steps and forward passes of a network on noise, and keeps the figures in the store for the next time on the same
 * machine with the same network, batch and threads. Throws InputError for a network that does not fit the images.
 */
export async function calibrate(
  store: Store,
  { network: spec, recipe, data, threads, trains = true, onMeasure }: CalibrationOptions,
): Promise<Calibration> {
  const { batch, loss, frozen, batchNorm } = recipe;
  const shape = { batch, channels: data.channels, height: data.height, width: data.width, classes: data.classes.length };
  const { cpu, cores, host, onnxruntime, carryover } = machine();
  const provider = currentProvider();
  const special = { ...(provider === 'cpu' ? {} : { provider }), ...(trains ? {} : { trains }) };
  const asked = canonical({ cpu, cores, host, onnxruntime, carryover, spec, shape, loss, frozen, batchNorm, threads, ...special });
  const key = createHash('sha256').update(asked).digest('hex').slice(0, 16);
  const known = await store.measure<Calibration>(key);
  if (known) return known;

  onMeasure?.();
  const network = buildNetwork(spec, shape);
  const step = trains ? await timed(network, 'train') : { openMs: 0, runMs: 0 };
  const evaluates = await timed(network, 'evaluate');
  const figures: Calibration = { compileMs: step.openMs + evaluates.openMs, stepMs: step.runMs, forwardMs: evaluates.runMs };
  await store.setMeasure(key, figures);
  return figures;

  async function timed(network: Network, mode: Mode) {
    const begun = performance.now();
    const open = await openWorkload(network, mode, recipe, { threads });
    const openMs = performance.now() - begun;
    try {
      return { openMs, runMs: await fastestMs(open.run) };
    } finally {
      await open.release();
    }
  }
}

async function fastestMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const begun = performance.now();
    await run();
    times.push(performance.now() - begun);
    if (times.length > 1 && times.at(-1)! > LONG_MS) break;
  }
  // what disturbs the machine meanwhile is not the network's
  return Math.min(...times.slice(Math.min(WARM_UP, times.length - 1)));
}
