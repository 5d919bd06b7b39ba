import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { PlaneCellRow, PlanePointRow, PlaneRiseRow } from '../../analyses/rows.js';
import { decimal, number, percent } from '../format.js';
import { colorOf } from '../palette.js';
import { SPOTS, spotsFor } from './dot-labels.js';
import { rowsOf, type ChartOptions, type Figure } from './figure.js';
import { FONT, frame, NARROW, tips } from './frame.js';

const cellsOf = (tables: Tables) => rowsOf<PlaneCellRow>(tables, 'cells');
const pointsOf = (tables: Tables) => rowsOf<PlanePointRow>(tables, 'points');
const planesOf = (tables: Tables) => [...new Set(cellsOf(tables).map((row) => row.plane))];

/** What is drawn: bands between thresholds, the darker the worse. */
interface Measure {
  readonly value: (row: PlaneCellRow | PlanePointRow) => number;
  readonly show: (value: number) => string;
  /** Thresholds over this many steps between best and worst. */
  readonly bands: number;
}
/** Cost: contours enclose what is worse. */
const LOSS: Measure = { value: (row) => row.loss, show: decimal, bands: 9 };
const ERROR: Measure = { value: (row) => 1 - row.accuracy, show: (v) => percent(1 - v, 0), bands: 9 };

/** Networks compute in float32, about 1e-7 of a logit: what differs by less than this, of its size where that is over 1, is rounding. */
const ROUNDING = 1e-6;

/** The triangle with its corners is flat: lines would be drawn through rounding. */
function isFlat(cells: readonly PlaneCellRow[], points: readonly PlanePointRow[], { value }: Measure): boolean {
  const inside = [...points.map(value), ...cells.filter((row) => row.inside).map(value)];
  const most = Math.max(...inside);
  return most - Math.min(...inside) <= ROUNDING * Math.max(1, most);
}

/** Round thresholds between the best cell and the worst inside the triangle or at a corner: outside, loss can grow without bound. None where it is flat. */
function thresholdsOf(cells: readonly PlaneCellRow[], points: readonly PlanePointRow[], measure: Measure): number[] {
  if (isFlat(cells, points, measure)) return [];
  const { value, bands } = measure;
  const least = Math.min(...[...cells, ...points].map(value));
  const most = Math.max(...points.map(value), ...cells.filter((row) => row.inside).map(value));
  const raw = Math.max((most - least) / bands, 1e-3);
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * unit >= raw)! * unit;
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.max(0, Math.floor(most / step + 1e-9) - first + 1) }, (_, i) => (first + i) * step);
}

const BAND_OPACITY = 0.11;

function panel(tables: Tables, plane: string, options: ChartOptions, measure: Measure): Element {
  const cells = cellsOf(tables).filter((row) => row.plane === plane);
  const points = pointsOf(tables).filter((row) => row.plane === plane);
  const color = colorOf(points[0]!.role);
  const [xs, ys] = [cells.map((row) => row.x), cells.map((row) => row.y)];
  const box = { left: Math.min(...xs), right: Math.max(...xs), bottom: Math.min(...ys), top: Math.max(...ys) };
  // distances of networks that hardly moved: 0.0000000001 has no room
  const tiny = Math.max(...[...xs, ...ys].map(Math.abs)) < 1e-2;
  const ticks = { ticks: tiny ? 3 : 5, ...(tiny ? { tickFormat: number } : {}) };
  const [marginLeft, marginRight, marginBottom, marginTop] = [tiny ? 72 : 38, 8, 40, 26];
  const wide = options.width - marginLeft - marginRight;
  // one scale for both axes: distances are distances
  const height = Math.min((wide * (box.top - box.bottom)) / (box.right - box.left), 1.2 * wide) + marginTop + marginBottom;
  const thresholds = thresholdsOf(cells, points, measure);
  const { value, show } = measure;
  const label = (row: PlanePointRow) => `${row.point} ${show(value(row))}`;
  const [right, bottom] = [options.width - marginRight, height - marginBottom];
  const dots = points.map((row) => ({
    x: marginLeft + ((right - marginLeft) * (row.x - box.left)) / (box.right - box.left),
    y: bottom - ((bottom - marginTop) * (row.y - box.bottom)) / (box.top - box.bottom),
    text: label(row),
  }));
  const spots = spotsFor(dots, { left: marginLeft - 38, right: options.width, top: marginTop - 8, bottom });
  // corners so close that a name would run into another's are named in the corner of the plot
  const unnamed = points.filter((_, i) => spots[i] === null);
  const halo = { fill: 'currentColor', stroke: 'var(--page, white)', strokeWidth: 4, strokeOpacity: 0.75 } as const;
  return frame(
    {
      height,
      marginLeft,
      marginRight,
      marginTop,
      marginBottom,
      x: { domain: [box.left, box.right], label: 'ℓ₂ distance along the first side', labelAnchor: 'right', labelArrow: 'none', ...ticks },
      y: { domain: [box.bottom, box.top], label: null, ...ticks },
      marks: [
        ...thresholds.map((threshold) =>
          Plot.contour(cells, {
            x: 'x',
            y: 'y',
            value,
            thresholds: [threshold],
            interpolate: 'barycentric',
            pixelSize: 4,
            fill: color,
            fillOpacity: BAND_OPACITY,
            stroke: color,
            strokeOpacity: 0.5,
            strokeWidth: 0.6,
          }),
        ),
        Plot.line([...points, points[0]!], { x: 'x', y: 'y', stroke: 'currentColor', strokeDasharray: '3,3', strokeOpacity: 0.7 }),
        Plot.dot(points, { x: 'x', y: 'y', r: 4.5, fill: 'currentColor', stroke: 'var(--page, white)', strokeWidth: 1.5 }),
        ...SPOTS.map((spot) =>
          Plot.text(
            points.filter((_, i) => spots[i] === spot),
            { x: 'x', y: 'y', text: label, ...spot, fontSize: FONT, ...halo },
          ),
        ),
        Plot.text(unnamed.length === 0 ? [] : [`close by: ${unnamed.map(label).join(', ')}`], {
          text: (text: string) => text,
          frameAnchor: 'bottom-left',
          dx: 4,
          dy: -6,
          fontSize: FONT,
          ...halo,
        }),
        Plot.text([isFlat(cells, points, measure) ? `${FLAT}, ${show(value(points[0]!))}` : bandsOf(thresholds, measure)], {
          text: (text: string) => text,
          frameAnchor: 'top-left',
          dy: -16,
        }),
        tips(
          options,
          cells,
          { x: 'x', y: 'y' },
          (row) => `loss ${decimal(row.loss)}\naccuracy ${percent(row.accuracy)}\nat (${number(row.x)}, ${number(row.y)})`,
        ),
      ],
    },
    options,
  );
}

/** Stands where lines would, and in the caption. */
const FLAT = 'flat to rounding';

/** '9 lines, from 0.50 to 2.50': how to read the bands. */
function bandsOf(thresholds: readonly number[], { show }: Measure): string {
  if (thresholds.length < 2) return thresholds.length === 1 ? `one line, ${show(thresholds[0]!)}` : 'nearly flat: no line';
  return `${thresholds.length} lines, from ${show(thresholds[0]!)} to ${show(thresholds.at(-1)!)}`;
}

/** The planes side by side, on a narrow screen one below the other, in one picture. */
function panels(tables: Tables, options: ChartOptions, measure: Measure): Element | null {
  const planes = planesOf(tables);
  if (planes.length === 0) return null;
  const stacked = options.width < 2 * NARROW;
  const width = stacked ? options.width : Math.floor(options.width / planes.length);
  const drawn = planes.map((plane) => panel(tables, plane, { ...options, width }, measure));
  const heights = drawn.map((svg) => Number(svg.getAttribute('height')));
  const height = stacked ? heights.reduce((sum, each) => sum + each, 0) : Math.max(...heights);
  const whole = options.document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const shape = { width: options.width, height, viewBox: `0 0 ${options.width} ${height}`, 'aria-hidden': 'true', fill: 'currentColor' };
  for (const [name, value] of Object.entries(shape)) whole.setAttribute(name, String(value));
  let at = 0;
  for (const [i, svg] of drawn.entries()) {
    svg.setAttribute(stacked ? 'y' : 'x', String(at));
    at += stacked ? heights[i]! : width;
    whole.append(svg);
  }
  return whole;
}

/** What stands at the corners, and how far the plane rises between them. */
function spoken(tables: Tables, measure: Measure, metric: string): string {
  const { value, show } = measure;
  return planesOf(tables)
    .map((plane) => {
      const points = pointsOf(tables).filter((row) => row.plane === plane);
      const corners = points.map((row) => `${row.point} ${show(value(row))}`);
      const cells = cellsOf(tables).filter((row) => row.plane === plane);
      if (isFlat(cells, points, measure)) return `${corners.join(', ')}; ${FLAT} inside the triangle`;
      const rise = rowsOf<PlaneRiseRow>(tables, 'rises').find(
        (row) => row.plane === plane && row.metric === metric && row.definition === 'plane',
      );
      const worst = rise?.worst ?? null;
      return `${corners.join(', ')}; worst inside the triangle ${worst === null ? 'unknown' : metric === 'loss' ? decimal(worst) : percent(worst, 0)}`;
    })
    .join('. ');
}

const loss: Figure = {
  name: 'loss',
  title: 'Loss on the plane through three checkpoints',
  caption:
    'Contour lines of the loss: the stronger the colour, the worse. Dashed: the triangle between the three; outside of it loss can grow without bound and has no more lines. A triangle that is flat to rounding has none.',
  alt: (tables) => `Loss on planes through three checkpoints. ${spoken(tables, LOSS, 'loss')}.`,
  draw: (tables, options) => panels(tables, options, LOSS),
};

const accuracy: Figure = {
  name: 'accuracy',
  title: 'Accuracy on the same plane',
  caption: 'Contour lines of the accuracy on the same grid: the stronger the colour, the worse; none where it is flat.',
  alt: (tables) => `Accuracy on planes through three checkpoints. ${spoken(tables, ERROR, 'accuracy')}.`,
  draw: (tables, options) => panels(tables, options, ERROR),
};

export const figures: readonly Figure[] = [loss, accuracy];
