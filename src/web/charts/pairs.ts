import * as Plot from '@observablehq/plot';
import { decimal, interval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import type { ChartOptions } from './figure.js';
import { GRID, type Key } from './frame.js';
import { intervals } from './intervals.js';

/** What charts of pairs of networks have in common: keys, the axes of a path from one to the other, barriers. */

interface Pair {
  readonly a: string;
  readonly b: string;
}

export const pairOf = ({ a, b }: Pair): string => `${a} & ${b}`;

/** A key a kind of pair. */
export const pairKeys = (rows: readonly { readonly pair: string }[], shape: Key['shape']): Key[] =>
  inOrder(rows.map((row) => row.pair)).map((pair) => ({ label: pair, color: colorOf(pair), shape }));

/** Accuracy in percent up to a little over `most` (in [0, 1]), along λ from 0 to 1; `ends`: what stands there. */
export const pathAxes = (ends: readonly [string, string], most: number): Plot.PlotOptions => ({
  height: 250,
  marginTop: 26,
  marginLeft: 34,
  marginBottom: 44,
  x: {
    label: 'λ',
    labelArrow: 'none',
    ticks: [0, 0.5, 1],
    tickFormat: (end: number) => ({ 0: `0\n${ends[0]}`, 1: `1\n${ends[1]}` })[end] ?? String(end),
  },
  y: { label: null, domain: [0, Math.min(100, 10 * Math.ceil(10.2 * most))], ticks: 5 },
});

/** Under the lines of such a path. */
export const pathGround = (): Plot.Markish[] => [Plot.gridY({ ...GRID, ticks: 5 }), Plot.ruleY([0], { strokeOpacity: 0.5 })];

export const pathTitle = (): Plot.Markish =>
  Plot.text(['Accuracy, %'], { text: (text: string) => text, frameAnchor: 'top-left', dy: -16, fontWeight: 600 });

/** A drop of accuracy below the straight line between the ends, in [0, 1]. */
interface Barrier {
  readonly pair: string;
  readonly barrier: number;
  readonly low: number | null;
  readonly high: number | null;
}

export const points = (value: number): string => decimal(100 * value, 1);
const shown = (row: Barrier) => interval(row.barrier, row.low, row.high, points);
const percentage = (share: number | null) => (share === null ? null : 100 * share);

/** Every barrier after what `label` calls it, for who cannot see the chart. */
export const spokenBarriers = <T extends Barrier>(rows: readonly T[], label: (row: T) => string, between = ', '): string =>
  rows.map((row) => `${label(row)} ${shown(row)}`).join(between);

/** Under which a barrier makes one basin, in points: the option `oneBasin`. */
export const basinBound = ({ given }: ChartOptions): { readonly value: number; readonly label: string } => {
  const value = 100 * Number(given?.['oneBasin'] ?? 0.02);
  return { value, label: `${Number(value.toFixed(2))} points` };
};

/** Barriers with their intervals, beside the bound under which we speak of one basin. */
export function drawBarriers<T extends Barrier>(
  rows: readonly T[],
  options: ChartOptions,
  { label, x, tip = () => '' }: { readonly label: (row: T) => string; readonly x: string; readonly tip?: (row: T) => string },
): Element | null {
  if (rows.length === 0) return null;
  return intervals(
    rows.map((row) => ({
      label: label(row),
      value: 100 * row.barrier,
      low: percentage(row.low),
      high: percentage(row.high),
      color: colorOf(row.pair),
      tip: `${label(row)}\nbarrier ${shown(row)} points${tip(row)}`,
    })),
    options,
    { x, marks: [basinBound(options)], keys: pairKeys(rows, 'dot') },
  );
}
