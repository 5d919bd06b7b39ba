import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { EpochMetricRow, GapRow, LabelGapRow, RunRow } from '../../analyses/rows.js';
import { decimal, interval, percent, percentInterval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { atOneTime, meanOf, rowsOf, type Figure } from './figure.js';
import { epochAxes, facets, frame, GRID, tips } from './frame.js';
import { intervals } from './intervals.js';

const SPLITS: Readonly<Record<string, string>> = { test: 'Test accuracy, %', train: 'Training accuracy, %' };

const curves: Figure = {
  name: 'curves',
  title: 'Accuracy over epochs',
  caption: 'One line a run. Training accuracy is that of the epoch’s augmented batches, each before its update.',
  alt(tables) {
    const rows = rowsOf<EpochMetricRow>(tables, 'epochs').filter((row) => row.split === 'test');
    const last = Math.max(...rows.map((row) => row.epoch));
    const ends = inOrder(rows.map((row) => row.role)).map((role) => {
      const own = rows.filter((row) => row.role === role && row.epoch === last);
      return `${role} ends at ${own.length > 0 ? percent(meanOf(own.map((row) => row.accuracy))) : 'an unknown value'}`;
    });
    return `Lines of test and training accuracy over ${last} epochs. On test, ${ends.join(' and ')}.`;
  },
  draw(tables, options) {
    const rows = rowsOf<EpochMetricRow>(tables, 'epochs').filter((row) => row.split in SPLITS);
    if (rows.length === 0) return null;
    const panels = facets(
      Object.keys(SPLITS).filter((split) => rows.some((row) => row.split === split)),
      SPLITS,
      options.width,
      250,
    );
    const chance = rowsOf<GapRow>(tables, 'gaps')[0]?.chance;
    const y = (row: EpochMetricRow) => 100 * row.accuracy;
    const facet = panels.channel('split');
    return frame(
      {
        ...panels.options,
        ...epochAxes(options.width),
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          ...(chance === undefined
            ? []
            : [
                Plot.ruleY([100 * chance], { strokeDasharray: '4,3', strokeOpacity: 0.7 }),
                Plot.text([100 * chance], {
                  y: (value: number) => value,
                  text: () => 'chance',
                  frameAnchor: 'right',
                  textAnchor: 'end',
                  dy: 9,
                  dx: -2,
                }),
              ]),
          Plot.lineY(rows, { ...facet, x: 'epoch', y, z: 'run', stroke: (row: EpochMetricRow) => colorOf(row.role), strokeWidth: 1.75 }),
          panels.titles,
          tips(
            options,
            rows,
            { ...facet, x: 'epoch', y },
            (row) => `${row.run}, epoch ${row.epoch}\n${row.split} accuracy ${percent(row.accuracy)}\nloss ${decimal(row.loss, 3)}`,
          ),
        ],
      },
      options,
      inOrder(rows.map((row) => row.role)).map((role) => ({ label: role, color: colorOf(role), shape: 'line' })),
    );
  },
};

const accuracy: Figure = {
  name: 'accuracy',
  title: 'Test accuracy of each run',
  caption: 'Dot: accuracy on the test images; bar: 95 % interval over images; dashed: chance.',
  alt: (tables) =>
    `Test accuracy of each run: ${atOneTime(rowsOf<RunRow>(tables, 'runs'))
      .map((row) => `${row.run} ${percentInterval(row.accuracy, row.low, row.high)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = atOneTime(rowsOf<RunRow>(tables, 'runs'));
    if (rows.length === 0) return null;
    const chance = rowsOf<GapRow>(tables, 'gaps')[0]?.chance;
    return intervals(
      rows.map((row) => ({
        label: row.run,
        value: 100 * row.accuracy,
        low: 100 * row.low,
        high: 100 * row.high,
        color: colorOf(row.role),
        tip: `${row.run}${row.epoch === null ? '' : `, epoch ${row.epoch}`}\n${percentInterval(row.accuracy, row.low, row.high)}\n${row.n} images`,
      })),
      options,
      {
        x: 'test accuracy, %',
        domain: [0, 10 * Math.ceil(10 * Math.max(...rows.map((row) => row.high)))],
        marks: chance === undefined ? [] : [{ value: 100 * chance, label: 'chance' }],
      },
    );
  },
};

const LABELS: Readonly<Record<string, string>> = { accuracy: 'accuracy', speed: 'speed' };

const gap: Figure = {
  name: 'gap',
  title: 'What pre-training adds',
  caption:
    'P-T minus RI-T in points, with 95 % interval. Speed is the mean training accuracy over all epochs. Right of zero: pre-training helps.',
  alt: (tables) =>
    `Gap P-T minus RI-T in points: ${shown(rowsOf<GapRow>(tables, 'gaps'))
      .map((row) => `${row.metric} ${interval(100 * row.gap, row.low && 100 * row.low, row.high && 100 * row.high, (v) => decimal(v, 1))}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = shown(rowsOf<GapRow>(tables, 'gaps'));
    if (rows.length === 0) return null;
    const points = (value: number | null) => (value === null ? null : 100 * value);
    return intervals(
      rows.map((row) => ({
        label: LABELS[row.metric] ?? row.metric,
        value: 100 * row.gap,
        low: points(row.low),
        high: points(row.high),
        color: 'currentColor',
        tip: `${row.metric}: ${interval(100 * row.gap, points(row.low), points(row.high), (v) => decimal(v, 1))} points\nP-T ${percent(row.pretrained)}, RI-T ${percent(row.random)}`,
      })),
      options,
      { x: 'P-T minus RI-T, points', marks: [{ value: 0, label: 'no difference' }] },
    );
  },
};

const labels: Figure = {
  name: 'labels',
  title: 'What pre-training adds, label by label',
  caption: 'P-T minus RI-T in points of each label’s accuracy, means over runs, with 95 % interval. Right of zero: pre-training helps.',
  alt: (tables) =>
    `Gap P-T minus RI-T in points, label by label: ${told(tables)
      .map((row) => `${row.label} ${gapOf(row)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = told(tables);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: row.label,
        value: 100 * row.gap!,
        low: row.low === null ? null : 100 * row.low,
        high: row.high === null ? null : 100 * row.high,
        color: 'currentColor',
        tip: `${row.label}, ${row.positives} of ${row.n} images\n${gapOf(row)} points\nP-T ${percent(row.pretrained!)}, RI-T ${percent(row.random!)}`,
      })),
      options,
      { x: 'P-T minus RI-T, points', marks: [{ value: 0, label: 'no difference' }] },
    );
  },
};

const told = (tables: Tables) => atOneTime(rowsOf<LabelGapRow>(tables, 'labelGaps')).filter((row) => row.gap !== null);
const gapOf = (row: LabelGapRow) => interval(100 * row.gap!, row.low && 100 * row.low, row.high && 100 * row.high, (v) => decimal(v, 1));

const shown = (rows: readonly GapRow[]) => [
  ...atOneTime(rows.filter((row) => row.metric === 'accuracy')),
  ...rows.filter((row) => row.metric !== 'accuracy'),
];

export const figures: readonly Figure[] = [curves, accuracy, gap, labels];
