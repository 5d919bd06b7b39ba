import { InputError } from '../tensor/input-error.js';
import { random } from '../tensor/random.js';
import type { Dataset, Split, SplitName, TransformSpec } from './dataset.js';
import type { Caption } from './png.js';
import { encodePng } from './png.js';
import { permute, shuffleOrder } from './shuffle.js';
import { parseTransforms } from './transforms/parse-transforms.js';
import { pipeline } from './transforms/pipeline.js';
import type { ImageShape } from './transforms/transform.js';
import { pixelsOf } from './transforms/transform.js';

export interface ContactSheetOptions {
  readonly split?: SplitName;
  /** Images in all, in a grid; or `perClass`. */
  readonly count?: number;
  /** A captioned row a class with up to this many images. */
  readonly perClass?: number;
  /** Images a row of the grid. */
  readonly columns?: number;
  /** Screen pixels a pixel. */
  readonly scale?: number;
  /** Draws images at random; the first ones if left out. */
  readonly seed?: number;
  /** Shows images as training sees them (drawn by `seed`, or 0). */
  readonly transforms?: readonly TransformSpec[];
}

const GAP = 2;
const CAPTION_WIDTH = 110;
const CAPTION_MARGIN = 8;

/** Images of a split side by side as a PNG: `perClass` gives a captioned row a class, `count` (default 64) a grid. */
export async function contactSheet(
  dataset: Dataset,
  { split: name = 'train', count = 64, perClass, columns = 16, scale = 1, seed, transforms = [] }: ContactSheetOptions = {},
): Promise<Buffer> {
  const split = dataset.splits[name];
  if (split.ids.length === 0) throw new InputError(`contactSheet: split ${name} must have images, got none`);
  const steps = parseTransforms(transforms, dataset);
  const tile = steps.at(-1)?.to ?? dataset;
  const rows = perClass === undefined ? grid(split, count, columns, seed) : byClass(dataset, split, perClass, seed);
  const margin = perClass === undefined ? 0 : CAPTION_WIDTH;
  const [cellWidth, cellHeight] = [tile.width * scale + GAP, tile.height * scale + GAP];
  const width = margin + Math.max(...rows.map((row) => row.length), 1) * cellWidth + GAP;
  const height = rows.length * cellHeight + GAP;

  const sheet = new Uint8Array(width * height * 3).fill(255);
  const transform = pipeline(steps);
  const look = shuffled(dataset, tile);
  const size = pixelsOf(dataset);
  rows.forEach((row, y) =>
    row.forEach((index, x) => {
      const image = split.pixels.subarray(index * size, (index + 1) * size);
      const shown = transform(image, steps.length > 0 ? random(seed ?? 0, 'preview', index) : null);
      paint(look(shown), tile, sheet, { width, left: margin + GAP + x * cellWidth, top: GAP + y * cellHeight, scale });
    }),
  );
  const captions = perClass === undefined ? [] : dataset.classes.map((text, y) => caption(text, y, cellHeight));
  return encodePng(sheet, { width, height, captions });
}

/** Images by id as PNG data URIs, whichever split they are in. Throws when an id is unknown. */
export async function pictures(
  dataset: Dataset,
  ids: readonly string[],
  { scale = 1 }: { scale?: number } = {},
): Promise<Record<string, string>> {
  const places = new Map(Object.values(dataset.splits).flatMap((split) => split.ids.map((id, index) => [id, { split, index }] as const)));
  const [width, height, size] = [dataset.width * scale, dataset.height * scale, pixelsOf(dataset)];
  const look = shuffled(dataset, dataset);
  const made = ids.map(async (id) => {
    const place = places.get(id);
    if (!place) throw new Error(`pictures: must be an image of ${dataset.name}, got ${id}`);
    const image = place.split.pixels.subarray(place.index * size, (place.index + 1) * size);
    const pixels = new Uint8Array(width * height * 3);
    paint(look(image), dataset, pixels, { width, left: 0, top: 0, scale });
    const png = await encodePng(pixels, { width, height });
    return [id, `data:image/png;base64,${png.toString('base64')}`] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

/** What networks see of a data set that is shuffled; the result is valid until the next call. */
function shuffled({ shuffle }: Dataset, shape: ImageShape): (image: Uint8Array) => Uint8Array {
  if (!shuffle) return (image) => image;
  const [order, out] = [shuffleOrder(shuffle, shape), new Uint8Array(pixelsOf(shape))];
  return (image) => {
    permute(image, order, out);
    return out;
  };
}

function grid({ ids }: Split, count: number, columns: number, seed: number | undefined): number[][] {
  const chosen = orderOf(ids.length, seed).slice(0, count);
  return Array.from({ length: Math.ceil(chosen.length / columns) }, (_, row) => chosen.slice(row * columns, (row + 1) * columns));
}

/** An image stands in the row of every label that it has. */
function byClass({ classes }: Dataset, { labels, marks }: Split, perClass: number, seed: number | undefined): number[][] {
  const order = orderOf(labels.length, seed);
  const has = (i: number, label: number) => (marks ? marks[i * classes.length + label] === 1 : labels[i] === label);
  return classes.map((_, label) => order.filter((i) => has(i, label)).slice(0, perClass));
}

const orderOf = (n: number, seed: number | undefined): number[] =>
  seed === undefined ? Array.from({ length: n }, (_, i) => i) : Array.from(random(seed, 'contact-sheet').permutation(n));

const caption = (text: string, row: number, cellHeight: number): Caption => ({
  text: text.length > 16 ? `${text.slice(0, 15)}…` : text,
  x: CAPTION_WIDTH - CAPTION_MARGIN,
  y: row * cellHeight + cellHeight / 2,
});

/** Draws planes into an RGB picture, each pixel as a square of `scale`; one channel is grey, further ones than three are left out. */
function paint(
  image: Uint8Array,
  { channels, height, width }: ImageShape,
  picture: Uint8Array,
  at: { width: number; left: number; top: number; scale: number },
): void {
  for (let y = 0; y < height * at.scale; y++) {
    for (let x = 0; x < width * at.scale; x++) {
      const from = Math.floor(y / at.scale) * width + Math.floor(x / at.scale);
      const to = ((at.top + y) * at.width + at.left + x) * 3;
      for (let c = 0; c < 3; c++) picture[to + c] = image[(channels < 3 ? 0 : c) * height * width + from]!;
    }
  }
}
