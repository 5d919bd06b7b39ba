import type { Shuffle } from './shuffle.js';

export type SplitName = 'train' | 'val' | 'test';
export const SPLITS: readonly SplitName[] = ['train', 'val', 'test'];

/** Images decoded once into one packed block. */
export interface Split {
  /** Stable identity of each image; analyses pair models by it. */
  readonly ids: readonly string[];
  /** Class index of each image; −1 everywhere where `marks` say what an image has. */
  readonly labels: Int32Array;
  /** [count, classes] of a data set with independent labels: 1 has it, 0 has not, −1 is not known (left out of losses and metrics). */
  readonly marks?: Int8Array;
  /** [count, channels, height, width], 0…255. May be a view on a shared buffer. */
  readonly pixels: Uint8Array;
}

export interface Skipped {
  readonly file: string;
  readonly reason: string;
}

export interface Dataset {
  readonly name: string;
  readonly classes: readonly string[];
  /** An image has any number of the classes (`Split.marks`) instead of exactly one. */
  readonly multiLabel?: boolean;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Mean and standard deviation a channel of pixels / 255 (of the training split), for normalization. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** The order of an image's values in every batch, applied after normalization; left out: as they are. Pixels below are not shuffled. */
  readonly shuffle?: Shuffle;
  readonly splits: Readonly<Record<SplitName, Split>>;
  /** Files that were left out, with the reason. */
  readonly skipped: readonly Skipped[];
  /** Sentences a user should read before trusting numbers, e.g. a class with one image. */
  readonly remarks?: readonly string[];
  /** Terms of the pictures, where known: 'CC-BY-4.0 (noto…)'. */
  readonly licence?: string;
}

/** What a study says about a data set. One `dataset` word, one file in `data/`, and its options. */
export interface DatasetSpec {
  readonly dataset: string;
  readonly [option: string]: unknown;
}

/** A step of augmentation, `{ crop: { padding: 3 } }` as the study writes it; see `transforms/`. */
export type TransformSpec = Readonly<Record<string, unknown>>;

/** One batch, its keys are the step graph's input names. */
export interface Batch {
  /** float32 [batch, channels, height, width], normalized. */
  readonly images: Float32Array;
  /** float32 [batch, classes]: one-hot, mixed or independent labels; −1 where a label is not known. */
  readonly targets: Float32Array;
  /** Index of each image in its split; −1 marks padding of a short last batch in evaluation. */
  readonly indices: Int32Array;
  /** How long the consumer waited for this batch, in milliseconds. */
  readonly waitMs: number;
}
