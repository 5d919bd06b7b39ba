import { InputError } from '../../tensor/input-error.js';
import { numberOption, optionsOf, show } from '../../tensor/options.js';
import type { Transform, TransformKind } from './transform.js';

/** `{ flip: true }`: mirrors left and right with `probability` (default one half). Evaluation: never. */
export const flip: TransformKind = (given, from): Transform => {
  const probability = probabilityOption(given);
  return {
    name: 'flip',
    from,
    to: from,
    train(image, out, random) {
      if (random.uniform() < probability) mirror(image, out, from.width);
      else out.set(image);
    },
    evaluate: null,
  };
};

/** Mirrors every row. */
export function mirror(image: Uint8Array, out: Uint8Array, width: number): void {
  for (let row = 0; row < image.length; row += width) {
    for (let x = 0; x < width; x++) out[row + x] = image[row + width - 1 - x]!;
  }
}

function probabilityOption(given: unknown): number {
  if (typeof given === 'boolean') return given ? 0.5 : 0;
  if (typeof given !== 'object') throw new InputError(`flip: must be true, false or { probability }, got ${show(given)}`);
  return numberOption('flip: probability', optionsOf('flip', given, ['probability'])['probability'] ?? 0.5, 0, 1);
}
