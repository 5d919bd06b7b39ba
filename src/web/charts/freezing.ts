import type { Tables } from '../../analyses/analysis.js';
import type { FreezingChoiceRow } from '../../analyses/rows.js';
import { decimal, interval, number } from '../format.js';
import { colorOf } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { intervals } from './intervals.js';

const rowsIn = (tables: Tables) => rowsOf<FreezingChoiceRow>(tables, 'choice').toSorted((x, y) => x.depth - y.depth);
const points = (value: number) => decimal(value, 1);
const dropOf = (row: FreezingChoiceRow) => interval(100 * row.drop, 100 * row.low, 100 * row.high, points);
const colored = (row: FreezingChoiceRow) => (row.frozen ? colorOf('P') : colorOf('P-T'));

const choice: Figure = {
  name: 'choice',
  title: 'What each module’s fine-tuning is worth',
  caption: 'Accuracy lost when the module alone is set back to P, mean over P-T runs, with the hull of their 95 % intervals.',
  alt: (tables) =>
    `Accuracy lost when a module is set back to P, in points: ${rowsIn(tables)
      .map((row) => `${row.module} ${dropOf(row)}${row.frozen ? ', chosen' : ''}`)
      .join('; ')}.`,
  draw(tables, options) {
    const rows = rowsIn(tables);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: row.module,
        value: 100 * row.drop,
        low: 100 * row.low,
        high: 100 * row.high,
        color: colored(row),
        tip: `${row.module}${row.frozen ? ', chosen' : ''}\n${dropOf(row)} points lost\n${row.cka === null ? '' : `CKA with P ${decimal(row.cka)}\n`}${number(row.weights)} weights`,
      })),
      options,
      {
        x: 'accuracy lost, points',
        marks: [{ value: 0, label: '' }],
        keys: [
          { label: 'may be frozen', color: colorOf('P'), shape: 'dot' },
          { label: 'may not', color: colorOf('P-T'), shape: 'dot' },
        ],
      },
    );
  },
};

export const figures: readonly Figure[] = [choice];
