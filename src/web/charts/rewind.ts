import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { RewindRow } from '../../analyses/rows.js';
import { decimal, interval, percent, percentInterval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { meanOf, rowsOf, type Figure } from './figure.js';
import { frame, GRID, NARROW, tips } from './frame.js';
import { heatMap } from './heat.js';

const rowsIn = (tables: Tables) => rowsOf<RewindRow>(tables, 'modules');
const epochsOf = (rows: readonly RewindRow[]) => [...new Set(rows.map((row) => row.to))].sort((a, b) => a - b);
const modulesOf = (rows: readonly RewindRow[]) => [...new Set(rows.toSorted((x, y) => x.depth - y.depth).map((row) => row.module))];
const rolesOf = (rows: readonly RewindRow[]) => inOrder(rows.map((row) => row.role));
const earliest = (rows: readonly RewindRow[]) => rows.filter((row) => row.to === epochsOf(rows)[0]);
const points = (value: number) => decimal(100 * value, 1);
/** Share of the room between two modules that a module's dots may take. */
const SPREAD = 0.5;

const describe = (row: RewindRow) =>
  `${row.run}, ${row.module} at epoch ${row.to}\naccuracy ${percentInterval(row.accuracy, row.low, row.high)}\ndrop ${interval(row.drop, row.dropLow, row.dropHigh, points)} points`;

const CAPTION =
  'Each dot is a run with that one module as it was at the start and all others as trained, with 95 % interval; lines join the means of each role, dashed lines are the networks as trained. The lower, the more critical.';

/** One figure a table of modules: with BatchNorm there are two. */
const figureOf = (name: 'modules' | 'raw', title: string, caption: string): Figure => ({
  name,
  title,
  caption,
  alt(tables) {
    const rows = earliest(rowsOf<RewindRow>(tables, name));
    const said = rolesOf(rows).map((role) => {
      const own = rows.filter((row) => row.role === role);
      const at = (module: string) => meanOf(own.filter((row) => row.module === module).map((row) => row.accuracy));
      const whole = meanOf(own.map((row) => row.accuracy + row.drop));
      return `${role}: ${percent(whole)} as trained, ${modulesOf(own)
        .map((module) => `${module} ${percent(at(module))}`)
        .join(', ')}`;
    });
    return `Mean accuracy with one module set back. ${said.join('; ')}.`;
  },
  draw(tables, options) {
    const rows = earliest(rowsOf<RewindRow>(tables, name));
    if (rows.length === 0) return null;
    const [names, roles, runs] = [modulesOf(rows), rolesOf(rows), [...new Set(rows.map((row) => row.run))]];
    const x = (row: RewindRow) => names.indexOf(row.module) + SPREAD * ((runs.indexOf(row.run) + 0.5) / runs.length - 0.5);
    const color = (row: { readonly role: string }) => colorOf(row.role);
    const means = roles.flatMap((role) =>
      names.flatMap((module, i) => {
        const own = rows.filter((row) => row.role === role && row.module === module);
        return own.length === 0 ? [] : [{ role, i, value: 100 * meanOf(own.map((row) => row.accuracy)) }];
      }),
    );
    const wholes = roles.map((role) => ({
      role,
      value: 100 * meanOf(rows.filter((row) => row.role === role).map((row) => row.accuracy + row.drop)),
    }));
    const highest = Math.max(...rows.flatMap((row) => [row.high, row.accuracy + row.drop]));
    return frame(
      {
        height: 300,
        marginTop: 20,
        marginLeft: 34,
        marginBottom: names.length * 52 > options.width ? 62 : 36,
        x: {
          domain: [-0.5, names.length - 0.5],
          ticks: names.map((_, i) => i),
          tickFormat: (i: number) => names[i] ?? '',
          tickSize: 0,
          label: null,
          ...(names.length * 62 > options.width ? { tickRotate: -40 } : {}),
        },
        y: {
          domain: [0, Math.min(100, 10 * Math.ceil(10.2 * highest))],
          ticks: options.width < NARROW ? 4 : 5,
          label: null,
        },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          Plot.ruleY(wholes, { y: 'value', stroke: color, strokeDasharray: '5,4', strokeWidth: 1.5 }),
          Plot.lineY(means, { x: 'i', y: 'value', z: 'role', stroke: color, strokeOpacity: 0.55, strokeWidth: 1.5 }),
          Plot.ruleX(rows, {
            x,
            y1: (row: RewindRow) => 100 * row.low,
            y2: (row: RewindRow) => 100 * row.high,
            stroke: color,
            strokeWidth: 2,
          }),
          Plot.dot(rows, { x, y: (row: RewindRow) => 100 * row.accuracy, fill: color, r: 3.5 }),
          tips(options, rows, { x, y: (row: RewindRow) => 100 * row.accuracy }, describe),
        ],
      },
      options,
      roles.map((role) => ({ label: role, color: colorOf(role), shape: 'dot' })),
    );
  },
});

/** Mean drop over a role's runs, epoch by epoch. */
function cellsOf(rows: readonly RewindRow[]) {
  const most = Math.max(0.01, ...rows.map((row) => row.drop));
  return rolesOf(rows).flatMap((role) =>
    modulesOf(rows).flatMap((module) =>
      epochsOf(rows).flatMap((to) => {
        const own = rows.filter((row) => row.role === role && row.module === module && row.to === to);
        if (own.length === 0) return [];
        const drop = meanOf(own.map((row) => row.drop));
        return [
          {
            across: '',
            down: role,
            x: String(to),
            y: module,
            depth: Math.max(0, drop / most),
            color: colorOf(role),
            text: decimal(100 * drop, 0),
            tip: `${module} of ${role} at epoch ${to}\ndrop ${points(drop)} points, mean of ${own.length} runs`,
          },
        ];
      }),
    ),
  );
}

const epochs: Figure = {
  name: 'epochs',
  title: 'Drop by module and epoch',
  caption:
    'Points of accuracy lost when one module is set back to an epoch of its run, mean over runs: the deeper the colour, the more. Empty: no run of the role kept that epoch (best epochs differ).',
  alt: (tables) =>
    `Mean drop in points by module and epoch. ${cellsOf(rowsIn(tables))
      .map(({ down, x, y, text }) => `${down} ${y} epoch ${x}: ${text}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = rowsIn(tables);
    if (epochsOf(rows).length < 2) return null;
    return heatMap(cellsOf(rows), options, {
      across: [''],
      down: rolesOf(rows),
      x: epochsOf(rows).map(String),
      y: modulesOf(rows),
      xLabel: 'epoch',
      yLabel: null,
      every: Math.ceil((epochsOf(rows).length * 24) / Math.max(1, options.width - 120)),
    });
  },
};

export const figures: readonly Figure[] = [
  figureOf('modules', 'Accuracy with one module set back, %', CAPTION),
  figureOf(
    'raw',
    'The same with BatchNorm statistics on record, %',
    'As above, but no statistics are taken anew: a module brings its own back.',
  ),
  epochs,
];
