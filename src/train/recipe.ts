import type { TransformSpec } from '../data/dataset.js';

/** Formulas in `losses.ts`. */
export const LOSSES = ['cross-entropy', 'binary-cross-entropy'] as const;
export type Loss = (typeof LOSSES)[number];

export const OPTIMIZERS = ['sgd', 'adamw'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

/** How to train: everything that changes the numbers, and nothing else. All of it is part of a step's identity. */
export interface Recipe {
  readonly epochs: number;
  readonly batch: number;
  /** Base learning rate. */
  readonly rate: number;
  readonly schedule: Schedule;
  /** Formulas in `sgd.ts` and `adamw.ts`. */
  readonly optimizer: OptimizerName;
  /** Of SGD. */
  readonly momentum: number;
  /** Of SGD. */
  readonly nesterov: boolean;
  /** Of AdamW: how slowly the averages of gradients and of their squares follow. */
  readonly betas: readonly [number, number];
  /** Of AdamW: added to the root of the mean square. */
  readonly eps: number;
  /** SGD: L2 penalty added to every gradient. AdamW: decoupled, a share (times the rate) of every parameter. */
  readonly weightDecay: number;
  /** Parameters without weight decay, by regular expression. */
  readonly noDecay: readonly string[];
  /** Largest global gradient norm; null: no clipping. */
  readonly clip: number | null;
  /** Rate multipliers by a regular expression on the parameter's name; the first that matches counts. */
  readonly multipliers: readonly { readonly pattern: string; readonly factor: number }[];
  /** Every module's rate is this much of the next one's towards the head; 1: all the same. */
  readonly layerDecay: number;
  /** Parameters that stay as they are, by regular expression. */
  readonly frozen: readonly string[];
  /** train: BatchNorms normalize with their batch and their running statistics follow; frozen: with the running statistics, which stay. */
  readonly batchNorm: 'train' | 'frozen';
  /** Mixup's α; 0: none. One λ a batch. */
  readonly mixup: number;
  readonly loss: Loss;
  readonly augment: readonly TransformSpec[];
  /** Epochs after which a checkpoint is kept, besides 0 and the last: every k epochs, or a list. */
  readonly checkpoints: { readonly every: number } | readonly number[];
}

/** Separate seeds: fresh parameters, and order of the images with augmentation and mixup. */
export interface Seeds {
  readonly init: number;
  readonly order: number;
}

/** Rate as a function of the step (formulas in `schedule.ts`); `warmup` is a share of all steps, `drops` are epochs. */
export type Schedule =
  | { readonly name: 'constant'; readonly warmup: number }
  | { readonly name: 'multi-step'; readonly warmup: number; readonly drops: readonly number[]; readonly factor: number }
  | { readonly name: 'cosine'; readonly warmup: number };

/** The paper's optimizer on Carryover's small networks (warm-up and clipping are ours). */
export const DEFAULT_RECIPE: Recipe = {
  epochs: 40,
  batch: 64,
  rate: 0.1,
  schedule: { name: 'cosine', warmup: 0.05 },
  optimizer: 'sgd',
  momentum: 0.9,
  nesterov: false,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 1e-4,
  noDecay: [],
  clip: 5,
  multipliers: [{ pattern: 'bias|scale', factor: 0.1 }],
  layerDecay: 1,
  frozen: [],
  batchNorm: 'train',
  mixup: 0,
  loss: 'cross-entropy',
  augment: [],
  checkpoints: [],
};

/**
 * Metrics of one epoch. Epoch 0 is the initial network, before any step. Accuracies in [0, 1]; of independent labels they are mean AUCs, and
 * their names in the epochs file say so (`testAuc`).
 */
export interface EpochRow {
  readonly epoch: number;
  /** Running averages over the epoch's training batches (augmented, mixed); epoch 0: evaluated. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  /** null when the split has no images. */
  readonly valLoss: number | null;
  readonly valAccuracy: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy: number | null;
  /** Rate of the epoch's last step. */
  readonly rate: number;
}

/** What depends on the machine and the moment; recorded beside the metrics, never hashed or compared. */
export interface EpochTiming {
  readonly epoch: number;
  readonly imagesPerSecond: number;
  /** Total time the training loop waited for data. */
  readonly dataWaitMs: number;
  readonly seconds: number;
}
