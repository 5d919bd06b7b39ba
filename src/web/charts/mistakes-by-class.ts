import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { ClassGapRow } from '../../analyses/rows.js';
import { decimal, interval, percent } from '../format.js';
import { colorOf } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, GRID, NARROW, tips, widest } from './frame.js';

/** Classes beyond this are in the table only. */
const MOST = 40;

/** Gains first; of many classes those where most changes, at both ends. */
function shown(tables: Tables): ClassGapRow[] {
  const rows = rowsOf<ClassGapRow>(tables, 'classGaps').toSorted((x, y) => y.gain - x.gain);
  return rows.length <= MOST ? rows : [...rows.slice(0, MOST / 2), ...rows.slice(-MOST / 2)];
}

const points = (value: number) => decimal(100 * value, 0);
const gainOf = (row: ClassGapRow) =>
  `${interval(100 * row.gain, row.low && 100 * row.low, row.high && 100 * row.high, (v) => points(v / 100))} points`;

/** Butterfly: what only P-T gets wrong to the left, what only RI-T gets wrong to the right, the gain as a dot between them. */
export const classes: Figure = {
  name: 'classes',
  title: 'Who errs alone, class by class',
  caption: `Share of a class’ test images that one network of a P-T and RI-T pair gets wrong alone, mean over all such pairs. Dot: what pre-training gains in the class, with 95 % interval. Of more than ${MOST} classes the ones at both ends.`,
  alt(tables) {
    const rows = shown(tables);
    const said = (row: ClassGapRow) => `${row.class} ${gainOf(row)}`;
    const [first, last] = [rows[0], rows.at(-1)];
    return first && last
      ? `Bars of ${rows.length} classes, ordered by what pre-training gains: most in ${said(first)}, least in ${said(last)}.`
      : 'No classes to compare.';
  },
  draw(tables, options) {
    const rows = shown(tables);
    if (rows.length === 0) return null;
    const names = rows.map((row) => row.class);
    const bounded = rows.filter((row) => row.low !== null && row.high !== null);
    const reach = 100 * Math.max(...rows.flatMap((row) => [row.onlyPretrainedWrong, row.onlyRandomWrong, Math.abs(row.gain)]), 0.05) * 1.15;
    const bound = (value: number) => Math.max(-reach, Math.min(reach, 100 * value));
    const ticks = options.width < NARROW ? 4 : 6;
    const tip = (row: ClassGapRow) =>
      `${row.class}, ${row.n} images\nonly P-T wrong ${percent(row.onlyPretrainedWrong)}\nonly RI-T wrong ${percent(row.onlyRandomWrong)}\ngain ${gainOf(row)}`;
    return frame(
      {
        height: names.length * 20 + 50,
        marginTop: 8,
        marginLeft: widest(names) + 14,
        marginRight: 16,
        marginBottom: 40,
        x: {
          domain: [-reach, reach],
          label: 'share of the class, %',
          labelAnchor: 'center',
          labelArrow: 'none',
          ticks,
          tickFormat: (value: number) => Math.abs(value).toFixed(0),
        },
        y: { domain: names, label: null, tickSize: 0, padding: 0.3 },
        marks: [
          Plot.gridX({ ...GRID, ticks }),
          Plot.barX(rows, { x: (row: ClassGapRow) => -100 * row.onlyPretrainedWrong, y: 'class', fill: colorOf('P-T'), fillOpacity: 0.75 }),
          Plot.barX(rows, { x: (row: ClassGapRow) => 100 * row.onlyRandomWrong, y: 'class', fill: colorOf('RI-T'), fillOpacity: 0.75 }),
          Plot.ruleX([0], { strokeOpacity: 0.6 }),
          Plot.ruleY(bounded, {
            y: 'class',
            x1: (row: ClassGapRow) => bound(row.low!),
            x2: (row: ClassGapRow) => bound(row.high!),
            strokeWidth: 1.5,
          }),
          Plot.dot(rows, { x: (row: ClassGapRow) => 100 * row.gain, y: 'class', fill: 'currentColor', stroke: 'var(--page)', r: 3.5 }),
          tips(options, rows, { x: (row: ClassGapRow) => 100 * row.gain, y: 'class' }, tip),
        ],
      },
      options,
      [
        { label: 'only P-T wrong', color: colorOf('P-T'), shape: 'box' },
        { label: 'only RI-T wrong', color: colorOf('RI-T'), shape: 'box' },
        { label: 'gain of pre-training', color: 'currentColor', shape: 'dot' },
      ],
    );
  },
};
