import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { BlockEpochRow, BlockGapRow, BlockLevelRow } from '../../analyses/rows.js';
import { decimal, interval, percent, percentInterval } from '../format.js';
import { colorOf, COLORS, inOrder } from '../palette.js';
import { rowsOf, type ChartOptions, type Figure } from './figure.js';
import { epochAxes, facets, frame, GRID, tips } from './frame.js';

const levels = (tables: Tables) => rowsOf<BlockLevelRow>(tables, 'levels');
const relative = (tables: Tables) => rowsOf<BlockGapRow>(tables, 'gaps').filter((row) => row.metric === 'accuracy');

/** A value a size with its bounds; what has no value is not drawn. */
interface Point {
  readonly size: string;
  readonly series: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly tip: string;
}

/** Lines over sizes in their order, a mark where `mark` says. */
function overSizes(
  points: readonly Point[],
  sizes: readonly string[],
  options: ChartOptions,
  about: { domain: readonly [number, number]; mark?: { value: number; label: string } },
): Element {
  const bounded = points.filter((point) => point.low !== null && point.high !== null);
  const color = (point: Point) => colorOf(point.series);
  const { mark } = about;
  return frame(
    {
      height: 260,
      marginLeft: 34,
      marginBottom: 40,
      x: {
        type: 'point',
        domain: [...sizes],
        label: 'side of the blocks (*: all values permuted)',
        labelAnchor: 'right',
        labelArrow: 'none',
      },
      y: { label: null, domain: [...about.domain], ticks: 5 },
      marks: [
        Plot.gridY({ ...GRID, ticks: 5 }),
        Plot.ruleY([Math.max(0, about.domain[0])], { strokeOpacity: 0.5 }),
        ...(mark
          ? [
              Plot.ruleY([mark.value], { strokeDasharray: '4,3', strokeOpacity: 0.7 }),
              Plot.text([mark.label], {
                y: () => mark.value,
                text: (text: string) => text,
                frameAnchor: 'right',
                textAnchor: 'end',
                dy: 9,
                dx: -2,
              }),
            ]
          : []),
        Plot.areaY(bounded, { x: 'size', y1: 'low', y2: 'high', z: 'series', fill: color, fillOpacity: 0.14 }),
        Plot.lineY(points, { x: 'size', y: 'value', z: 'series', stroke: color, strokeWidth: 1.75 }),
        Plot.dot(points, { x: 'size', y: 'value', fill: color, r: 3.5 }),
        tips(options, points, { x: 'size', y: 'value' }, (point) => point.tip),
      ],
    },
    options,
    inOrder(points.map((point) => point.series))
      .filter((series) => series in COLORS)
      .map((series) => ({ label: series, color: colorOf(series), shape: 'line' })),
  );
}

const sizesOf = (rows: readonly { readonly size: string; readonly position: number }[]): string[] => [
  ...new Set(rows.toSorted((a, b) => a.position - b.position).map((row) => row.size)),
];
const hundred = (value: number | null) => (value === null ? null : 100 * value);
const top = (points: readonly Point[]) => Math.min(100, 10 * Math.ceil(Math.max(...points.map((point) => point.high ?? point.value)) / 10));

/** 'P-T: 31.2 % at *, 40.1 % at 32': the ends of each series. */
function spoken(points: readonly Point[]): string {
  return inOrder(points.map((point) => point.series))
    .map((series) => {
      const own = points.filter((point) => point.series === series);
      const said = [own[0]!, own.at(-1)!].map((point) => `${percent(point.value / 100)} at ${point.size}`);
      return `${series}: ${said.join(', ')}`;
    })
    .join('; ');
}

const accuracyPoints = (tables: Tables) =>
  levels(tables).map((row): Point => ({
    size: row.size,
    series: row.role,
    value: 100 * row.accuracy,
    low: 100 * row.low,
    high: 100 * row.high,
    tip: `${row.role}, block ${row.size}\naccuracy ${percentInterval(row.accuracy, row.low, row.high)}\n${row.runs} runs, ${row.n} images`,
  }));

const speedPoints = (tables: Tables) =>
  levels(tables).flatMap((row): Point[] =>
    row.speed === null
      ? []
      : [
          {
            size: row.size,
            series: row.role,
            value: 100 * row.speed,
            low: hundred(row.speedLow === null ? null : Math.max(0, row.speedLow)),
            high: hundred(row.speedHigh === null ? null : Math.min(1, row.speedHigh)),
            tip: `${row.role}, block ${row.size}\nspeed ${percentInterval(row.speed, row.speedLow, row.speedHigh)}\n${row.runs} runs`,
          },
        ],
  );

const gapPoints = (tables: Tables) =>
  relative(tables).flatMap((row): Point[] =>
    row.relative === null
      ? []
      : [
          {
            size: row.size,
            series: 'relative gap',
            value: 100 * row.relative,
            low: hundred(row.relativeLow),
            high: hundred(row.relativeHigh),
            tip: `block ${row.size}: relative gap ${percentInterval(row.relative, row.relativeLow, row.relativeHigh)}\ngap ${interval(100 * row.gap, hundred(row.low), hundred(row.high), (v) => decimal(v, 1))} points`,
          },
        ],
  );

const accuracy: Figure = {
  name: 'accuracy',
  title: 'Test accuracy on shuffled images, %',
  caption: 'Mean over runs; band: 95 % interval over images; dashed: chance. Blocks as large as the image leave it as it is.',
  alt: (tables) => `Test accuracy over the side of the blocks. ${spoken(accuracyPoints(tables))}.`,
  draw(tables, options) {
    const points = accuracyPoints(tables);
    if (points.length === 0) return null;
    const { chance } = levels(tables)[0]!;
    return overSizes(points, sizesOf(levels(tables)), options, {
      domain: [0, top(points)],
      mark: { value: 100 * chance, label: 'chance' },
    });
  },
};

const gap: Figure = {
  name: 'relative-gap',
  title: 'Relative gap, %',
  caption: '(P-T − RI-T) / P-T, with 95 % interval over images. Where P-T’s interval touches chance there is no point.',
  alt: (tables) => `Relative gap over the side of the blocks. ${spoken(gapPoints(tables)) || 'There is none'}.`,
  draw(tables, options) {
    const points = gapPoints(tables);
    if (points.length === 0) return null;
    const lowest = Math.min(0, ...points.map((point) => point.low ?? point.value));
    return overSizes(points, sizesOf(relative(tables)), options, {
      domain: [10 * Math.floor(lowest / 10), top(points)],
      mark: { value: 0, label: lowest < 0 ? 'no gap' : '' },
    });
  },
};

const speed: Figure = {
  name: 'speed',
  title: 'Speed of learning on shuffled images, %',
  caption: 'Mean training accuracy over all epochs, mean over runs; band: 95 % t-interval over runs.',
  alt: (tables) => `Speed of learning over the side of the blocks. ${spoken(speedPoints(tables))}.`,
  draw(tables, options) {
    const points = speedPoints(tables);
    return points.length === 0 ? null : overSizes(points, sizesOf(levels(tables)), options, { domain: [0, top(points)] });
  },
};

const curves: Figure = {
  name: 'curves',
  title: 'Learning curves on shuffled images',
  caption: 'Training accuracy, one line a run; the stronger the line, the larger the blocks.',
  alt: (tables) =>
    `Training accuracy over epochs of ${new Set(rowsOf<BlockEpochRow>(tables, 'epochs').map((row) => row.run)).size} runs, a panel a role, the stronger the line the larger the blocks.`,
  draw(tables, options) {
    const rows = rowsOf<BlockEpochRow>(tables, 'epochs').filter((row) => row.split === 'train');
    if (rows.length === 0) return null;
    const roles = inOrder(rows.map((row) => row.role));
    const panels = facets(roles, Object.fromEntries(roles.map((role) => [role, `${role}: training accuracy, %`])), options.width, 250);
    const last = Math.max(...rows.map((row) => row.position));
    const strength = (row: BlockEpochRow) => 0.2 + (0.8 * row.position) / Math.max(1, last);
    const y = (row: BlockEpochRow) => 100 * row.accuracy;
    const facet = panels.channel('role');
    return frame(
      {
        ...panels.options,
        ...epochAxes(options.width),
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          Plot.lineY(rows, {
            ...facet,
            x: 'epoch',
            y,
            z: 'run',
            stroke: (row: BlockEpochRow) => colorOf(row.role),
            strokeOpacity: strength,
            strokeWidth: 1.5,
          }),
          panels.titles,
          tips(
            options,
            rows,
            { ...facet, x: 'epoch', y },
            (row) => `${row.run}, epoch ${row.epoch}\ntraining accuracy ${percent(row.accuracy)}`,
          ),
        ],
      },
      options,
    );
  },
};

export const figures: readonly Figure[] = [accuracy, gap, speed, curves];
