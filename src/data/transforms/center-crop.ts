import { InputError } from '../../tensor/input-error.js';
import { show } from '../../tensor/options.js';
import { copyWindow } from './copy-window.js';
import { sizeOption } from './size.js';
import type { Transform, TransformKind } from './transform.js';
import { showSize } from './transform.js';

/** `{ centerCrop: 28 }`: the window of this side (or [height, width]) in the middle; an odd margin is smaller above and left. */
export const centerCrop: TransformKind = (given, from): Transform => {
  const size = sizeOption('centerCrop', given);
  if (size.height > from.height || size.width > from.width) {
    throw new InputError(`centerCrop: must fit into the image ${showSize(from)}, got ${show(given)}`);
  }
  const to = { channels: from.channels, ...size };
  const [top, left] = [Math.floor((from.height - to.height) / 2), Math.floor((from.width - to.width) / 2)];
  const take = (image: Uint8Array, out: Uint8Array) => copyWindow(image, out, { from, to, top, left, fill: 0 });
  return { name: 'centerCrop', from, to, train: take, evaluate: take };
};
