import { InputError } from '../../tensor/input-error.js';
import type { Random } from '../../tensor/random.js';
import { optionsOf, show } from '../../tensor/options.js';
import type { Box } from './resample.js';
import { resample } from './resample.js';
import { sizeOption } from './size.js';
import type { ImageShape, Transform, TransformKind } from './transform.js';

const ATTEMPTS = 10;

/**
 * `{ randomResizedCrop: { size, scale: [0.08, 1], ratio: [0.75, 1.3333] } }`: a random part with a share `scale` of the area and a width/height
 * `ratio`, scaled to `size` (the image's own if left out). Drawn as torchvision draws it. Evaluation scales the whole image.
 */
export const randomResizedCrop: TransformKind = (given, from): Transform => {
  const options = optionsOf('randomResizedCrop', given === true ? {} : given, ['size', 'scale', 'ratio']);
  const size = options['size'] === undefined ? from : sizeOption('randomResizedCrop: size', options['size']);
  const scale = range('randomResizedCrop: scale', options['scale'] ?? [0.08, 1], 1);
  const ratio = range('randomResizedCrop: ratio', options['ratio'] ?? [3 / 4, 4 / 3], Infinity);
  const to = { channels: from.channels, height: size.height, width: size.width };
  const whole = { top: 0, left: 0, height: from.height, width: from.width };
  const same = to.height === from.height && to.width === from.width;
  return {
    name: 'randomResizedCrop',
    from,
    to,
    train: (image, out, random) => resample(image, out, { from, to, box: drawBox(from, scale, ratio, random) }),
    evaluate: same ? null : (image, out) => resample(image, out, { from, to, box: whole }),
  };
};

type Range = readonly [number, number];

/** Area uniform in the range, ratio uniform in its logarithm; after ten parts that do not fit, the middle with the nearest ratio allowed. */
export function drawBox({ height, width }: ImageShape, scale: Range, ratio: Range, random: Random): Box {
  const between = ([low, high]: Range) => low + (high - low) * random.uniform();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = height * width * between(scale);
    const aspect = Math.exp(between([Math.log(ratio[0]), Math.log(ratio[1])]));
    const [w, h] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
    if (w > 0 && h > 0 && w <= width && h <= height) {
      return { top: random.integer(height - h + 1), left: random.integer(width - w + 1), height: h, width: w };
    }
  }
  const aspect = Math.min(ratio[1], Math.max(ratio[0], width / height));
  const h = Math.max(1, Math.min(height, Math.round(width / aspect)));
  const w = Math.max(1, Math.min(width, Math.round(height * aspect)));
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
}

function range(what: string, value: unknown, max: number): Range {
  const [low, high] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  if (typeof low === 'number' && typeof high === 'number' && low > 0 && low <= high && high <= max) return [low, high];
  throw new InputError(`${what}: must be [low, high] with 0 < low <= high${max < Infinity ? ` <= ${max}` : ''}, got ${show(value)}`);
}
