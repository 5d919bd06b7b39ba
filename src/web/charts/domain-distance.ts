import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { DomainDistanceRow, DomainGapRow } from '../../analyses/rows.js';
import { decimal, interval, number } from '../format.js';
import { colorOf } from '../palette.js';
import { rowsOf, type ChartOptions, type Figure } from './figure.js';
import { facets, frame, GRID, NARROW, tips } from './frame.js';
import { intervals } from './intervals.js';

const compared = (tables: Tables, measure: string) =>
  rowsOf<DomainDistanceRow>(tables, 'distances').filter((row) => row.measure === measure && row.comparison !== 'difference');

interface Words {
  readonly name: string;
  readonly measure: string;
  readonly title: string;
  readonly caption: string;
  readonly x: string;
}

function distances({ name, measure, title, caption, x }: Words): Figure {
  return {
    name,
    title,
    caption,
    alt: (tables) =>
      `${x}: ${compared(tables, measure)
        .map((row) => `${row.comparison} ${interval(row.value, row.low, row.high)}`)
        .join(', ')}.`,
    draw(tables, options) {
      const rows = compared(tables, measure);
      if (rows.length === 0) return null;
      return intervals(
        rows.map((row) => ({
          label: row.comparison,
          value: row.value,
          low: row.low,
          high: row.high,
          color: row.comparison === 'source & target' ? colorOf('P') : 'currentColor',
          tip: `${row.comparison}\n${interval(row.value, row.low, row.high)}\nuncorrected ${number(row.plain)}\n${row.n} images a side`,
        })),
        options,
        { x, marks: [{ value: 0, label: '' }] },
      );
    },
  };
}

const TITLES: Readonly<Record<string, string>> = { accuracy: 'Gain in accuracy, points', speed: 'Gain in speed, points' };

const points = (value: number | null) => value && 100 * value;
const gainOf = (row: DomainGapRow) => interval(100 * row.gap, points(row.low), points(row.high), (v) => decimal(v, 1));

/** Gap against distance, a dot a target, with the intervals of both. */
const gains: Figure = {
  name: 'gains',
  title: 'What pre-training adds, by distance of the domain',
  caption: 'One dot a target: its Fréchet distance from the source and P-T minus RI-T there, each with 95 % interval.',
  across: true,
  alt: (tables) =>
    `Gain of pre-training by Fréchet distance: ${rowsOf<DomainGapRow>(tables, 'gaps')
      .map((row) => `${row.target} at ${number(row.frechet)}, ${row.metric} ${gainOf(row)} points`)
      .join('; ')}.`,
  draw(tables: Tables, options: ChartOptions) {
    const rows = rowsOf<DomainGapRow>(tables, 'gaps');
    if (rows.length === 0) return null;
    const metrics = Object.keys(TITLES).filter((metric) => rows.some((row) => row.metric === metric));
    const panels = facets(metrics, TITLES, options.width, 240);
    const facet = panels.channel('metric');
    const bounded = rows.filter((row) => row.low !== null && row.high !== null);
    const y = (row: DomainGapRow) => 100 * row.gap;
    const [least, most] = [Math.min(0, ...rows.map((row) => row.frechetLow)), Math.max(...rows.map((row) => row.frechetHigh))];
    return frame(
      {
        ...panels.options,
        marginLeft: 36,
        marginRight: 24,
        marginBottom: 40,
        x: { label: 'Fréchet distance', labelArrow: 'none', domain: [least, most * 1.08], ticks: options.width < NARROW ? 4 : 5 },
        y: { label: null, ticks: 5, nice: true },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          Plot.ruleX(bounded, {
            ...facet,
            x: 'frechet',
            y1: (row: DomainGapRow) => 100 * row.low!,
            y2: (row: DomainGapRow) => 100 * row.high!,
            strokeWidth: 2,
          }),
          Plot.link(rows, { ...facet, x1: 'frechetLow', x2: 'frechetHigh', y1: y, y2: y, strokeWidth: 2 }),
          Plot.dot(rows, { ...facet, x: 'frechet', y, fill: colorOf('P'), r: 5 }),
          Plot.text(rows, { ...facet, x: 'frechet', y, text: 'target', textAnchor: 'start', dx: 8, dy: -9 }),
          panels.titles,
          tips(
            options,
            rows,
            { ...facet, x: 'frechet', y },
            (row) =>
              `${row.target}\n${row.metric} ${gainOf(row)} points\nFréchet ${interval(row.frechet, row.frechetLow, row.frechetHigh, decimal)}\nproxy 𝒜 ${interval(row.proxyA, row.proxyALow, row.proxyAHigh, decimal)}`,
          ),
        ],
      },
      options,
    );
  },
};

export const figures: readonly Figure[] = [
  distances({
    name: 'frechet',
    measure: 'frechet',
    title: 'Fréchet distance of features',
    caption:
      'Between test images of the source and the target, and between two halves of the source, corrected for few images, with 95 % interval. 0 is the same mean and covariance.',
    x: 'Fréchet distance, squared',
  }),
  distances({
    name: 'proxy',
    measure: 'proxy-a',
    title: 'How well a linear classifier tells the domains apart',
    caption: 'Proxy 𝒜-distance 2(1 − 2·error) with 95 % interval: 0 is no better than a coin, 2 is never wrong.',
    x: 'proxy 𝒜-distance',
  }),
  gains,
];
