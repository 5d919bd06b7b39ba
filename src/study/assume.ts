import { sideOf } from '../data/datasets.js';
import { buildNetwork } from '../models/networks.js';
import { InputError } from '../tensor/input-error.js';
import type { Recipe } from '../train/recipe.js';
import type { NetworkSpec } from '../models/network.js';
import type { Calibration } from './calibrate.js';
import type { DataSummary } from './execute-data.js';
import type { Study } from './study.js';
import { workloadFlops } from './workload.js';

/** A device that need not be here. `flopsPerSecond`: what training reaches on it, in float32; null: this machine, measured with few images. */
export interface Device {
  readonly name: string;
  readonly flopsPerSecond: number | null;
}

/** What decides how long training takes: shape and number of classes, and how many images. */
export type Sizes = Pick<DataSummary, 'classes' | 'channels' | 'height' | 'width' | 'count'>;

/** 'machine', or 'A100=8': a device's name and the TFLOP/s that training reaches on it. Throws InputError for anything else. */
export function parseDevice(text: string): Device {
  if (text === 'machine') return { name: 'this machine', flopsPerSecond: null };
  const [, name, speed] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name === undefined || !(Number(speed) > 0))
    throw new InputError(
      `plan: --assume must be 'machine' or a device with the TFLOP/s that training reaches on it, like A100=8, got ${text}`,
    );
  return { name, flopsPerSecond: Number(speed) * 1e12 };
}

/** Sizes of a data set that the study describes under `assume.data`; undefined when it does not. Throws InputError when no size is known. */
export function assumedSizes({ data, assumed }: Pick<Study, 'data' | 'assumed'>, name: string): Sizes | undefined {
  const counts = Object.hasOwn(assumed, name) ? assumed[name] : undefined;
  const spec = data[name];
  if (!counts || !spec) return undefined;
  const side = sideOf(spec);
  if (side === undefined) throw new InputError(`assume.data.${name}: the data set must say its size, got none`);
  const { train, val, test, classes } = counts;
  return {
    classes: Array.from({ length: classes }, (_, i) => `class ${i + 1}`),
    channels: spec['channels'] === 1 ? 1 : 3,
    height: side,
    width: side,
    count: { train, val, test },
  };
}

/** A network's times on a device by its operations: convolutions and matrix products of a training step and a forward pass. */
export function assumedTimes(spec: NetworkSpec, recipe: Recipe, data: Sizes, flopsPerSecond: number): Calibration {
  const { channels, height, width, classes } = data;
  const network = buildNetwork(spec, { batch: recipe.batch, channels, height, width, classes: classes.length });
  const ms = (mode: 'train' | 'evaluate') => (workloadFlops(network, mode, recipe) / flopsPerSecond) * 1000;
  return { compileMs: 0, stepMs: ms('train'), forwardMs: ms('evaluate') };
}
