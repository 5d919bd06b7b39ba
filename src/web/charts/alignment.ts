import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { AlignedBarrierRow, AlignedDistanceRow, AlignedPathRow, UnitGroupRow } from '../../analyses/rows.js';
import { decimal, percent, percentInterval } from '../format.js';
import { colorOf } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, GRID, NARROW, tips, widest } from './frame.js';
import { drawBarriers, pairKeys, pairOf, pathAxes, pathGround, pathTitle, spokenBarriers } from './pairs.js';

const labelOf = (row: { readonly a: string; readonly b: string; readonly form: string }) => `${pairOf(row)}, ${row.form}`;
const isAligned = (row: { readonly form: string }) => row.form === 'aligned';
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
        ...pathAxes(['A', 'B'], Math.max(...rows.map((row) => row.accuracy))),
        marks: [
          ...pathGround(),
          line(false, '4,3'),
          line(true),
          pathTitle(),
          tips(
            options,
            rows,
            { x: 'lambda', y },
            (row) =>
              `${labelOf(row)}, λ = ${decimal(row.lambda)}\naccuracy ${percentInterval(row.accuracy, row.accuracyLow, row.accuracyHigh)}`,
          ),
        ],
      },
      options,
      pairKeys(rows, 'line'),
    );
  },
};

const barriersOf = (tables: Tables) =>
  rowsOf<AlignedBarrierRow>(tables, 'barriers').filter((row) => row.metric === 'accuracy' && row.definition === 'line');

const barriers: Figure = {
  name: 'barriers',
  title: 'Barrier, raw and aligned',
  caption:
    'Largest drop of accuracy below the straight line between the ends, with 95 % interval; dashed: the bound under which we speak of one basin.',
  alt: (tables) => `Accuracy barrier in points: ${spokenBarriers(barriersOf(tables), labelOf, '; ')}.`,
  draw: (tables, options) => drawBarriers(barriersOf(tables), options, { label: labelOf, x: 'barrier in accuracy, points' }),
};

const networks = (tables: Tables) => rowsOf<AlignedDistanceRow>(tables, 'distances').filter((row) => row.scope === 'network');

const distance: Figure = {
  name: 'distance',
  title: 'Distance, raw and aligned',
  caption: '‖θ_A − θ_B‖₂ over all weights: hollow as they are, filled after alignment.',
  alt: (tables) =>
    `ℓ₂ distance: ${networks(tables)
      .map((row) => `${pairOf(row)} ${decimal(row.raw, 1)} raw, ${decimal(row.aligned, 1)} aligned`)
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
            (row) => `${pairOf(row)}\nraw ${decimal(row.raw)}\naligned ${decimal(row.aligned)}\n${moved(row)}`,
          ),
        ],
      },
      options,
      pairKeys(rows, 'dot'),
    );
  },
};

export const figures: readonly Figure[] = [accuracy, barriers, distance];
