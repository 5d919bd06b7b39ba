import { mix, select, squaredDistance } from '../tensor/params.js';
import type { Params } from '../tensor/params.js';
import { float32 } from '../tensor/tensor.js';
import { random } from '../tensor/random.js';
import type { Run } from './analysis.js';
import type { ModuleGroup } from './module-groups.js';

/** 'direct': the straight line between two checkpoints. 'optimization': along the checkpoints that the run kept. */
export const PATHS = ['direct', 'optimization'] as const;
export type PathName = (typeof PATHS)[number];
/** Whether σ is in the weights' own unit, or in multiples of the module's RMS weight. */
export const SCALES = ['relative', 'absolute'] as const;
export type Scale = (typeof SCALES)[number];

/** Whether all cells share their draws of noise (common random numbers), or each has its own. */
export const NOISES = ['common', 'independent'] as const;
export type Noise = (typeof NOISES)[number];

/** A place between a module's start and its end. */
export interface Point {
  /** Share of the way: of the line, or of the epochs. */
  readonly alpha: number;
  /** Of the checkpoint; null on a line. */
  readonly epoch: number | null;
  /** The module's parameters there. */
  readonly params: Params;
  /** Its BatchNorms' running statistics there, on record or mixed as the weights are. */
  readonly buffers: Params;
  /** ‖θ − θ⁰‖², of the parameters. */
  readonly squared: number;
}

/** What moves along a path: a module's parameters, and its BatchNorms' running statistics. */
export type Moving = Pick<ModuleGroup, 'parameters' | 'buffers'>;

/** θ^α = (1−α)θ⁰ + αθ^F for equidistant α on [0, 1]. */
export function directPath(start: Params, end: Params, moving: Moving, alphas: number): Point[] {
  const between = (names: readonly string[], alpha: number) =>
    alpha === 1 ? of(end, names) : mix(of(start, names), of(end, names), alpha);
  return Array.from({ length: alphas }, (_, i) => {
    const alpha = i / (alphas - 1);
    const params = between(moving.parameters, alpha);
    return { alpha, epoch: null, params, buffers: between(moving.buffers, alpha), squared: squaredDistance(params, start) };
  });
}

/** A module at up to `most` of the epochs that a run kept, from 0 to `last`, as even as they allow. */
export async function optimizationPath(run: Run, last: number, moving: Moving, most: number): Promise<Point[]> {
  const kept = run.saved.filter((epoch) => epoch <= last);
  const steps = Math.min(most, kept.length) - 1;
  const epochs = Array.from({ length: steps + 1 }, (_, i) => kept[Math.round((i * (kept.length - 1)) / steps)]!);
  const start = of(await run.checkpoint(0), moving.parameters);
  const points: Point[] = [];
  for (const epoch of epochs) {
    const all = await run.checkpoint(epoch);
    const params = of(all, moving.parameters);
    points.push({ alpha: epoch / last, epoch, params, buffers: of(all, moving.buffers), squared: squaredDistance(start, params) });
  }
  return points;
}

const of = (params: Params, names: readonly string[]): Params => select(params, (name) => names.includes(name));

/** `count` values from `smallest` to 1, evenly spaced in their logarithm. */
export function logGrid(count: number, smallest: number): number[] {
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? 1 : smallest ** (1 - i / (count - 1))));
}

/** Root mean square over all values. */
export function rmsOf(params: Params): number {
  let [sum, count] = [0, 0];
  for (const { data } of params.values()) {
    for (const x of data) sum += x * x;
    count += data.length;
  }
  return Math.sqrt(sum / count);
}

/**
 * u ~ N(0, I) of the shape of some parameters. A parameter's numbers depend on the key, the draw and its name alone: under one key they are the
 * same for every α, σ, run and grouping of modules (common random numbers).
 */
export function noiseOf(params: Params, draw: number, ...key: (string | number)[]): Params {
  return new Map(
    [...params].map(([name, { dims, data }]) => {
      const { normal } = random(...key, 'noise', draw, name);
      return [name, float32(dims, Float32Array.from({ length: data.length }, normal))];
    }),
  );
}

/** θ + σ·u. */
export function perturbed(params: Params, noise: Params, sigma: number): Params {
  return new Map(
    [...params].map(([name, { dims, data }]) => {
      const u = noise.get(name)!.data;
      const moved = new Float32Array(data.length);
      for (let i = 0; i < moved.length; i++) moved[i] = data[i]! + sigma * u[i]!;
      return [name, float32(dims, moved)];
    }),
  );
}
