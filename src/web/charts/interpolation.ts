import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { BarrierRow, PathRow } from '../../analyses/rows.js';
import { decimal, interval, percent, percentInterval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { meanOf, rowsOf, type ChartOptions, type Figure } from './figure.js';
import { facets, frame, GRID, tips, widest } from './frame.js';
import { drawBarriers, pairKeys, pairOf, points, spokenBarriers } from './pairs.js';

/** Raw running statistics of BatchNorms do not fit mixed weights: they are shown, but nothing is said by them. */
const isRaw = (row: { readonly batchNorm: string }) => row.batchNorm === 'raw';
const paths = (tables: Tables) => rowsOf<PathRow>(tables, 'paths');
/** Rows that something is said by; without training images there are raw ones only. */
const meantOf = <T extends { readonly batchNorm: string }>(rows: readonly T[]): readonly T[] =>
  rows.every(isRaw) ? rows : rows.filter((row) => !isRaw(row));
const meant = (tables: Tables) => meantOf(paths(tables));

interface Measure {
  readonly y: (row: PathRow) => number;
  readonly low: (row: PathRow) => number;
  readonly high: (row: PathRow) => number;
  readonly domain: (rows: readonly PathRow[]) => readonly [number, number];
  readonly titles: Readonly<Record<string, string>>;
}

/** Loss explodes outside of [0, 1]: the axis ends a little over its highest value inside. */
const ceiling = (rows: readonly PathRow[]) =>
  1.15 * Math.max(...rows.filter((row) => row.lambda >= 0 && row.lambda <= 1).map((row) => row.lossHigh));

const ACCURACY: Measure = {
  y: (row) => 100 * row.accuracy,
  low: (row) => 100 * row.accuracyLow,
  high: (row) => 100 * row.accuracyHigh,
  domain: (rows) => [0, Math.min(100, 10 * Math.ceil(10.2 * Math.max(...rows.map((row) => row.accuracyHigh))))],
  titles: { test: 'Test accuracy, %', train: 'Training accuracy, %' },
};
const LOSS: Measure = {
  y: (row) => row.loss,
  low: (row) => row.lossLow,
  high: (row) => row.lossHigh,
  domain: (rows) => [0, ceiling(rows)],
  titles: { test: 'Test loss', train: 'Training loss' },
};

function along(tables: Tables, options: ChartOptions, { y, low, high, domain, titles }: Measure): Element | null {
  const rows = meant(tables);
  if (rows.length === 0) return null;
  const raw = paths(tables).filter((row) => isRaw(row) && !rows.includes(row));
  const splits = Object.keys(titles).filter((split) => rows.some((row) => row.split === split));
  const panels = facets(splits, titles, options.width, 260);
  const [least, most] = domain(rows);
  const cut = (of: (row: PathRow) => number) => (row: PathRow) => (of(row) > most ? NaN : of(row));
  const facet = panels.channel('split');
  const z = pairOf;
  const color = (row: PathRow) => colorOf(row.pair);
  return frame(
    {
      ...panels.options,
      marginBottom: 44,
      marginLeft: 34,
      x: {
        label: 'λ',
        labelArrow: 'none',
        ticks: [0, 0.5, 1],
        tickFormat: (end: number) => ({ 0: '0\nA', 1: '1\nB' })[end] ?? String(end),
      },
      y: { label: null, domain: [least, most], ticks: 5 },
      marks: [
        Plot.gridY({ ...GRID, ticks: 5 }),
        Plot.ruleY([least], { strokeOpacity: 0.5 }),
        Plot.ruleX([0, 1], { strokeOpacity: 0.45, strokeDasharray: '4,3' }),
        Plot.areaY(rows, { ...facet, x: 'lambda', y1: cut(low), y2: cut(high), z, fill: color, fillOpacity: 0.12 }),
        Plot.lineY(raw, { ...facet, x: 'lambda', y: cut(y), z, stroke: color, strokeWidth: 1, strokeDasharray: '3,3' }),
        Plot.lineY(rows, { ...facet, x: 'lambda', y: cut(y), z, stroke: color, strokeWidth: 1.75 }),
        Plot.dot(
          rows.filter((row) => row.lambda === 0 || row.lambda === 1),
          { ...facet, x: 'lambda', y: cut(y), fill: color, r: 3 },
        ),
        panels.titles,
        tips(options, rows, { ...facet, x: 'lambda', y: cut(y) }, describe),
      ],
    },
    options,
    pairKeys(rows, 'line'),
  );
}

const describe = (row: PathRow) =>
  `${row.a} → ${row.b}, λ = ${decimal(row.lambda)}\naccuracy ${percentInterval(row.accuracy, row.accuracyLow, row.accuracyHigh)}\nloss ${interval(row.loss, row.lossLow, row.lossHigh, decimal)}`;

/** Where each kind of pair stands at the ends and midway. */
function spoken(tables: Tables, value: (row: PathRow) => number, show: (value: number) => string): string {
  const rows = meant(tables).filter((row) => row.split === 'test');
  const middle = rows.reduce((best, row) => (Math.abs(row.lambda - 0.5) < Math.abs(best - 0.5) ? row.lambda : best), Infinity);
  const at = (pair: string, lambdas: readonly number[]) => {
    const values = rows.filter((row) => row.pair === pair && lambdas.includes(row.lambda)).map(value);
    return values.length > 0 ? show(meanOf(values)) : 'unknown';
  };
  return inOrder(rows.map((row) => row.pair))
    .map((pair) => `${pair}: ${at(pair, [0, 1])} at the ends, ${at(pair, [middle])} midway`)
    .join('; ');
}

const accuracy: Figure = {
  name: 'accuracy',
  title: 'Accuracy on the line between two networks',
  caption:
    'θ = (1 − λ)·A + λ·B: one line a pair, from beyond A (λ < 0) to beyond B (λ > 1); band: 95 % interval over images. Dashed, with BatchNorm: running statistics as mixed, not taken anew.',
  alt: (tables) => `Accuracy along straight lines between pairs of networks. ${spoken(tables, (row) => row.accuracy, percent)}.`,
  draw: (tables, options) => along(tables, options, ACCURACY),
};

const loss: Figure = {
  name: 'loss',
  title: 'Loss on the same line',
  caption: 'Lines end where they leave the frame: outside of [0, 1] loss can grow without bound.',
  alt: (tables) => `Loss along straight lines between pairs of networks. ${spoken(tables, (row) => row.loss, decimal)}.`,
  draw: (tables, options) => along(tables, options, LOSS),
};

const barriersOf = (tables: Tables) =>
  meantOf(rowsOf<BarrierRow>(tables, 'barriers'))
    .filter((row) => row.split === 'test' && row.metric === 'accuracy' && row.definition === 'line')
    .toSorted((x, y) => inOrder([x.pair, y.pair]).indexOf(x.pair) - inOrder([x.pair, y.pair]).indexOf(y.pair));

const barriers: Figure = {
  name: 'barriers',
  title: 'Barrier of each pair',
  caption:
    'Largest drop of test accuracy below the straight line between the ends, with 95 % interval; dashed: the bound under which we speak of one basin.',
  alt: (tables) => `Accuracy barrier in points: ${spokenBarriers(barriersOf(tables), pairOf)}.`,
  draw: (tables, options) =>
    drawBarriers(barriersOf(tables), options, {
      label: pairOf,
      x: 'barrier in test accuracy, points',
      tip: (row) => `\nhighest at λ = ${decimal(row.lambda)}`,
    }),
};

/** A cell's colour at the largest barrier: text on it must still be read. */
const STRONGEST = 0.6;

const matrix: Figure = {
  name: 'matrix',
  title: 'Barriers between all runs',
  caption: 'Accuracy barrier of every pair in points; the stronger the colour, the higher.',
  alt: (tables) =>
    `Matrix of accuracy barriers in points: ${barriersOf(tables)
      .map((row) => `${pairOf(row)} ${points(row.barrier)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = barriersOf(tables);
    if (rows.length === 0) return null;
    // pairs name P last; roles of a user's own stand before it
    const order = (name: string) => ['P-T', 'RI-T', '', 'P'].indexOf(name.split('.')[0]!);
    const rank = (name: string) => (order(name) < 0 ? 2 : order(name));
    const names = [...new Set(rows.flatMap((row) => [row.a, row.b]))].sort((x, y) => rank(x) - rank(y));
    const both = rows.flatMap((row) => [
      { row, x: row.b, y: row.a },
      { row, x: row.a, y: row.b },
    ]);
    const most = Math.max(0.02, ...rows.map((row) => row.barrier));
    const marginLeft = widest(names) + 12;
    return frame(
      {
        height: Math.min(44, (options.width - marginLeft) / names.length) * names.length + 30,
        marginTop: 26,
        marginBottom: 4,
        marginLeft,
        marginRight: 4,
        x: { domain: names, axis: 'top', label: null, tickSize: 0, padding: 0.04 },
        y: { domain: names, label: null, tickSize: 0, padding: 0.04 },
        marks: [
          Plot.cell(both, {
            x: 'x',
            y: 'y',
            fill: ({ row }: (typeof both)[number]) => colorOf(row.pair),
            fillOpacity: ({ row }: (typeof both)[number]) => 0.04 + (STRONGEST - 0.04) * (row.barrier / most),
          }),
          Plot.text(both, { x: 'x', y: 'y', text: ({ row }: (typeof both)[number]) => points(row.barrier) }),
          tips(
            options,
            both,
            { x: 'x', y: 'y' },
            ({ row }) => `${pairOf(row)}\nbarrier ${interval(row.barrier, row.low, row.high, points)} points`,
          ),
        ],
        opacity: { type: 'identity' },
      },
      options,
      pairKeys(rows, 'box'),
    );
  },
};

export const figures: readonly Figure[] = [accuracy, loss, barriers, matrix];
