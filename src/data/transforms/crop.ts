import { InputError } from '../../tensor/input-error.js';
import { integerOption, numberOption, optionsOf, show } from '../../tensor/options.js';
import type { Fill } from './copy-window.js';
import { copyWindow } from './copy-window.js';
import { sizeOption } from './size.js';
import type { Transform, TransformKind } from './transform.js';
import { showSize } from './transform.js';

/**
 * `{ crop: { size, padding, fill } }`: a window at a random place of the image with `padding` pixels added on every side.
 * `size` is the image's own if left out; `fill` is 0…255, 'white' or 'edge' (default 0, as in PyTorch). Evaluation takes the middle.
 */
export const crop: TransformKind = (given, from): Transform => {
  const options = optionsOf('crop', given, ['size', 'padding', 'fill']);
  const padding = integerOption('crop: padding', options['padding'] ?? 0, 0);
  const fill = fillOption(options['fill'] ?? 0);
  const size = options['size'] === undefined ? from : sizeOption('crop: size', options['size']);
  const [rows, columns] = [from.height + 2 * padding - size.height, from.width + 2 * padding - size.width];
  if (rows < 0 || columns < 0) throw new InputError(tooLarge(options['size'], from, padding));
  const to = { channels: from.channels, height: size.height, width: size.width };
  const take = (image: Uint8Array, out: Uint8Array, row: number, column: number) =>
    copyWindow(image, out, { from, to, top: row - padding, left: column - padding, fill });
  const middle = { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
  const keepsImage = size.height === from.height && size.width === from.width;
  return {
    name: 'crop',
    from,
    to,
    train: (image, out, random) => take(image, out, random.integer(rows + 1), random.integer(columns + 1)),
    evaluate: keepsImage ? null : (image, out) => take(image, out, middle.row, middle.column),
  };
};

function tooLarge(size: unknown, from: { height: number; width: number }, padding: number): string {
  const padded = { height: from.height + 2 * padding, width: from.width + 2 * padding };
  return `crop: must fit into the ${padding > 0 ? 'padded ' : ''}image ${showSize(padded)}, got ${show(size)}`;
}

function fillOption(value: unknown): Fill {
  if (value === 'edge') return 'edge';
  if (value === 'white') return 255;
  if (typeof value === 'string') throw new InputError(`crop: fill must be 0…255, white or edge, got ${value}`);
  return Math.round(numberOption('crop: fill', value, 0, 255));
}
