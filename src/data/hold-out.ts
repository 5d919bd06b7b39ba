import { random } from '../tensor/random.js';
import type { ListedImage } from './listing.js';

/** Draws a share of every class for validation; a class keeps one training image. Lists keep their order. */
export function holdOut(
  images: readonly ListedImage[],
  share: number,
  seed: number,
): { readonly train: ListedImage[]; readonly val: ListedImage[] } {
  const byClass = new Map<number, ListedImage[]>();
  for (const image of images) {
    const members = byClass.get(image.label!);
    if (members) members.push(image);
    else byClass.set(image.label!, [image]);
  }
  const held = new Set<ListedImage>();
  for (const [label, members] of byClass) {
    const size = Math.min(members.length - 1, Math.round(share * members.length));
    for (const i of random(seed, 'split', label).permutation(members.length).slice(0, size)) held.add(members[i]!);
  }
  return { train: images.filter((image) => !held.has(image)), val: images.filter((image) => held.has(image)) };
}

/** Draws shares of the groups (all images of a patient) for validation and test; one group stays for training. Lists keep their order. */
export function holdOutGroups<T extends ListedImage>(
  images: readonly T[],
  { val, test }: { readonly val: number; readonly test: number },
  { seed, groupOf }: { readonly seed: number; readonly groupOf: (image: T) => string },
): { readonly train: T[]; readonly val: T[]; readonly test: T[] } {
  const groups = [...new Set(images.map(groupOf))];
  const tested = Math.min(groups.length - 1, Math.round(test * groups.length));
  const validated = Math.min(groups.length - 1 - tested, Math.round(val * groups.length));
  const order = random(seed, 'split').permutation(groups.length);
  const place = new Map(Array.from(order, (i, at) => [groups[i]!, at]));
  const within = (from: number, to: number) =>
    images.filter((image) => {
      const at = place.get(groupOf(image))!;
      return at >= from && at < to;
    });
  return { test: within(0, tested), val: within(tested, tested + validated), train: within(tested + validated, groups.length) };
}
