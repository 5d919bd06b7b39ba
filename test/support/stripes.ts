import type { Dataset, Split } from '../../src/data/dataset.js';
import { random } from '../../src/tensor/random.js';

export interface StripesOptions {
  readonly seed?: number;
  readonly train?: number;
  readonly val?: number;
  readonly test?: number;
  readonly side?: number;
}

const CLASSES = ['horizontal', 'vertical', 'diagonal'];

/** A data set that a small network can learn and that is no gift: stripes of three directions, random phase and tint, in noise. */
export function stripes({ seed = 1, train = 96, val = 30, test = 30, side = 8 }: StripesOptions = {}): Dataset {
  const split = (name: string, count: number): Split => {
    const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES.length);
    const pixels = new Uint8Array(count * 3 * side * side);
    for (let i = 0; i < count; i++)
      draw(pixels.subarray(i * 3 * side * side, (i + 1) * 3 * side * side), labels[i]!, `${seed} ${name} ${i}`, side);
    return { ids: Array.from(labels, (_, i) => `${name}-${i}`), labels, pixels };
  };
  return {
    name: 'stripes',
    classes: CLASSES,
    channels: 3,
    height: side,
    width: side,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    splits: { train: split('train', train), val: split('val', val), test: split('test', test) },
    skipped: [],
  };
}

function draw(pixels: Uint8Array, label: number, key: string, side: number): void {
  const { uniform, normal } = random(key, 'stripes');
  const phase = 2 * Math.PI * uniform();
  for (let c = 0; c < 3; c++) {
    const tint = 30 + 50 * uniform();
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const along = [y, x, (x + y) / 2][label]!;
        const value = 128 + tint * Math.sin((2 * Math.PI * along) / 4 + phase) + 25 * normal();
        pixels[(c * side + y) * side + x] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
  }
}
