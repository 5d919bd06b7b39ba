import type { Schedule } from './recipe.js';

/** Where a step stands: `step` counts from 0 over the whole run. */
export interface Place {
  readonly step: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/**
 * Rate of a step. With T = epochs · stepsPerEpoch steps in all and w = round(warmup · T):
 *
 *     s < w        rate · (s + 1) / (w + 1)                              (from 0 before the first step to `rate` at step w)
 *     constant     rate
 *     multi-step   rate · factor^(number of drops ≤ s / stepsPerEpoch)   (drops are epochs: 30 means before the 31st)
 *     cosine       rate · (1 + cos(π (s − w) / (T − w))) / 2
 *
 * as PyTorch's LinearLR (start_factor 1/(w + 1), total_iters w) followed by ConstantLR, MultiStepLR, CosineAnnealingLR (T_max T − w), per step.
 */
export function rateAt(schedule: Schedule, rate: number, { step, epochs, stepsPerEpoch }: Place): number {
  const steps = epochs * stepsPerEpoch;
  const warmup = Math.round(schedule.warmup * steps);
  if (step < warmup) return (rate * (step + 1)) / (warmup + 1);
  switch (schedule.name) {
    case 'constant':
      return rate;
    case 'multi-step':
      return rate * schedule.factor ** schedule.drops.filter((epoch) => epoch * stepsPerEpoch <= step).length;
    case 'cosine':
      return (rate * (1 + Math.cos((Math.PI * (step - warmup)) / (steps - warmup)))) / 2;
  }
}
