import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { CkaLayerRow } from '../../analyses/rows.js';
import { decimal, interval } from '../format.js';
import { inOrder } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, NARROW, tips, widest } from './frame.js';

type Defined = CkaLayerRow & { readonly value: number };
const nameOf = (row: CkaLayerRow) => `${row.a} & ${row.b}`;
/** Cells darker than this carry light figures. */
const DARK = 0.55;
const CELL = 34;

/** One pair of each kind, in the palette's order; `of`: how many of its kind the rows hold. */
function shown(tables: Tables): { readonly pairs: readonly string[]; readonly of: readonly number[]; readonly rows: readonly Defined[] } {
  const rows = rowsOf<CkaLayerRow>(tables, 'layers').filter((row): row is Defined => row.value !== null);
  const pairs = inOrder(rows.map((row) => row.pair)).map((kind) => nameOf(rows.find((row) => row.pair === kind)!));
  const of = inOrder(rows.map((row) => row.pair)).map((kind) => new Set(rows.filter((row) => row.pair === kind).map(nameOf)).size);
  return { pairs, of, rows: rows.filter((row) => pairs.includes(nameOf(row))) };
}

/** A map of several is named as such: the others are in the table. */
const titleOf = (pair: string, of: number) => (of > 1 ? `${pair}, 1 of ${of} pairs` : pair);

const modulesOf = (rows: readonly CkaLayerRow[], side: 'A' | 'B') => [
  ...new Map(rows.toSorted((x, y) => x[`depth${side}`] - y[`depth${side}`]).map((row) => [row[`module${side}`], 0])).keys(),
];

/** Every layer of B once a column of panels, under the lowest panel that has it: pairs with P have no head. */
const labelled = <T extends { readonly moduleB: string; readonly fx: number; readonly fy: number }>(placed: readonly T[]): readonly T[] => [
  ...new Map(placed.toSorted((x, y) => x.fy - y.fy).map((row) => [`${row.fx} ${row.moduleB}`, row])).values(),
];

/** The map of every layer of A (down) against every layer of B (across), a panel a pair, panels one below the other. */
export const layers: Figure = {
  name: 'layers',
  title: 'Every layer against every layer',
  caption:
    'Linear CKA of each layer of the first network (down) with each of the second (across), input at the top and left. The stronger the colour, the more alike.',
  alt(tables) {
    const { pairs, of, rows } = shown(tables);
    const best = pairs.map((pair, i) => {
      const top = rows.filter((row) => nameOf(row) === pair).toSorted((x, y) => y.value - x.value)[0]!;
      return `${titleOf(pair, of[i]!)} highest in ${top.moduleA} with ${top.moduleB}, ${decimal(top.value)}`;
    });
    return `Maps of CKA between all layers of two networks. ${best.join('; ')}.`;
  },
  draw(tables, options) {
    const { pairs, of, rows } = shown(tables);
    if (rows.length === 0) return null;
    const [down, across] = [modulesOf(rows, 'A'), modulesOf(rows, 'B')];
    const narrow = options.width < NARROW;
    // two panels a line where there is room, laid out by hand: Plot facets need one row or column each
    const columns = narrow || across.length > 8 ? 1 : 2;
    const place = (row: CkaLayerRow) => ({
      fx: pairs.indexOf(nameOf(row)) % columns,
      fy: Math.floor(pairs.indexOf(nameOf(row)) / columns),
    });
    const placed = rows.map((row) => ({ ...row, ...place(row) }));
    const titles = pairs.map((pair, i) => ({ pair: titleOf(pair, of[i]!), fx: i % columns, fy: Math.floor(i / columns) }));
    const lines = Math.ceil(pairs.length / columns);
    const rotate = across.some((name) => name.length * 7 > (options.width - widest(down)) / columns / across.length);
    const height = down.length * Math.min(CELL, 26 + 80 / down.length) + 46;
    const facet = { fx: 'fx', fy: 'fy' } as const;
    return frame(
      {
        height: lines * height + (rotate ? 36 : 16),
        marginTop: 30,
        marginLeft: widest(down) + 12,
        marginRight: 8,
        marginBottom: rotate ? 52 : 28,
        fx: { axis: null, padding: 0.06 },
        fy: { axis: null, padding: 0.2 },
        x: { domain: across, axis: null, padding: 0.03 },
        y: { domain: down, label: null, tickSize: 0, padding: 0.03 },
        opacity: { type: 'identity' },
        marks: [
          Plot.cell(placed, {
            ...facet,
            x: 'moduleB',
            y: 'moduleA',
            fill: 'var(--link)',
            fillOpacity: (row: Defined) => 0.04 + 0.96 * Math.max(0, row.value),
          }),
          Plot.text(across.length > 10 ? [] : placed, {
            ...facet,
            x: 'moduleB',
            y: 'moduleA',
            text: (row: Defined) => decimal(row.value).replace('0.', '.').replace('-', '−'),
            fill: (row: Defined) => (row.value > DARK ? 'var(--on-mark)' : 'currentColor'),
          }),
          Plot.text(labelled(placed), {
            ...facet,
            x: 'moduleB',
            text: 'moduleB',
            frameAnchor: 'bottom',
            ...(rotate ? { rotate: -40, textAnchor: 'end' as const, dx: 5, dy: 10 } : { dy: 14 }),
          }),
          Plot.text(titles, { ...facet, text: 'pair', frameAnchor: 'top-left', dy: -15, fontWeight: 600 }),
          tips(
            options,
            placed,
            { ...facet, x: 'moduleB', y: 'moduleA' },
            (row) =>
              `${row.a} ${row.moduleA}\n${row.b} ${row.moduleB}\nCKA ${interval(row.value, row.low, row.high, decimal)}\n${row.n} images`,
          ),
        ],
      },
      options,
    );
  },
};
