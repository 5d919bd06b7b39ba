import type { Params } from '../tensor/params.js';
import { float32 } from '../tensor/tensor.js';
import type { Recipe } from './recipe.js';
import type { GroupOptions, Optimizer, Saved } from './slots.js';
import { clipScale, eachGradient, slotsOf } from './slots.js';

export type SgdOptions = GroupOptions & Pick<Recipe, 'momentum' | 'nesterov' | 'clip'>;

/**
 * Stochastic gradient descent as PyTorch's `torch.optim.SGD` after `clip_grad_norm_`:
 *
 *     g ← g · min(1, clip / (‖all g‖₂ + 1e-6))
 *     g ← g + weightDecay · p
 *     v ← momentum · v + g
 *     p ← p − rate · factor · (nesterov ? g + momentum · v : v)
 *
 * State: v, as `momentum`.
 */
export function sgd(params: Params, options: SgdOptions, saved?: Saved): Optimizer {
  const { momentum, nesterov, clip } = options;
  const slots = slotsOf(params, options);
  const kept = saved?.state.get('momentum');
  const velocities = new Map([...params].map(([name, { dims }]) => [name, float32(dims, kept?.get(name)?.data.slice())]));
  return {
    state: new Map([['momentum', velocities]]),
    update(gradients, rate) {
      const scale = clipScale(gradients, clip);
      eachGradient(slots, gradients, ({ name, data, factor, weightDecay }, gradient) =>
        descend(data, gradient, velocities.get(name)!.data, { scale, rate: rate * factor, momentum, nesterov, weightDecay }),
      );
    },
  };
}

interface Step {
  readonly scale: number;
  readonly rate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

function descend(p: Float32Array, g: Float32Array, v: Float32Array, { scale, rate, momentum, nesterov, weightDecay }: Step): void {
  // two loops, so that neither asks for nesterov at every element; each value is read once (a compiler that must fear aliases reads it twice)
  if (nesterov) {
    for (let i = 0; i < p.length; i++) {
      const value = p[i]!;
      const slope = scale * g[i]! + weightDecay * value;
      const velocity = momentum * v[i]! + slope;
      v[i] = velocity;
      p[i] = value - rate * (slope + momentum * velocity);
    }
  } else {
    for (let i = 0; i < p.length; i++) {
      const value = p[i]!;
      const velocity = momentum * v[i]! + (scale * g[i]! + weightDecay * value);
      v[i] = velocity;
      p[i] = value - rate * velocity;
    }
  }
}
