import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { BasinLossRow, BasinMarginRow, BasinRow } from '../../analyses/rows.js';
import { decimal, interval, number } from '../format.js';
import { colorOf } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, GRID, NARROW, tips } from './frame.js';
import { pairKeys } from './pairs.js';

const basinsOf = (tables: Tables) => rowsOf<BasinRow>(tables, 'basins');
const lossesOf = (tables: Tables) => rowsOf<BasinLossRow>(tables, 'losses');
const marginsOf = (tables: Tables) => rowsOf<BasinMarginRow>(tables, 'margins').filter((row) => row.delta > 0);
const pairOf = (row: { readonly a: string; readonly b: string }) => `${row.a} & ${row.b}`;
const color = (row: { readonly pair: string }) => colorOf(row.pair);

const line: Figure = {
  name: 'line',
  title: 'Loss along the segment',
  caption: 'A at t = 0, B at t = 1; dots: places that were evaluated; bars at the foot: the segment S; dashed: its level.',
  alt: (tables) =>
    `Segments: ${basinsOf(tables)
      .map((row) => `${pairOf(row)} from t = ${decimal(row.from)} to ${decimal(row.to)}`)
      .join('; ')}.`,
  draw(tables, options) {
    const [rows, basins] = [lossesOf(tables), basinsOf(tables)];
    if (rows.length === 0) return null;
    // outside of S loss can grow without bound: the axis ends a little over what is inside
    const held = rows.filter((row) =>
      basins.some((each) => each.a === row.a && each.b === row.b && row.t >= each.from && row.t <= each.to),
    );
    const most = Math.max(...held.map((row) => row.value));
    const least = Math.min(...rows.map((row) => row.value));
    const top = most + 0.5 * (most - least || 1);
    const foot = Math.max(0, least - 0.15 * (top - least));
    const shown = rows.filter((row) => row.value <= top);
    return frame(
      {
        height: 240,
        marginTop: 26,
        marginLeft: 40,
        marginBottom: 40,
        x: { label: 't', labelArrow: 'none', ticks: options.width < NARROW ? 4 : 8 },
        y: { label: null, domain: [foot, top], ticks: 5 },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleX([0, 1], { strokeOpacity: 0.45, strokeDasharray: '4,3' }),
          Plot.ruleY(
            basins.filter((row) => row.level !== null && row.epsilon !== null),
            { y: 'level', stroke: color, strokeDasharray: '3,3', strokeOpacity: 0.7 },
          ),
          Plot.ruleY(
            basins.filter((row) => row.epsilon !== null),
            { y: foot, x1: 'from', x2: 'to', stroke: color, strokeWidth: 5 },
          ),
          Plot.lineY(shown, { x: 't', y: 'value', z: pairOf, stroke: color, strokeWidth: 1.5 }),
          Plot.dot(shown, { x: 't', y: 'value', fill: color, r: 3 }),
          Plot.text([rows[0]!.loss], { text: (text: string) => text, frameAnchor: 'top-left', dy: -16, fontWeight: 600 }),
          tips(
            options,
            shown,
            { x: 't', y: 'value' },
            (row) => `${pairOf(row)}, t = ${decimal(row.t, 3)}\n${row.loss} ${number(row.value)}`,
          ),
        ],
      },
      options,
      pairKeys(rows, 'line'),
    );
  },
};

const CONDITIONS: Readonly<Record<number, string>> = { 2: 'noise around the ends', 3: 'beyond the ends' };

const margins: Figure = {
  name: 'margins',
  title: 'How far to go to leave the basin',
  caption:
    'Expected loss at δ from the ends of S, less μ + 2ε, with 95 % interval: filled for noise all around (condition 2), hollow straight on beyond (condition 3). δ is where both have reached zero. Nothing is drawn where they have at δ = 0.',
  alt: (tables) =>
    `δ: ${basinsOf(tables)
      .map((row) => `${pairOf(row)} ${row.delta === null ? (row.reason ?? 'none') : interval(row.delta, row.deltaLow, row.deltaHigh)}`)
      .join('; ')}.`,
  draw(tables, options) {
    const rows = marginsOf(tables);
    if (rows.length === 0) return null;
    const around = rows.filter((row) => row.condition === 2);
    const beyond = rows.filter((row) => row.condition === 3);
    const bounded = rows.filter((row) => row.low !== null && row.high !== null);
    return frame(
      {
        height: 230,
        marginTop: 16,
        marginLeft: 50,
        marginBottom: 40,
        x: {
          type: 'log',
          label: 'δ',
          labelArrow: 'none',
          ticks: options.width < NARROW ? 3 : 5,
          tickFormat: (v: number) => String(Number(v.toPrecision(2))),
        },
        y: { label: null, ticks: 5, tickFormat: number },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0]),
          Plot.ruleX(bounded, { x: 'delta', y1: 'low', y2: 'high', stroke: color, strokeOpacity: 0.6 }),
          Plot.lineY(rows, {
            x: 'delta',
            y: 'margin',
            z: (row: BasinMarginRow) => `${pairOf(row)} ${row.condition}`,
            stroke: color,
            strokeOpacity: 0.6,
          }),
          Plot.dot(around, { x: 'delta', y: 'margin', fill: color, r: 3.5 }),
          Plot.dot(beyond, { x: 'delta', y: 'margin', stroke: color, strokeWidth: 1.5, r: 3.5 }),
          tips(
            options,
            rows,
            { x: 'delta', y: 'margin' },
            (row) =>
              `${pairOf(row)}, ${CONDITIONS[row.condition]}\nδ ${number(row.delta)}\nmargin ${interval(row.margin, row.low, row.high)}`,
          ),
        ],
      },
      options,
      pairKeys(rows, 'line'),
    );
  },
};

export const figures: readonly Figure[] = [line, margins];
