import type { Params } from '../tensor/params.js';
import { float32 } from '../tensor/tensor.js';
import type { Recipe } from './recipe.js';
import type { GroupOptions, Optimizer, Saved } from './slots.js';
import { clipScale, eachGradient, slotsOf } from './slots.js';

export type AdamwOptions = GroupOptions & Pick<Recipe, 'betas' | 'eps' | 'clip'>;

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019) as PyTorch's `torch.optim.AdamW` after `clip_grad_norm_`. In step t,
 * r = rate · factor:
 *
 *     g ← g · min(1, clip / (‖all g‖₂ + 1e-6))
 *     p ← p · (1 − r · weightDecay)
 *     m ← β₁ · m + (1 − β₁) · g,   v ← β₂ · v + (1 − β₂) · g²
 *     p ← p − r / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + eps)
 *
 * State: m and v, as `exp_avg` and `exp_avg_sq`.
 */
export function adamw(params: Params, options: AdamwOptions, saved?: Saved): Optimizer {
  const { betas, eps, clip } = options;
  const slots = slotsOf(params, options);
  const averages = (name: string): Params =>
    new Map([...params].map(([key, { dims }]) => [key, float32(dims, saved?.state.get(name)?.get(key)?.data.slice())]));
  const [first, second] = [averages('exp_avg'), averages('exp_avg_sq')];
  let steps = saved?.steps ?? 0;
  return {
    state: new Map([
      ['exp_avg', first],
      ['exp_avg_sq', second],
    ]),
    update(gradients, rate) {
      steps++;
      const scale = clipScale(gradients, clip);
      eachGradient(slots, gradients, ({ name, data, factor, weightDecay }, gradient) =>
        descend(data, gradient, first.get(name)!.data, second.get(name)!.data, {
          scale,
          betas,
          eps,
          shrink: 1 - rate * factor * weightDecay,
          rate: (rate * factor) / (1 - betas[0] ** steps),
          correction: Math.sqrt(1 - betas[1] ** steps),
        }),
      );
    },
  };
}

interface Step {
  readonly scale: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly shrink: number;
  readonly rate: number;
  readonly correction: number;
}

function descend(
  p: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { scale, betas: [beta1, beta2], eps, shrink, rate, correction }: Step,
): void {
  for (let i = 0; i < p.length; i++) {
    const slope = scale * g[i]!;
    const mean = beta1 * m[i]! + (1 - beta1) * slope;
    const square = beta2 * v[i]! + (1 - beta2) * slope * slope;
    m[i] = mean;
    v[i] = square;
    p[i] = shrink * p[i]! - (rate * mean) / (Math.sqrt(square) / correction + eps);
  }
}
