import * as Plot from '@observablehq/plot';
import type { ChartOptions } from './figure.js';
import { frame, GRID, NARROW, tips, widest, type Key } from './frame.js';

/** One value with its bounds, a line of the chart. */
export interface IntervalRow {
  readonly label: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly color: string;
  readonly tip: string;
}

/** A value worth comparing with: zero, chance, a threshold. */
export interface Mark {
  readonly value: number;
  readonly label: string;
}

export interface IntervalOptions {
  readonly x: string;
  readonly domain?: readonly [number, number];
  readonly marks?: readonly Mark[];
  readonly keys?: readonly Key[];
}

/** Dots with their intervals, one below the other. */
export function intervals(
  rows: readonly IntervalRow[],
  options: ChartOptions,
  { x, domain, marks = [], keys = [] }: IntervalOptions,
): Element {
  const bounded = rows.filter((row) => row.low !== null && row.high !== null);
  const reach = [...rows.flatMap((row) => [row.value, row.low ?? row.value, row.high ?? row.value]), ...marks.map((mark) => mark.value)];
  const [least, most] = domain ?? [Math.min(...reach), Math.max(...reach)];
  const room = domain ? 0 : 0.06 * (most - least || 1);
  const color = (row: IntervalRow) => row.color;
  return frame(
    {
      height: rows.length * 26 + 62,
      marginTop: marks.some((mark) => mark.label) ? 22 : 8,
      marginLeft: widest(rows.map((row) => row.label)) + 14,
      marginRight: 24,
      marginBottom: 40,
      x: { label: x, domain: [least - room, most + room], ticks: options.width < NARROW ? 4 : 6, labelAnchor: 'right', labelArrow: 'none' },
      y: { domain: rows.map((row) => row.label), label: null, tickSize: 0, padding: 0.4 },
      marks: [
        Plot.gridX({ ...GRID, ticks: options.width < NARROW ? 4 : 6 }),
        Plot.ruleX(marks, { x: 'value', strokeOpacity: 0.7, strokeDasharray: '4,3' }),
        Plot.text(marks, { x: 'value', text: 'label', frameAnchor: 'top', dy: -14 }),
        Plot.ruleY(bounded, { y: 'label', x1: 'low', x2: 'high', stroke: color, strokeWidth: 2.5 }),
        Plot.tickX(bounded, { y: 'label', x: 'low', stroke: color, strokeWidth: 1.5, inset: 4 }),
        Plot.tickX(bounded, { y: 'label', x: 'high', stroke: color, strokeWidth: 1.5, inset: 4 }),
        Plot.dot(rows, { y: 'label', x: 'value', fill: color, r: 5 }),
        tips(options, rows, { x: 'value', y: 'label' }, (row) => row.tip),
      ],
    },
    options,
    keys,
  );
}
