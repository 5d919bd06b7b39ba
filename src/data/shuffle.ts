import { InputError } from '../tensor/input-error.js';
import { integerOption, optionsOf, show } from '../tensor/options.js';
import { random } from '../tensor/random.js';
import type { ImageShape } from './transforms/transform.js';
import { pixelsOf, showSize } from './transforms/transform.js';

/** How images lose their shape: side of the blocks that change places, '*': every value for itself. `seed` draws the permutation. */
export interface Shuffle {
  readonly block: number | '*';
  readonly seed: number;
}

export const SHUFFLE_SEED = 1234;

/** `{ block: 4, seed: 1234 }`, or `pixels` for block '*'. Throws InputError. */
export function shuffleOption(written: unknown): Shuffle {
  if (written === 'pixels') return { block: '*', seed: SHUFFLE_SEED };
  if (typeof written === 'string') throw new InputError(`shuffle: must be { block, seed } or pixels, got ${show(written)}`);
  const { block, seed = SHUFFLE_SEED } = optionsOf('shuffle', written, ['block', 'seed']);
  return { block: block === '*' ? block : integerOption('shuffle: block', block, 1), seed: integerOption('shuffle: seed', seed, 0) };
}

/** Sides of blocks that tile an image, ascending; the last is the image itself where it is square. */
export function blockSizes({ height, width }: Pick<ImageShape, 'height' | 'width'>): number[] {
  const most = Math.min(height, width);
  return Array.from({ length: most }, (_, i) => i + 1).filter((block) => height % block === 0 && width % block === 0);
}

/**
 * The one permutation of a shuffle, for every image alike: value i of the shuffled image [channels, height, width] is value `order[i]` of the
 * image. A block takes all its channels with it, so that blocks of 1 keep a pixel's colour; '*' permutes all C·H·W values. One block: the identity.
 * Throws InputError when the blocks do not tile the image.
 */
export function shuffleOrder({ block, seed }: Shuffle, shape: ImageShape): Int32Array {
  const { channels, height, width } = shape;
  const draws = random(seed, 'shuffle', block);
  if (block === '*') return draws.permutation(pixelsOf(shape));
  if (height % block !== 0 || width % block !== 0) {
    throw new InputError(`shuffle: block must divide the image's sides ${showSize(shape)}, got ${block}`);
  }
  const columns = width / block;
  const from = draws.permutation((height / block) * columns);
  const order = new Int32Array(pixelsOf(shape));
  for (let i = 0, channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        const taken = from[Math.floor(y / block) * columns + Math.floor(x / block)]!;
        const [row, column] = [Math.floor(taken / columns) * block + (y % block), (taken % columns) * block + (x % block)];
        order[i] = (channel * height + row) * width + column;
      }
    }
  }
  return order;
}

/** Writes `image` in another order into `out` from `at` on. */
export function permute(image: ArrayLike<number>, order: Int32Array, out: Float32Array | Uint8Array, at = 0): void {
  for (let i = 0; i < order.length; i++) out[at + i] = image[order[i]!]!;
}
