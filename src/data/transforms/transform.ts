import type { Random } from '../../tensor/random.js';

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A step on one image, uint8 [channels, height, width]. Shapes are known before any pixel is. */
export interface Transform {
  readonly name: string;
  readonly from: ImageShape;
  readonly to: ImageShape;
  /** What training sees: reads `from`, draws from `random`, writes all of `to`. */
  train(image: Uint8Array, out: Uint8Array, random: Random): void;
  /** What evaluation sees: the step without its chance. null: the image as it is. */
  readonly evaluate: ((image: Uint8Array, out: Uint8Array) => void) | null;
}

/** What a word of a study means: its options as written, and the images it gets, make a transform. Throws InputError. */
export type TransformKind = (options: unknown, from: ImageShape) => Transform;

export const pixelsOf = ({ channels, height, width }: ImageShape): number => channels * height * width;
export const showSize = ({ height, width }: Pick<ImageShape, 'height' | 'width'>): string => `${height}x${width}`;
