import type { Random } from '../../tensor/random.js';
import type { Transform } from './transform.js';
import { pixelsOf } from './transform.js';

/** All steps on one image: with `random` as training sees it, without as evaluation does. The result is valid until the next call. */
export function pipeline(transforms: readonly Transform[]): (image: Uint8Array, random: Random | null) => Uint8Array {
  const buffers = transforms.map(({ to }) => new Uint8Array(pixelsOf(to)));
  return (image, random) =>
    transforms.reduce((now, { train, evaluate }, i) => {
      const out = buffers[i]!;
      if (random) train(now, out, random);
      else if (evaluate) evaluate(now, out);
      else return now;
      return out;
    }, image);
}
