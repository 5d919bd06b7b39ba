import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { CkaRow } from '../../analyses/rows.js';
import { decimal, interval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { meanOf, rowsOf, type Figure } from './figure.js';
import { layers } from './cka-layers.js';
import { frame, GRID, NARROW, tips } from './frame.js';

type Defined = CkaRow & { readonly value: number };
const defined = (tables: Tables) => rowsOf<CkaRow>(tables, 'similarities').filter((row): row is Defined => row.value !== null);
const modulesOf = (rows: readonly CkaRow[]) => [...new Set(rows.toSorted((x, y) => x.depth - y.depth).map((row) => row.module))];
/** Share of the room between two modules that a module's dots may take. */
const SPREAD = 0.5;

const modules: Figure = {
  name: 'modules',
  title: 'Similarity of features, module by module',
  caption:
    'Linear CKA of what leaves each module, from input to output: 1 is the same up to rotation and scale, 0 is unrelated. One dot a pair with 95 % interval; lines join the means of each kind. Dotted: what independent random features would reach.',
  alt(tables) {
    const rows = defined(tables);
    const mean = (pair: string, module: string) => rows.filter((row) => row.pair === pair && row.module === module).map((row) => row.value);
    const said = inOrder(rows.map((row) => row.pair)).map(
      (pair) =>
        `${pair}: ${modulesOf(rows)
          .flatMap((name) => (mean(pair, name).length > 0 ? [`${name} ${decimal(meanOf(mean(pair, name)))}`] : []))
          .join(', ')}`,
    );
    return `Mean CKA by module. ${said.join('; ')}.`;
  },
  draw(tables, options) {
    const rows = defined(tables);
    if (rows.length === 0) return null;
    const [names, kinds] = [modulesOf(rows), inOrder(rows.map((row) => row.pair))];
    const pairs = [...new Set(kinds.flatMap((kind) => rows.filter((row) => row.pair === kind).map((row) => `${row.a} & ${row.b}`)))];
    // pairs stand beside one another, so that their intervals stay apart
    const x = (row: CkaRow) => names.indexOf(row.module) + SPREAD * ((pairs.indexOf(`${row.a} & ${row.b}`) + 0.5) / pairs.length - 0.5);
    const color = (row: { readonly pair: string }) => colorOf(row.pair);
    const means = kinds.flatMap((pair) =>
      names.flatMap((module) => {
        const own = rows.filter((row) => row.pair === pair && row.module === module);
        return own.length === 0 ? [] : [{ pair, x: meanOf(own.map(x)), value: meanOf(own.map((row) => row.value)) }];
      }),
    );
    const bounded = rows.filter((row) => row.low !== null && row.high !== null);
    const baselines = names.flatMap((name, i) => {
      const found = rows.find((row) => row.module === name);
      return found ? [{ i, value: found.baseline }] : [];
    });
    const lowest = Math.min(0, ...rows.map((row) => row.low ?? row.value));
    return frame(
      {
        height: 300,
        marginTop: 20,
        marginLeft: 34,
        marginBottom: 36,
        x: {
          domain: [-0.5, names.length - 0.5],
          ticks: names.map((_, i) => i),
          tickFormat: (i: number) => names[i] ?? '',
          tickSize: 0,
          label: null,
          ...(names.length * 52 > options.width ? { tickRotate: -35 } : {}),
        },
        y: { domain: [lowest, 1], ticks: options.width < NARROW ? 4 : 5, label: null },
        marks: [
          Plot.gridY({ ...GRID, ticks: 5 }),
          Plot.ruleY([0], { strokeOpacity: 0.5 }),
          Plot.lineY(means, { x: 'x', y: 'value', z: 'pair', stroke: color, strokeOpacity: 0.55, strokeWidth: 1.5 }),
          Plot.ruleX(bounded, { x, y1: 'low', y2: 'high', stroke: color, strokeWidth: 2 }),
          Plot.dot(rows, { x, y: 'value', fill: color, r: 3.5 }),
          Plot.ruleY(baselines, {
            y: 'value',
            x1: (row: { i: number }) => row.i - 0.4,
            x2: (row: { i: number }) => row.i + 0.4,
            strokeDasharray: '2,2',
          }),
          tips(
            options,
            rows,
            { x, y: 'value' },
            (row) =>
              `${row.a} & ${row.b}, ${row.module}\nCKA ${interval(row.value, row.low, row.high, decimal)}\n${row.n} images, ${row.p} features; random ones ${decimal(row.baseline)}`,
          ),
        ],
      },
      options,
      kinds.map((pair) => ({ label: pair, color: colorOf(pair), shape: 'dot' })),
    );
  },
};

export const figures: readonly Figure[] = [modules, layers];
