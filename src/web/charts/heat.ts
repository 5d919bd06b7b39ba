import * as Plot from '@observablehq/plot';
import type { ChartOptions } from './figure.js';
import { frame, tips, widest } from './frame.js';

/** One cell of a heat map. */
export interface HeatCell {
  /** Column and row of panels. */
  readonly across: string;
  readonly down: string;
  readonly x: string;
  readonly y: string;
  /** Depth of the colour, 0 … 1. */
  readonly depth: number;
  readonly color: string;
  /** Shown inside, where there is room. */
  readonly text: string;
  readonly outlined?: boolean;
  readonly tip: string;
}

export interface HeatOptions {
  readonly across: readonly string[];
  readonly down: readonly string[];
  /** Columns from left to right, rows from top to bottom. */
  readonly x: readonly string[];
  readonly y: readonly string[];
  readonly xLabel: string;
  readonly yLabel: string | null;
  /** Of every how many columns the label is shown. */
  readonly every?: number;
  readonly rowHeight?: number;
}

/** Text on a cell must stay readable in both themes: the colour never covers it wholly. */
const DEEPEST = 0.62;
const LETTERS = 27;

/** Panels of coloured cells: depth of colour is the value, in light and dark. */
export function heatMap(cells: readonly HeatCell[], options: ChartOptions, heat: HeatOptions): Element {
  const { across, down, x, y, xLabel, yLabel, every = 1, rowHeight = 22 } = heat;
  const panels = down.length > 1 || down[0] !== '';
  const marginLeft = widest(y) + (yLabel === null ? 10 : 34);
  const marginRight = panels ? widest(down) + 10 : 10;
  const cellWidth = (options.width - marginLeft - marginRight) / across.length / x.length;
  const facet = { fx: 'across', fy: 'down' };
  const shown = cellWidth >= LETTERS && rowHeight >= 18 ? cells : [];
  return frame(
    {
      height: down.length * (y.length * rowHeight + 14) + 74,
      marginTop: 26,
      marginLeft,
      marginRight,
      marginBottom: 44,
      fx: { domain: [...across], label: null, padding: 0.06, axis: across.length > 1 || across[0] !== '' ? 'top' : null },
      fy: { domain: [...down], label: null, padding: 0.08, axis: panels ? 'right' : null },
      x: {
        domain: [...x],
        label: xLabel,
        labelArrow: 'none',
        labelAnchor: 'right',
        labelOffset: 40,
        tickSize: 0,
        tickFormat: (value: string) => (x.indexOf(value) % every === 0 ? value : ''),
        padding: 0.04,
      },
      y: { domain: [...y], label: yLabel, labelArrow: 'none', tickSize: 0, padding: 0.06 },
      marks: [
        Plot.cell(cells, { ...facet, x: 'x', y: 'y', fill: 'currentColor', fillOpacity: 0.05 }),
        Plot.cell(cells, { ...facet, x: 'x', y: 'y', fill: 'color', fillOpacity: (cell: HeatCell) => DEEPEST * cell.depth }),
        Plot.cell(
          cells.filter((cell) => cell.outlined),
          { ...facet, x: 'x', y: 'y', fill: 'none', stroke: 'currentColor', strokeWidth: 1, strokeOpacity: 0.8 },
        ),
        Plot.text(shown, { ...facet, x: 'x', y: 'y', text: 'text' }),
        tips(options, cells, { ...facet, x: 'x', y: 'y' }, (cell) => cell.tip),
      ],
    },
    options,
  );
}
