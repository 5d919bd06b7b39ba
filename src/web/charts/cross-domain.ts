import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { CrossBarrierRow, CrossPathRow } from '../../analyses/rows.js';
import { decimal, percentInterval } from '../format.js';
import { colorOf } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, tips } from './frame.js';
import { drawBarriers, pairKeys, pathAxes, pathGround, pathTitle, spokenBarriers } from './pairs.js';

const pairOf = (row: { readonly a: string; readonly b: string }) => `${row.a} → ${row.b}`;
const color = (row: { readonly pair: string }) => colorOf(row.pair);
const pathsOf = (tables: Tables) => rowsOf<CrossPathRow>(tables, 'paths');
const barriersOf = (tables: Tables) =>
  rowsOf<CrossBarrierRow>(tables, 'barriers').filter((row) => row.metric === 'accuracy' && row.definition === 'line');

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
        ...pathAxes(['this', 'other'], Math.max(...rows.map((row) => row.accuracyHigh))),
        marks: [
          ...pathGround(),
          Plot.areaY(rows, {
            x: 'lambda',
            y1: (row: CrossPathRow) => 100 * row.accuracyLow,
            y2: (row: CrossPathRow) => 100 * row.accuracyHigh,
            z: pairOf,
            fill: color,
            fillOpacity: 0.08,
          }),
          Plot.lineY(rows, { x: 'lambda', y, z: pairOf, stroke: color, strokeWidth: 1.75 }),
          pathTitle(),
          tips(
            options,
            rows,
            { x: 'lambda', y },
            (row) =>
              `${pairOf(row)}, λ = ${decimal(row.lambda)}\naccuracy ${percentInterval(row.accuracy, row.accuracyLow, row.accuracyHigh)}`,
          ),
        ],
      },
      options,
      pairKeys(rows, 'line'),
    );
  },
};

const barriers: Figure = {
  name: 'barriers',
  title: 'Barrier on the way',
  caption:
    'Largest drop of accuracy below the straight line between the ends, with 95 % interval; dashed: the bound under which we speak of one basin.',
  alt: (tables) => `Accuracy barrier in points: ${spokenBarriers(barriersOf(tables), pairOf)}.`,
  draw: (tables, options) => drawBarriers(barriersOf(tables), options, { label: pairOf, x: 'barrier in accuracy, points' }),
};

export const figures: readonly Figure[] = [accuracy, barriers];
