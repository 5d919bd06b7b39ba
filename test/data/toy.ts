import type { Dataset, Split } from '../../src/data/dataset.js';
import { random } from '../../src/tensor/random.js';

/** A data set of noise: reproducible pixels, labels in turn, `counts` images a split. */
export function toyDataset({
  counts = { train: 20, val: 5, test: 7 },
  classes = 3,
  channels = 3,
  height = 6,
  width = 8,
}: Partial<{
  counts: Record<'train' | 'val' | 'test', number>;
  classes: number;
  channels: number;
  height: number;
  width: number;
}> = {}): Dataset {
  const split = (name: string, count: number): Split => {
    const rng = random(1, 'toy', name);
    return {
      ids: Array.from({ length: count }, (_, i) => `${name}/${i}`),
      labels: Int32Array.from({ length: count }, (_, i) => i % classes),
      pixels: Uint8Array.from({ length: count * channels * height * width }, () => rng.integer(256)),
    };
  };
  return {
    name: 'toy',
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    channels,
    height,
    width,
    mean: [0.485, 0.456, 0.406].slice(0, channels),
    std: [0.229, 0.224, 0.225].slice(0, channels),
    splits: { train: split('train', counts.train), val: split('val', counts.val), test: split('test', counts.test) },
    skipped: [],
  };
}
