import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { CrossBarrierRow, CrossPathRow } from '../../analyses/rows.js';
import { interval, percentInterval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, GRID, tips } from './frame.js';
import { intervals } from './intervals.js';

const pairOf = (row: { readonly a: string; readonly b: string }) => `${row.a} → ${row.b}`;
const color = (row: { readonly pair: string }) => colorOf(row.pair);
const keysOf = (rows: readonly { readonly pair: string }[], shape: 'line' | 'dot') =>
  inOrder(rows.map((row) => row.pair)).map((pair) => ({ label: pair, color: colorOf(pair), shape }));
const pathsOf = (tables: Tables) => rowsOf<CrossPathRow>(tables, 'paths');
const barriersOf = (tables: Tables) =>
  rowsOf<CrossBarrierRow>(tables, 'barriers').filter((row) => row.metric === 'accuracy' && row.definition === 'line');
const points = (value: number) => (100 * value).toFixed(1);

const accuracy: Figure = {
  name: 'accuracy',
  title: 'Accuracy on the way to another target’s body',
  caption: 'λ = 0: the run as it is; λ = 1: the body of a run on another target under this run’s head; band: 95 % interval over images.',
  alt: (tables) =>
    `Accuracy at the ends: ${pathsOf(tables)
      .filter((row) => row.lambda === 1)
      .map((row) => `${pairOf(row)} ends at ${percentInterval(row.accuracy, row.accuracyLow, row.accuracyHigh)}`)
      .join('; ')}.`,
  draw(tables, options) {
    const rows = pathsOf(tables);
    if (rows.length === 0) return null;
    const y = (row: CrossPathRow) => 100 * row.accuracy;
    return frame(
      {
        height: 250,
        marginTop: 26,
        marginLeft: 34,
        marginBottom: 44,
        x: {
          label: 'λ',
          labelArrow: 'none',
          ticks: [0, 0.5, 1],
          tickFormat: (end: number) => ({ 0: '0\nthis', 1: '1\nother' })[end] ?? String(end),
        },
        y: { label: null, domain: [0, Math.min(100, 10 * Math.ceil(10.2 * Math.max(...rows.map((row) => row.accuracyHigh))))], ticks: 5 },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          Plot.areaY(rows, {
            x: 'lambda',
            y1: (row: CrossPathRow) => 100 * row.accuracyLow,
            y2: (row: CrossPathRow) => 100 * row.accuracyHigh,
            z: pairOf,
            fill: color,
            fillOpacity: 0.08,
          }),
          Plot.lineY(rows, { x: 'lambda', y, z: pairOf, stroke: color, strokeWidth: 1.75 }),
          Plot.text(['Accuracy, %'], { text: (text: string) => text, frameAnchor: 'top-left', dy: -16, fontWeight: 600 }),
          tips(
            options,
            rows,
            { x: 'lambda', y },
            (row) =>
              `${pairOf(row)}, λ = ${row.lambda.toFixed(2)}\naccuracy ${percentInterval(row.accuracy, row.accuracyLow, row.accuracyHigh)}`,
          ),
        ],
      },
      options,
      keysOf(rows, 'line'),
    );
  },
};

const barriers: Figure = {
  name: 'barriers',
  title: 'Barrier on the way',
  caption: 'Largest drop of accuracy below the straight line between the ends, with 95 % interval; dashed: 2 points.',
  alt: (tables) =>
    `Accuracy barrier in points: ${barriersOf(tables)
      .map((row) => `${pairOf(row)} ${interval(row.barrier, row.low, row.high, points)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = barriersOf(tables);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: pairOf(row),
        value: 100 * row.barrier,
        low: 100 * row.low,
        high: 100 * row.high,
        color: color(row),
        tip: `${pairOf(row)}\nbarrier ${interval(row.barrier, row.low, row.high, points)} points`,
      })),
      options,
      { x: 'barrier in accuracy, points', marks: [{ value: 2, label: '2 points' }], keys: keysOf(rows, 'dot') },
    );
  },
};

export const figures: readonly Figure[] = [accuracy, barriers];
