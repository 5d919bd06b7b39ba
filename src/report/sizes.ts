import { list } from './format.js';

/** How many images a target has; `train` null: its networks were trained elsewhere, on nobody knows how many. */
export interface Sizes {
  readonly train: number | null;
  readonly test: number;
}

/** Numbers of images whose ratio is at least this differ. */
const APART = 1.1;
const differ = (counts: readonly number[]) => counts.length > 1 && Math.max(...counts) >= APART * Math.min(...counts);

const SPLITS = [
  { split: 'train', noun: 'training', then: 'differences between their gaps partly reflect that' },
  { split: 'test', noun: 'test', then: 'where test images are fewer, intervals are wider and less is decided' },
] as const;

/** One sentence where targets that stand side by side differ in their numbers of images by a tenth or more. */
export function sizesCaution(sizes: Readonly<Record<string, Sizes>>): string[] {
  const all = Object.entries(sizes);
  const apart = SPLITS.filter(({ split }) => {
    const counts = all.map(([, size]) => size[split]);
    return !counts.includes(null) && differ(counts as number[]);
  });
  if (apart.length === 0) return [];
  const said = all.map(([target, size]) => `${target} ${list(apart.map(({ split, noun }) => `${size[split]!.toLocaleString('en-US')} ${noun}`))}`); // prettier-ignore
  return [`Targets differ in size (images: ${said.join('; ')}): ${apart.map(({ then }) => then).join('; ')}.`];
}
