import { resample } from './resample.js';
import { sizeOption } from './size.js';
import type { ImageShape, Transform, TransformKind } from './transform.js';

/** `{ resize: 32 }`: the shorter side becomes this, the proportions stay (rounded down); `{ resize: [height, width] }`: exactly this. */
export const resize: TransformKind = (given, from): Transform => {
  const to = { channels: from.channels, ...targetSize(given, from) };
  const same = to.height === from.height && to.width === from.width;
  const box = { top: 0, left: 0, height: from.height, width: from.width };
  const scale = (image: Uint8Array, out: Uint8Array) => (same ? out.set(image) : resample(image, out, { from, to, box }));
  return { name: 'resize', from, to, train: scale, evaluate: same ? null : scale };
};

function targetSize(given: unknown, { height, width }: ImageShape) {
  const size = sizeOption('resize', given);
  if (Array.isArray(given)) return size;
  const shorter = Math.min(height, width);
  return { height: Math.floor((size.height * height) / shorter), width: Math.floor((size.width * width) / shorter) };
}
