import type { Params } from '../tensor/params.js';
import { float32 } from '../tensor/tensor.js';
import type { Recipe } from './recipe.js';

export type Gradients = ReadonlyMap<string, Float32Array>;
export type SgdOptions = Pick<Recipe, 'momentum' | 'nesterov' | 'weightDecay' | 'clip' | 'multipliers'>;

/** An optimizer on its parameters. What it has to remember besides them is `momentum`. */
export interface Sgd {
  /** One step, in place. */
  update(gradients: Gradients, rate: number): void;
  /** Running sums of gradients, by parameter; to be saved and given back on resume. */
  readonly momentum: Params;
}

/**
 * Stochastic gradient descent as PyTorch's `torch.optim.SGD` after `clip_grad_norm_`:
 *
 *     g ← g · min(1, clip / (‖all g‖₂ + 1e-6))
 *     g ← g + weightDecay · p
 *     v ← momentum · v + g
 *     p ← p − rate · factor · (nesterov ? g + momentum · v : v)
 *
 * `params` are those that train; they are updated in place. `momentum` continues a saved run.
 */
export function sgd(params: Params, { momentum, nesterov, weightDecay, clip, multipliers }: SgdOptions, saved?: Params): Sgd {
  const patterns = multipliers.map(({ pattern, factor }) => ({ pattern: new RegExp(pattern), factor }));
  const slots = [...params].map(([name, { dims, data }]) => ({
    name,
    data,
    velocity: float32(dims, saved?.get(name)?.data.slice()),
    factor: patterns.find(({ pattern }) => pattern.test(name))?.factor ?? 1,
  }));
  return {
    momentum: new Map(slots.map(({ name, velocity }) => [name, velocity])),
    update(gradients, rate) {
      const scale = clip === null ? 1 : Math.min(1, clip / (norm(gradients) + 1e-6));
      for (const { name, data, velocity, factor } of slots) {
        const gradient = gradients.get(name);
        if (gradient?.length !== data.length)
          throw new Error(`internal: sgd: ${name} has ${data.length} values, its gradient ${gradient?.length}`);
        descend(data, gradient, velocity.data, { scale, rate: rate * factor, momentum, nesterov, weightDecay });
      }
    },
  };
}

/** Global ℓ₂ norm, accumulated in float64. */
export function norm(gradients: Gradients): number {
  let sum = 0;
  for (const gradient of gradients.values()) {
    for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  }
  return Math.sqrt(sum);
}

interface Step {
  readonly scale: number;
  readonly rate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

function descend(p: Float32Array, g: Float32Array, v: Float32Array, { scale, rate, momentum, nesterov, weightDecay }: Step): void {
  // two loops, so that neither asks for nesterov at every element
  if (nesterov) {
    for (let i = 0; i < p.length; i++) {
      const slope = scale * g[i]! + weightDecay * p[i]!;
      const velocity = momentum * v[i]! + slope;
      v[i] = velocity;
      p[i] = p[i]! - rate * (slope + momentum * velocity);
    }
  } else {
    for (let i = 0; i < p.length; i++) {
      const velocity = momentum * v[i]! + (scale * g[i]! + weightDecay * p[i]!);
      v[i] = velocity;
      p[i] = p[i]! - rate * velocity;
    }
  }
}
