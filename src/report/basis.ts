import type { Tables } from '../analyses/analysis.js';
import { count } from './format.js';

const SPLITS = { test: 'test image', val: 'validation image', train: 'training image' } as const;

/** Columns that name runs, several of them joined by ' + '. */
const NAMING = ['run', 'a', 'b', 'point', 'runs'] as const;

/** More names than these are counted. */
const NAMED = 8;

/**
 * What an analysis' figures stand on: '312 test images, 128 training images · P-T.1, P-T.2'. Images: the most that a row has, split by split
 * (where rows do not say, the only one that others name, or `split`); runs: those of `known` whose names stand in rows. '' where rows tell neither.
 */
export function basisOf(tables: Tables, known: readonly string[], split: keyof typeof SPLITS = 'test'): string {
  const images = new Map<string, number>();
  const named = new Set<string>();
  const rows = Object.values(tables).flat();
  const counting = rows.filter((row) => typeof row['n'] === 'number') as { readonly n: number; readonly split?: string }[];
  const said = new Set(counting.flatMap((row) => row.split ?? []));
  const unsaid = said.size === 1 ? [...said][0]! : split;
  for (const { n, split: of = unsaid } of counting) images.set(of, Math.max(n, images.get(of) ?? 0));
  for (const row of rows) {
    for (const column of NAMING) if (typeof row[column] === 'string') row[column].split(' + ').forEach((name) => named.add(name));
  }
  const counts = Object.entries(SPLITS).flatMap(([name, noun]) => (images.has(name) ? [count(images.get(name)!, noun)] : []));
  const runs = known.filter((name) => named.has(name));
  const names = runs.length > NAMED ? count(runs.length, 'run') : runs.join(', ');
  return [counts.join(', '), names].filter((part) => part !== '').join(' · ');
}
