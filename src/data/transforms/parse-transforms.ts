import { InputError } from '../../tensor/input-error.js';
import { unknownName } from '../../tensor/nearest.js';
import type { TransformSpec } from '../dataset.js';
import { show } from '../../tensor/options.js';
import { centerCrop } from './center-crop.js';
import { crop } from './crop.js';
import { flip } from './flip.js';
import { randomResizedCrop } from './random-resized-crop.js';
import { resize } from './resize.js';
import type { ImageShape, Transform, TransformKind } from './transform.js';

/** Every transform a study can name. */
export const TRANSFORMS: Readonly<Record<string, TransformKind>> = { centerCrop, crop, flip, randomResizedCrop, resize };

/**
 * The transforms that a study writes, each built for the shape that the one before leaves.
 * Throws InputError for an unknown word or option, and for a step that does not fit its images.
 */
export function parseTransforms(specs: readonly TransformSpec[], images: ImageShape): Transform[] {
  let shape: ImageShape = { channels: images.channels, height: images.height, width: images.width };
  return specs.map((spec) => {
    const [word, ...others] = Object.keys(Object(spec));
    if (typeof spec !== 'object' || word === undefined || others.length > 0) {
      throw new InputError(`augment: a step must be one word with its options, like { flip: true }, got ${show(spec)}`);
    }
    if (!Object.hasOwn(TRANSFORMS, word)) throw new InputError(`augment: ${unknownName('transform', word, Object.keys(TRANSFORMS))}`);
    const transform = TRANSFORMS[word]!(spec[word], shape);
    shape = transform.to;
    return transform;
  });
}

/** The shape of images after these transforms. */
export function transformedSize(specs: readonly TransformSpec[], images: ImageShape): ImageShape {
  const { channels, height, width } = images;
  return parseTransforms(specs, images).at(-1)?.to ?? { channels, height, width };
}
