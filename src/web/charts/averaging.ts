import type { Tables } from '../../analyses/analysis.js';
import type { AverageRow } from '../../analyses/rows.js';
import { decimal, interval, percentInterval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { intervals } from './intervals.js';

const WORDS: Readonly<Record<AverageRow['what'], string>> = {
  single: '',
  midpoint: 'midpoint',
  'average of all': 'average',
  ensemble: 'ensemble',
};

/** Of two runs the midpoint is the average: one line says both. With BatchNorm those whose statistics were taken anew. */
const shown = (tables: Tables) =>
  rowsOf<AverageRow>(tables, 'averages').filter((row, _, all) => {
    const more = all.some((other) => other.role === row.role && other.members > 2);
    return row.batchNorm !== 'raw' && (row.what !== 'midpoint' || more);
  });

const labelOf = ({ what, runs, members, role }: AverageRow) =>
  what === 'single' ? runs : what === 'midpoint' ? runs : `${WORDS[what]} of ${members} ${role}`;
const points = (value: number | null) => value && 100 * value;

const accuracy: Figure = {
  name: 'accuracy',
  title: 'Single networks, averaged weights, ensembles',
  caption: 'Test accuracy with 95 % interval. An average is one network; an ensemble runs all of its members.',
  alt: (tables) =>
    `Test accuracy: ${shown(tables)
      .map((row) => `${labelOf(row)} ${percentInterval(row.accuracy, row.low, row.high)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = shown(tables);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: labelOf(row),
        value: 100 * row.accuracy,
        low: 100 * row.low,
        high: 100 * row.high,
        color: colorOf(row.role),
        tip: [
          row.what === 'single' ? row.runs : `${WORDS[row.what]} of ${row.runs}`,
          percentInterval(row.accuracy, row.low, row.high),
          ...(row.members > 1
            ? [
                `${interval(100 * row.overMean, points(row.overMeanLow), points(row.overMeanHigh), (v) => decimal(v, 1))} points over the mean`,
              ]
            : []),
          `${row.n} images`,
        ].join('\n'),
      })),
      options,
      {
        x: 'test accuracy, %',
        domain: [0, Math.min(100, 10 * Math.ceil(10 * Math.max(...rows.map((row) => row.high))))],
        keys: inOrder(rows.map((row) => row.role)).map((role) => ({ label: role, color: colorOf(role), shape: 'dot' })),
      },
    );
  },
};

export const figures: readonly Figure[] = [accuracy];
