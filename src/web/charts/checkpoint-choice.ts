import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { CheckpointRow, PredictorRow } from '../../analyses/rows.js';
import { decimal, interval, number, percent, percentInterval } from '../format.js';
import { colorOf } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { SPOTS, spotsFor } from './dot-labels.js';
import { facets, frame, GRID, NARROW, tips } from './frame.js';
import { intervals } from './intervals.js';
import { basinBound } from './pairs.js';

const epochs = (tables: Tables) => rowsOf<CheckpointRow>(tables, 'epochs');
const color = colorOf('P-T');
const hundred = (value: number | null) => (value === null ? null : 100 * value);
const ceiling = (values: readonly number[]) => Math.min(100, 10 * Math.ceil(10 * Math.max(...values)));

/** One value an epoch, in one of several panels. */
interface Point {
  readonly epoch: number;
  readonly panel: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}
const PANELS: Readonly<Record<string, string>> = { accuracy: 'Target accuracy, %', speed: 'Speed of learning, %' };

const points = (tables: Tables): Point[] =>
  epochs(tables).flatMap((row) => [
    { epoch: row.epoch, panel: 'accuracy', value: 100 * row.accuracy, low: 100 * row.low, high: 100 * row.high },
    ...(row.speed === null
      ? []
      : [
          {
            epoch: row.epoch,
            panel: 'speed',
            value: 100 * row.speed,
            low: hundred(row.speedLow && Math.max(0, row.speedLow)),
            high: hundred(row.speedHigh && Math.min(1, row.speedHigh)),
          },
        ]),
  ]);

const overEpochs: Figure = {
  name: 'epochs',
  title: 'Fine-tuned from each epoch of pre-training',
  caption:
    'Mean over runs; band: 95 % interval (accuracy: over images, speed: over runs). Ringed: the earliest epoch within noise of the best.',
  alt(tables) {
    const rows = epochs(tables);
    const [first, last] = [rows[0], rows.at(-1)];
    if (!first || !last) return 'No epochs.';
    const enough = rows.find((row) => row.withinNoise)!;
    return `Target accuracy of P-T from epoch ${first.epoch} of pre-training, ${percent(first.accuracy)}, to epoch ${last.epoch}, ${percent(last.accuracy)}; the earliest within noise of the best is epoch ${enough.epoch}.`;
  },
  draw(tables, options) {
    const rows = points(tables);
    if (rows.length === 0) return null;
    const panels = facets(
      Object.keys(PANELS).filter((panel) => rows.some((row) => row.panel === panel)),
      PANELS,
      options.width,
      240,
    );
    const enough = epochs(tables).find((row) => row.withinNoise)?.epoch;
    const bounded = rows.filter((row) => row.low !== null && row.high !== null);
    const facet = panels.channel('panel');
    return frame(
      {
        ...panels.options,
        marginLeft: 34,
        marginBottom: 40,
        x: { label: 'epoch of pre-training', labelArrow: 'none', ticks: options.width < NARROW ? 5 : 4 },
        y: { label: null, domain: [0, ceiling(rows.map((row) => (row.high ?? row.value) / 100))], ticks: 5 },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          Plot.areaY(bounded, { ...facet, x: 'epoch', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.14 }),
          Plot.lineY(rows, { ...facet, x: 'epoch', y: 'value', stroke: color, strokeWidth: 1.75 }),
          Plot.dot(rows, { ...facet, x: 'epoch', y: 'value', fill: color, r: 3 }),
          Plot.dot(
            rows.filter((row) => row.epoch === enough && row.panel === 'accuracy'),
            { ...facet, x: 'epoch', y: 'value', stroke: 'currentColor', strokeWidth: 1.5, r: 7 },
          ),
          panels.titles,
          tips(
            options,
            rows,
            { ...facet, x: 'epoch', y: 'value' },
            (row) => `epoch ${row.epoch}\n${interval(row.value, row.low, row.high, (v) => decimal(v, 1))} %`,
          ),
        ],
      },
      options,
    );
  },
};

const scatter: Figure = {
  name: 'source',
  title: 'Target accuracy against source accuracy',
  caption:
    'A dot an epoch of pre-training, with its number where there is room; bars: 95 % intervals over target and source test images. Source accuracy: of P.',
  alt: (tables) =>
    `Target against source accuracy: ${epochs(tables)
      .filter((row) => row.sourceAccuracy !== null)
      .map((row) => `epoch ${row.epoch} ${percent(row.accuracy)} against ${percent(row.sourceAccuracy!)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = epochs(tables).filter((row) => row.sourceAccuracy !== null);
    if (rows.length === 0) return null;
    const x = (row: CheckpointRow) => 100 * row.sourceAccuracy!;
    const across = sourceDomain(rows);
    const up = [0, ceiling(rows.map((row) => row.high))] as const;
    return frame(
      {
        ...SCATTER,
        x: { label: 'source accuracy, %', labelAnchor: 'right', labelArrow: 'none', domain: [...across], ticks: 5 },
        y: { label: null, domain: [...up], ticks: 5 },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          Plot.line(rows, { x, y: (row: CheckpointRow) => 100 * row.accuracy, stroke: color, strokeOpacity: 0.4 }),
          Plot.ruleX(rows, {
            x,
            y1: (row: CheckpointRow) => 100 * row.low,
            y2: (row: CheckpointRow) => 100 * row.high,
            stroke: color,
            strokeOpacity: 0.6,
          }),
          Plot.ruleY(
            rows.filter((row) => typeof row.sourceLow === 'number'),
            {
              y: (row: CheckpointRow) => 100 * row.accuracy,
              x1: (row: CheckpointRow) => 100 * row.sourceLow!,
              x2: (row: CheckpointRow) => 100 * row.sourceHigh!,
              stroke: color,
              strokeOpacity: 0.3,
            },
          ),
          Plot.dot(rows, { x, y: (row: CheckpointRow) => 100 * row.accuracy, fill: color, r: 4 }),
          ...numbers(rows, options.width, across, up),
          tips(
            options,
            rows,
            { x, y: (row: CheckpointRow) => 100 * row.accuracy },
            (row) =>
              `epoch ${row.epoch}\nsource ${percentInterval(row.sourceAccuracy!, row.sourceLow, row.sourceHigh)}\ntarget ${percentInterval(row.accuracy, row.low, row.high)}`,
          ),
        ],
      },
      options,
    );
  },
};

/** The page under the numbers, so that the bars of other epochs do not run through them. */
const HALO = { fill: 'currentColor', stroke: 'var(--page, white)', strokeWidth: 3, strokeOpacity: 0.8 } as const;

const SCATTER = { height: 260, marginTop: 16, marginRight: 24, marginBottom: 40, marginLeft: 34 };

/** The numbers of the epochs, the last one's first, where none runs into another; what finds no room has its tip. */
function numbers(
  rows: readonly CheckpointRow[],
  width: number,
  x: readonly [number, number],
  y: readonly [number, number],
): Plot.Markish[] {
  const { height, marginTop, marginRight, marginBottom, marginLeft } = SCATTER;
  const [left, right, top, bottom] = [marginLeft, width - marginRight, marginTop, height - marginBottom];
  const place = (value: number, [from, to]: readonly [number, number]) => (value - from) / (to - from || 1);
  const named = rows.toReversed();
  const dots = named.map((row) => ({
    x: left + (right - left) * place(100 * row.sourceAccuracy!, x),
    y: bottom - (bottom - top) * place(100 * row.accuracy, y),
    text: String(row.epoch),
  }));
  const spots = spotsFor(dots, { left, right: width, top: 0, bottom });
  return SPOTS.map((spot) =>
    Plot.text(
      named.filter((_, i) => spots[i] === spot),
      {
        x: (row: CheckpointRow) => 100 * row.sourceAccuracy!,
        y: (row: CheckpointRow) => 100 * row.accuracy,
        text: (row: CheckpointRow) => String(row.epoch),
        ...spot,
        ...HALO,
      },
    ),
  );
}

/** Whole steps of a round size around what the rows hold, in percent. */
function sourceDomain(rows: readonly CheckpointRow[]): readonly [number, number] {
  const values = rows.flatMap((row) => [row.sourceAccuracy!, row.sourceLow ?? row.sourceAccuracy!, row.sourceHigh ?? row.sourceAccuracy!]);
  const [least, most] = [100 * Math.min(...values), 100 * Math.max(...values)];
  const step = [1, 2, 5].find((each) => (most - least) / each <= 6) ?? 10;
  return [step * Math.floor(least / step), Math.max(step * Math.ceil(most / step), step * Math.floor(least / step) + step)];
}

const barriers: Figure = {
  name: 'barriers',
  title: 'Barrier to the run from the last epoch',
  caption:
    'Largest drop of test accuracy on the straight line to the run of the same seed from the last epoch; bar: 95 % interval; dashed: our bound for one basin.',
  alt: (tables) =>
    `Barriers in points: ${epochs(tables)
      .filter((row) => row.barrier !== null)
      .map(
        (row) =>
          `epoch ${row.epoch} ${interval(100 * row.barrier!, hundred(row.barrierLow), hundred(row.barrierHigh), (v) => decimal(v, 1))}`,
      )
      .join(', ')}.`,
  draw(tables, options) {
    const rows = epochs(tables).filter((row) => row.barrier !== null);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: `epoch ${row.epoch}`,
        value: 100 * row.barrier!,
        low: hundred(row.barrierLow),
        high: hundred(row.barrierHigh),
        color,
        tip: `from epoch ${row.epoch}: ${interval(100 * row.barrier!, hundred(row.barrierLow), hundred(row.barrierHigh), (v) => decimal(v, 1))} points`,
      })),
      options,
      { x: 'barrier, points', marks: [basinBound(options)] },
    );
  },
};

const predictors: Figure = {
  name: 'predictors',
  title: 'Can it be told without fine-tuning?',
  caption:
    'Rank correlation (Spearman’s ρ) with the fine-tuned accuracy over the epochs; bar: 95 % bootstrap interval over epochs. 1: the same order.',
  alt: (tables) =>
    `Rank correlations: ${rowsOf<PredictorRow>(tables, 'predictors')
      .map(
        (row) =>
          `${row.predictor} ${row.spearman === null ? 'undefined' : interval(row.spearman, row.spearmanLow, row.spearmanHigh, number)}`,
      )
      .join(', ')}.`,
  draw(tables, options) {
    const rows = rowsOf<PredictorRow>(tables, 'predictors').filter((row) => row.spearman !== null);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: row.predictor,
        value: row.spearman!,
        low: row.spearmanLow,
        high: row.spearmanHigh,
        color: 'currentColor',
        tip: `${row.predictor}\nSpearman ${interval(row.spearman!, row.spearmanLow, row.spearmanHigh, number)}\nKendall ${interval(row.kendall!, row.kendallLow, row.kendallHigh, number)}`,
      })),
      options,
      { x: 'rank correlation', domain: [-1, 1], marks: [{ value: 0, label: '' }] },
    );
  },
};

export const figures: readonly Figure[] = [overEpochs, scatter, barriers, predictors];
