import type { NetworkModule } from '../models/network.js';
import type { Params } from '../tensor/params.js';
import type { Recipe } from './recipe.js';

export type Gradients = ReadonlyMap<string, Float32Array>;

/** What an optimizer remembers besides the parameters: float32 tensors in the parameters' shapes, by their name in its formula. */
export type OptimizerState = ReadonlyMap<string, Params>;

/** An optimizer on its parameters. */
export interface Optimizer {
  /** One step, in place. `rate` is the schedule's. */
  update(gradients: Gradients, rate: number): void;
  /** Changed in place; to be saved, and given back on resume. */
  readonly state: OptimizerState;
}

/** What a saved run gives back to its optimizer. */
export interface Saved {
  readonly state: OptimizerState;
  /** Steps that were taken. */
  readonly steps: number;
}

/** What the options of a recipe say about single parameters. */
export type GroupOptions = Pick<Recipe, 'weightDecay' | 'multipliers'> &
  Partial<Pick<Recipe, 'noDecay' | 'layerDecay'>> & {
    /** For `layerDecay`: a layer is a module, in forward order. */
    readonly modules?: readonly Pick<NetworkModule, 'parameters'>[];
  };

/** A parameter as an optimizer sees it: the schedule's rate is multiplied with `factor`. */
export interface Slot {
  readonly name: string;
  readonly data: Float32Array;
  readonly factor: number;
  readonly weightDecay: number;
}

/**
 * Rate factor: the first multiplier whose pattern matches (1 without one), times layerDecay^d, where d modules lie between the parameter's
 * module and the last, the head: d = 0 there (Clark et al., "ELECTRA", ICLR 2020). No weight decay where a pattern of `noDecay` matches.
 */
export function slotsOf(
  params: Params,
  { weightDecay, multipliers, noDecay = [], layerDecay = 1, modules = [] }: GroupOptions,
): readonly Slot[] {
  const rates = multipliers.map(({ pattern, factor }) => ({ pattern: new RegExp(pattern), factor }));
  const exempt = noDecay.map((pattern) => new RegExp(pattern));
  const depth = new Map(modules.flatMap(({ parameters }, i) => parameters.map((name) => [name, modules.length - 1 - i] as const)));
  return [...params].map(([name, { data }]) => ({
    name,
    data,
    factor: (rates.find(({ pattern }) => pattern.test(name))?.factor ?? 1) * layerDecay ** (depth.get(name) ?? 0),
    weightDecay: exempt.some((pattern) => pattern.test(name)) ? 0 : weightDecay,
  }));
}

/** Calls `step` with every slot's gradient. Throws for a gradient that is missing or of another size. */
export function eachGradient(slots: readonly Slot[], gradients: Gradients, step: (slot: Slot, gradient: Float32Array) => void): void {
  for (const slot of slots) {
    const gradient = gradients.get(slot.name);
    if (gradient?.length !== slot.data.length)
      throw new Error(`internal: optimizer: ${slot.name} has ${slot.data.length} values, its gradient ${gradient?.length}`);
    step(slot, gradient);
  }
}

/** What `clip_grad_norm_` multiplies gradients with: min(1, clip / (‖all‖₂ + 1e-6)). */
export const clipScale = (gradients: Gradients, clip: number | null): number =>
  clip === null ? 1 : Math.min(1, clip / (norm(gradients) + 1e-6));

/** Global ℓ₂ norm, accumulated in float64. */
export function norm(gradients: Gradients): number {
  let sum = 0;
  for (const gradient of gradients.values()) {
    for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(sum);
}
