import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { AlignedBarrierRow, AlignedDistanceRow, AlignedPathRow, UnitGroupRow } from '../../analyses/rows.js';
import { interval, percent, percentInterval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, GRID, NARROW, tips, widest } from './frame.js';
import { intervals } from './intervals.js';

const pairOf = (row: { readonly a: string; readonly b: string }) => `${row.a} & ${row.b}`;
const labelOf = (row: { readonly a: string; readonly b: string; readonly form: string }) => `${pairOf(row)}, ${row.form}`;
const isAligned = (row: { readonly form: string }) => row.form === 'aligned';
const keysOf = (rows: readonly { readonly pair: string }[], shape: 'line' | 'dot' | 'box') =>
  inOrder(rows.map((row) => row.pair)).map((pair) => ({ label: pair, color: colorOf(pair), shape }));
const color = (row: { readonly pair: string }) => colorOf(row.pair);

const pathsOf = (tables: Tables) => rowsOf<AlignedPathRow>(tables, 'paths');

const accuracy: Figure = {
  name: 'accuracy',
  title: 'Accuracy on the line, raw and aligned',
  caption: 'Dashed: between the networks as they are; drawn through: after B’s units were put in the order that matches A’s.',
  alt(tables) {
    const rows = pathsOf(tables);
    const lowest = [...new Set(rows.map(labelOf))].map(
      (label) => `${label} ${percent(Math.min(...rows.filter((row) => labelOf(row) === label).map((row) => row.accuracy)))}`,
    );
    return `Lowest accuracy on the line between two networks: ${lowest.join(', ')}.`;
  },
  draw(tables, options) {
    const rows = pathsOf(tables);
    if (rows.length === 0) return null;
    const y = (row: AlignedPathRow) => 100 * row.accuracy;
    const line = (form: boolean, dash?: string) =>
      Plot.lineY(
        rows.filter((row) => isAligned(row) === form),
        { x: 'lambda', y, z: pairOf, stroke: color, strokeWidth: 1.75, ...(dash ? { strokeDasharray: dash } : {}) },
      );
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
          tickFormat: (end: number) => ({ 0: '0\nA', 1: '1\nB' })[end] ?? String(end),
        },
        y: { label: null, domain: [0, Math.min(100, 10 * Math.ceil(10.2 * Math.max(...rows.map((row) => row.accuracy))))], ticks: 5 },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          line(false, '4,3'),
          line(true),
          Plot.text(['Accuracy, %'], { text: (text: string) => text, frameAnchor: 'top-left', dy: -16, fontWeight: 600 }),
          tips(
            options,
            rows,
            { x: 'lambda', y },
            (row) =>
              `${labelOf(row)}, λ = ${row.lambda.toFixed(2)}\naccuracy ${percentInterval(row.accuracy, row.accuracyLow, row.accuracyHigh)}`,
          ),
        ],
      },
      options,
      keysOf(rows, 'line'),
    );
  },
};

const barriersOf = (tables: Tables) =>
  rowsOf<AlignedBarrierRow>(tables, 'barriers').filter((row) => row.metric === 'accuracy' && row.definition === 'line');
const points = (value: number) => (100 * value).toFixed(1);

const barriers: Figure = {
  name: 'barriers',
  title: 'Barrier, raw and aligned',
  caption:
    'Largest drop of accuracy below the straight line between the ends, with 95 % interval; dashed: the 2 points under which we speak of one basin.',
  alt: (tables) =>
    `Accuracy barrier in points: ${barriersOf(tables)
      .map((row) => `${labelOf(row)} ${interval(row.barrier, row.low, row.high, points)}`)
      .join('; ')}.`,
  draw(tables, options) {
    const rows = barriersOf(tables);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: labelOf(row),
        value: 100 * row.barrier,
        low: 100 * row.low,
        high: 100 * row.high,
        color: color(row),
        tip: `${labelOf(row)}\nbarrier ${interval(row.barrier, row.low, row.high, points)} points`,
      })),
      options,
      { x: 'barrier in accuracy, points', marks: [{ value: 2, label: '2 points' }], keys: keysOf(rows, 'dot') },
    );
  },
};

const networks = (tables: Tables) => rowsOf<AlignedDistanceRow>(tables, 'distances').filter((row) => row.scope === 'network');

const distance: Figure = {
  name: 'distance',
  title: 'Distance, raw and aligned',
  caption: '‖θ_A − θ_B‖₂ over all weights: hollow as they are, filled after alignment.',
  alt: (tables) =>
    `ℓ₂ distance: ${networks(tables)
      .map((row) => `${pairOf(row)} ${row.raw.toFixed(1)} raw, ${row.aligned.toFixed(1)} aligned`)
      .join('; ')}.`,
  draw(tables, options) {
    const rows = networks(tables);
    if (rows.length === 0) return null;
    const moved = (row: AlignedDistanceRow) => {
      const own = rowsOf<UnitGroupRow>(tables, 'units').filter((each) => each.a === row.a && each.b === row.b);
      const sum = (of: 'moved' | 'units') => own.reduce((total, each) => total + each[of], 0);
      return `${sum('moved')} of ${sum('units')} units moved`;
    };
    const ticks = options.width < NARROW ? 4 : 6;
    return frame(
      {
        height: rows.length * 28 + 54,
        marginTop: 8,
        marginLeft: widest(rows.map(pairOf)) + 14,
        marginRight: 24,
        marginBottom: 40,
        x: { label: 'ℓ₂ distance', labelArrow: 'none', ticks, zero: true },
        y: { domain: rows.map(pairOf), label: null, tickSize: 0, padding: 0.3 },
        marks: [
          Plot.gridX({ ...GRID, ticks }),
          Plot.ruleX([0], { strokeOpacity: 0.5 }),
          Plot.ruleY(rows, { y: pairOf, x1: 'aligned', x2: 'raw', stroke: color, strokeOpacity: 0.6 }),
          Plot.dot(rows, { y: pairOf, x: 'raw', stroke: color, strokeWidth: 1.75, r: 5 }),
          Plot.dot(rows, { y: pairOf, x: 'aligned', fill: color, r: 5 }),
          tips(
            options,
            rows,
            { x: 'aligned', y: pairOf },
            (row) => `${pairOf(row)}\nraw ${row.raw.toFixed(2)}\naligned ${row.aligned.toFixed(2)}\n${moved(row)}`,
          ),
        ],
      },
      options,
      keysOf(rows, 'dot'),
    );
  },
};

export const figures: readonly Figure[] = [accuracy, barriers, distance];
