import { DEFAULT_RECIPE } from '../train/recipe.js';
import type { Broken } from './messages.js';
import { pathText, valueAt } from './messages.js';
import type { Path } from './yaml.js';
import { isMapping, list } from './written.js';

/** Epochs to keep that a training does not reach: each where it is written, for the first training that it is wrong for. */
export function checkpointRules(root: unknown): Broken[] {
  const trainings: readonly Path[] = [
    ...(valueAt(root, ['pretrain', 'from']) === undefined ? [['pretrain']] : []),
    ...['P-T', 'RI-T'].map((role) => ['arms', role]).filter((path) => valueAt(root, [...path, 'seeds']) !== undefined),
  ].filter((path) => isMapping(valueAt(root, path)));
  const broken = new Map<string, Broken>();
  for (const training of trainings) {
    const holding = (key: string): Path => [[...training, 'recipe'], ['recipe']].find((path) => valueAt(root, [...path, key]) !== undefined) ?? []; // prettier-ignore
    const epochs = valueAt(root, [...holding('epochs'), 'epochs']) ?? DEFAULT_RECIPE.epochs;
    const path = [...holding('checkpoints'), 'checkpoints'];
    for (const [key, epoch] of written(valueAt(root, path))) {
      const place = [...path, key];
      if (typeof epoch !== 'number' || typeof epochs !== 'number' || epoch <= epochs || broken.has(pathText(place))) continue;
      const of = path.length > 2 ? '' : ` of ${pathText(training)}`;
      broken.set(pathText(place), { path: place, message: `${pathText(place)}: must be at most the ${epochs} epochs${of}, got ${epoch}` });
    }
  }
  return [...broken.values()];
}

/** Epochs to keep, by where they stand: of a list, or the first one of `{ every: k }`. */
const written = (checkpoints: unknown): (readonly [string | number, unknown])[] =>
  isMapping(checkpoints) ? [['every', checkpoints['every']]] : [...list(checkpoints).entries()];
