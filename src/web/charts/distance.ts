import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { DistanceRow } from '../../analyses/rows.js';
import { decimal, number } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { meanOf, rowsOf, type Figure } from './figure.js';
import { frame, GRID, NARROW, tips, widest } from './frame.js';
import { pairKeys } from './pairs.js';

const rowsIn = (tables: Tables, scope: string) => {
  const rows = rowsOf<DistanceRow>(tables, 'distances').filter((row) => row.scope === scope);
  const kinds = inOrder(rows.map((row) => row.pair));
  return rows.toSorted((x, y) => kinds.indexOf(x.pair) - kinds.indexOf(y.pair));
};
const pairOf = (row: DistanceRow) => `${row.a} & ${row.b}`;
const length = (value: number) => (value >= 100 ? decimal(value, 0) : value >= 1 ? decimal(value, 1) : decimal(value, 3));

const describe = (row: DistanceRow) =>
  [
    `${pairOf(row)}${row.module ? `, ${row.module}` : ''}`,
    `ℓ₂ ${number(row.l2)}`,
    `per weight ${number(row.rms)}`,
    ...(row.cosine === null ? [] : [`cosine of updates ${number(row.cosine)}`]),
  ].join('\n');

const network: Figure = {
  name: 'network',
  title: 'Distance of each pair',
  caption: '‖θ_A − θ_B‖₂ over all weights; to P without the head.',
  alt: (tables) =>
    `ℓ₂ distance of each pair: ${rowsIn(tables, 'network')
      .map((row) => `${pairOf(row)} ${length(row.l2)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = rowsIn(tables, 'network');
    if (rows.length === 0) return null;
    return frame(
      {
        height: rows.length * 24 + 50,
        marginTop: 8,
        marginLeft: widest(rows.map(pairOf)) + 14,
        marginRight: 40,
        marginBottom: 40,
        x: { label: 'ℓ₂ distance', labelArrow: 'none', ticks: options.width < NARROW ? 4 : 6, zero: true },
        y: { domain: rows.map(pairOf), label: null, tickSize: 0, padding: 0.25 },
        marks: [
          Plot.gridX({ ...GRID, ticks: options.width < NARROW ? 4 : 6 }),
          Plot.barX(rows, { x: 'l2', y: pairOf, fill: (row: DistanceRow) => colorOf(row.pair) }),
          Plot.text(rows, { x: 'l2', y: pairOf, text: (row: DistanceRow) => length(row.l2), textAnchor: 'start', dx: 5 }),
          Plot.ruleX([0], { strokeOpacity: 0.5 }),
          tips(options, rows, { x: 'l2', y: pairOf }, describe),
        ],
      },
      options,
      pairKeys(rows, 'box'),
    );
  },
};

const modules: Figure = {
  name: 'modules',
  title: 'Distance of each module',
  caption: 'One dot a pair, modules from input to output; large modules have room for large distances.',
  alt(tables) {
    const rows = rowsIn(tables, 'module');
    const names = [...new Set(rows.toSorted((x, y) => x.depth - y.depth).map((row) => row.module))];
    const mean = (pair: string, module: string) => rows.filter((row) => row.pair === pair && row.module === module).map((row) => row.l2);
    const said = inOrder(rows.map((row) => row.pair)).map(
      (pair) =>
        `${pair}: ${names.flatMap((name) => (mean(pair, name).length > 0 ? [`${name} ${length(meanOf(mean(pair, name)))}`] : [])).join(', ')}`,
    );
    return `Mean ℓ₂ distance by module. ${said.join('; ')}.`;
  },
  draw(tables, options) {
    const rows = rowsIn(tables, 'module');
    if (rows.length === 0) return null;
    const names = [...new Set(rows.toSorted((x, y) => x.depth - y.depth).map((row) => row.module))];
    return frame(
      {
        height: names.length * 30 + 50,
        marginTop: 8,
        marginLeft: widest(names) + 14,
        marginRight: 16,
        marginBottom: 40,
        x: { label: 'ℓ₂ distance', labelArrow: 'none', ticks: options.width < NARROW ? 4 : 6, zero: true, nice: true },
        y: { domain: names, label: null, tickSize: 0 },
        marks: [
          Plot.gridX({ ...GRID, ticks: options.width < NARROW ? 4 : 6 }),
          Plot.ruleY(names, { strokeOpacity: 0.2 }),
          Plot.ruleX([0], { strokeOpacity: 0.5 }),
          Plot.dot(rows, { x: 'l2', y: 'module', fill: (row: DistanceRow) => colorOf(row.pair), fillOpacity: 0.85, r: 4.5 }),
          tips(options, rows, { x: 'l2', y: 'module' }, describe),
        ],
      },
      options,
      pairKeys(rows, 'dot'),
    );
  },
};

export const figures: readonly Figure[] = [network, modules];
