import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { CriticalityCellRow, CriticalityModuleRow } from '../../analyses/rows.js';
import { decimal, interval, number, percent } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, GRID, NARROW, tips, widest } from './frame.js';
import { heatMap } from './heat.js';

type Placed = { readonly path: string; readonly scale: string; readonly depth: number; readonly module: string };
/** One path and one scale are drawn: the line, and the scale that comes first. The tables hold all. */
function drawn<T extends Placed>(rows: readonly T[]): readonly T[] {
  const path = rows.some((row) => row.path === 'direct') ? 'direct' : rows[0]?.path;
  const scale = rows.find((row) => row.path === path)?.scale;
  return rows.filter((row) => row.path === path && row.scale === scale);
}
const modulesIn = (tables: Tables) => drawn(rowsOf<CriticalityModuleRow>(tables, 'modules'));
const cellsIn = (tables: Tables) => drawn(rowsOf<CriticalityCellRow>(tables, 'cells'));
const names = (rows: readonly Placed[]) => [...new Set(rows.toSorted((x, y) => x.depth - y.depth).map((row) => row.module))];
const runsOf = (rows: readonly { readonly run: string }[]) => [...new Set(rows.map((row) => row.run))];
const sigma = (value: number) => value.toPrecision(2);
/** 0, 0.1, 0.25, 1: as short as it goes, two panels stand side by side. */
const share = (alpha: number) => String(Number(alpha.toFixed(2)));

const describe = (row: CriticalityModuleRow) =>
  [
    `${row.run}, ${row.module}`,
    `μ ${row.mu === null ? 'unknown' : interval(row.mu, row.low, row.high)}`,
    ...(row.alpha === null ? [] : [`at α = ${decimal(row.alpha)}, σ = ${sigma(row.sigma!)}`]),
    ...(row.edge ? ['on the edge of the grid'] : []),
    ...(row.reason === null ? [] : [row.reason]),
  ].join('\n');

const modules: Figure = {
  name: 'modules',
  title: 'Criticality of each module',
  caption:
    'μ of each module on the straight line and the first scale of σ, on a symmetric logarithmic axis, modules from input to output, with 95 % interval, up to the right edge where it has no upper bound; hollow: on the edge of the grid. Modules without a feasible cell are left out and named below.',
  alt: (tables) =>
    `μ by run and module: ${modulesIn(tables)
      .map((row) => `${row.run} ${row.module} ${row.mu === null ? 'no feasible cell' : number(row.mu)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = modulesIn(tables).filter((row): row is CriticalityModuleRow & { readonly mu: number } => row.mu !== null);
    if (rows.length === 0) return null;
    const [order, runs] = [names(rows), runsOf(rows)];
    const y = (row: Placed & { readonly run: string }) =>
      order.indexOf(row.module) + 0.5 * ((runs.indexOf(row.run) + 0.5) / runs.length - 0.5);
    const color = (row: { readonly role: string }) => colorOf(row.role);
    const most = Math.max(1, ...rows.map((row) => row.high ?? row.mu));
    const right = 1.3 * most;
    const ticks = [0, ...Array.from({ length: 12 }, (_, i) => 10 ** i).filter((tick) => tick <= 2 * most)];
    return frame(
      {
        height: order.length * 40 + 60,
        marginTop: 8,
        marginLeft: widest(order) + 14,
        marginRight: 24,
        marginBottom: 40,
        x: {
          type: 'symlog',
          domain: [0, right],
          ticks: options.width < NARROW ? ticks.filter((_, i) => i % 2 === 0) : ticks,
          tickFormat: (tick: number) => (tick < 1e4 ? String(tick) : `1e${Math.round(Math.log10(tick))}`),
          label: 'μ',
          labelArrow: 'none',
        },
        y: {
          domain: [-0.5, order.length - 0.5],
          reverse: true,
          ticks: order.map((_, i) => i),
          tickFormat: (i: number) => order[i] ?? '',
          tickSize: 0,
          label: null,
        },
        marks: [
          Plot.gridX({ ...GRID, ticks }),
          Plot.ruleX([0], { strokeOpacity: 0.5 }),
          Plot.ruleY(
            rows.filter((row) => row.low !== null),
            { y, x1: 'low', x2: (row: CriticalityModuleRow) => row.high ?? right, stroke: color, strokeWidth: 2 },
          ),
          Plot.dot(rows, {
            x: 'mu',
            y,
            stroke: color,
            strokeWidth: 2,
            fill: (row: CriticalityModuleRow) => (row.edge ? 'none' : colorOf(row.role)),
            r: 4,
          }),
          tips(options, rows, { x: 'mu', y }, describe),
        ],
      },
      options,
      inOrder(rows.map((row) => row.role)).map((role) => ({ label: role, color: colorOf(role), shape: 'dot' })),
    );
  },
};

const grid: Figure = {
  name: 'grid',
  title: 'Training error over α and σ',
  caption:
    'Each cell is a module at a share α of the way from its start to its end, under noise of size σ: the deeper the colour, the more training images are missed. Outlined: the cells whose error stays under ε. Drawn are the straight line and the scale of σ that was asked for first, by default multiples of the module’s RMS weight; the tables have the others.',
  alt(tables) {
    const cells = cellsIn(tables);
    const said = runsOf(cells).flatMap((run) =>
      names(cells).map((module) => {
        const own = cells.filter((cell) => cell.run === run && cell.module === module);
        const feasible = own.filter((cell) => cell.feasible).length;
        return `${run} ${module}: ${feasible} of ${own.length} cells feasible, error up to ${percent(Math.max(...own.map((cell) => cell.error)), 0)}`;
      }),
    );
    return `Training error of modules between start and end under noise. ${said.join('; ')}.`;
  },
  draw(tables, options) {
    const cells = cellsIn(tables);
    if (cells.length === 0) return null;
    const level = (cell: CriticalityCellRow) => (cell.scale === 'relative' ? cell.relativeSigma! : cell.sigma);
    const alphas = [...new Set(cells.map((cell) => cell.alpha))].sort((a, b) => a - b).map(share);
    const sigmas = [...new Map(cells.map((cell) => [sigma(level(cell)), level(cell)])).entries()]
      .sort((a, b) => b[1] - a[1])
      .map(([label]) => label);
    // on a phone two runs would leave a cell a few pixels
    const runs = runsOf(cells);
    return heatMap(
      cells.map((cell) => ({
        across: cell.run,
        down: cell.module,
        x: share(cell.alpha),
        y: sigma(level(cell)),
        depth: cell.error,
        color: colorOf(cell.role),
        text: '',
        outlined: cell.feasible,
        tip: `${cell.run}, ${cell.module}, α = ${decimal(cell.alpha)}, σ = ${sigma(cell.sigma)}\nerror ${percent(cell.error)} ± ${percent(cell.standardError)}\n${cell.feasible ? `feasible, cost ${number(cell.cost)}` : 'over ε'}`,
      })),
      options,
      {
        across: runs,
        down: names(cells),
        x: alphas,
        y: sigmas,
        xLabel: 'α',
        yLabel: 'σ',
        every: Math.max(1, Math.ceil((alphas.length * 34 * runs.length) / Math.max(1, options.width - 140))),
        rowHeight: 13,
      },
    );
  },
};

export const figures: readonly Figure[] = [modules, grid];
