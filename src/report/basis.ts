import type { Row, Tables } from '../analyses/analysis.js';
import type { Section } from './contract.js';
import { count } from './format.js';

const SPLITS = { test: 'test image', val: 'validation image', train: 'training image' } as const;

/** Columns that name runs, several of them joined by ' + '. */
const NAMING = ['run', 'a', 'b', 'point', 'runs'] as const;

/** More names than these are counted. */
const NAMED = 8;

/**
 * What an analysis' figures stand on: '312 test images, 128 training images · P-T.1, P-T.2'. Images: the most that a row has, split by split
 * (where rows do not say, the only one that others name, or `split`); runs: those of `known` whose names stand in rows, without names how many
 * stand behind a figure and the `seeds` of these, '1 to 2 runs a figure, seed 3'. '' where rows tell neither.
 */
export function basisOf(tables: Tables, known: readonly string[], split: keyof typeof SPLITS = 'test', seeds?: unknown): string {
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
  return [counts.join(', '), names || numbered(rows, seeds)].filter((part) => part !== '').join(' · ');
}

function numbered(rows: readonly Row[], seeds: unknown): string {
  const numbers = rows.map(({ runs }) => runs).filter((runs) => typeof runs === 'number');
  if (numbers.length === 0) return '';
  const told = Array.isArray(seeds) && seeds.length > 0 ? `, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}` : '';
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return `${least < most ? `${least} to ` : ''}${count(most, 'run')} a figure${told}`;
}

/** What a sentence over several sections stands on: one text where all targets agree, else target by target; '' where nothing is known. */
export function sharedBasis(sections: readonly Pick<Section, 'target' | 'basis'>[]): string {
  const texts = new Set(sections.map(({ basis }) => basis));
  if (texts.size === 1) return [...texts][0]!;
  const known = sections.filter(({ basis }) => basis !== '');
  return known.map(({ target, basis }) => `${target}: ${basis}`).join('; ');
}
