import * as Plot from '@observablehq/plot';
import type { Tables } from '../../analyses/analysis.js';
import type { AmbiguityRow, AmbiguityTestRow, MistakePairRow } from '../../analyses/rows.js';
import { decimal, interval, number, percent, percentInterval } from '../format.js';
import { colorOf, inOrder } from '../palette.js';
import { rowsOf, type Figure } from './figure.js';
import { frame, NARROW, tips, widest, type Key } from './frame.js';
import { intervals } from './intervals.js';
import { classes } from './mistakes-by-class.js';

function pairsOf(tables: Tables): MistakePairRow[] {
  const rows = rowsOf<MistakePairRow>(tables, 'pairs');
  const kinds = inOrder(rows.map((row) => row.pair));
  return rows.toSorted((x, y) => kinds.indexOf(x.pair) - kinds.indexOf(y.pair));
}
const nameOf = (row: MistakePairRow) => `${row.a} & ${row.b}`;

interface Piece {
  readonly pair: string;
  readonly label: string;
  readonly color: string;
  readonly start: number;
  readonly end: number;
  readonly images: number;
}

/** A pair's bar from left to right; what one side alone gets wrong has that side's colour. */
function pieces(row: MistakePairRow): Piece[] {
  const [roleA, roleB] = row.pair.split(' & ') as [string, string];
  let end = 0;
  const piece = (label: string, color: string, images: number): Piece => {
    const start = end;
    end += (100 * images) / row.n;
    return { pair: nameOf(row), label, color, start, end, images };
  };
  return [
    piece('both right', 'var(--both-right)', row.bothRight),
    piece(`only ${row.a} wrong`, colorOf(roleA), row.onlyAWrong),
    piece(`only ${row.b} wrong`, colorOf(roleB), row.onlyBWrong),
    piece('both wrong', 'var(--both-wrong)', row.bothWrong),
  ];
}

const shares: Figure = {
  name: 'shares',
  title: 'Who is wrong on the same image',
  caption: 'Share of test images for each pair of networks. Pairs of one role show how much two seeds differ by themselves.',
  alt: (tables) =>
    `Shares of test images for each pair. ${pairsOf(tables)
      .map(
        (row) =>
          `${nameOf(row)}: both right ${percent(row.bothRight / row.n)}, only ${row.a} wrong ${percent(row.onlyAWrong / row.n)}, only ${row.b} wrong ${percent(row.onlyBWrong / row.n)}, both wrong ${percent(row.bothWrong / row.n)}`,
      )
      .join('; ')}.`,
  draw(tables, options) {
    const rows = pairsOf(tables);
    if (rows.length === 0) return null;
    const all = rows.flatMap(pieces);
    const marginLeft = widest(rows.map(nameOf)) + 14;
    const readable = (piece: Piece) => ((piece.end - piece.start) / 100) * (options.width - marginLeft - 16) > 28;
    const roles = inOrder(rows.flatMap((row) => row.pair.split(' & ')));
    const keys: Key[] = [
      { label: 'both right', color: 'var(--both-right)', shape: 'box' },
      ...roles.map((role): Key => ({ label: `only this ${role} wrong`, color: colorOf(role), shape: 'box' })),
      { label: 'both wrong', color: 'var(--both-wrong)', shape: 'box' },
    ];
    return frame(
      {
        height: rows.length * 28 + 50,
        marginTop: 8,
        marginLeft,
        marginRight: 16,
        marginBottom: 40,
        x: { domain: [0, 100], label: 'share of test images, %', labelArrow: 'none', ticks: options.width < NARROW ? 4 : 5 },
        y: { domain: rows.map(nameOf), label: null, tickSize: 0, padding: 0.2 },
        marks: [
          Plot.barX(all, { x1: 'start', x2: 'end', y: 'pair', fill: 'color', insetRight: 1 }),
          Plot.text(all.filter(readable), {
            x: (piece: Piece) => (piece.start + piece.end) / 2,
            y: 'pair',
            text: (piece: Piece) => decimal(piece.end - piece.start, 0),
            fill: (piece: Piece) => (piece.label === 'both right' ? 'currentColor' : 'var(--on-mark)'),
          }),
          tips(
            options,
            all,
            { x: (piece: Piece) => (piece.start + piece.end) / 2, y: 'pair' },
            (piece) => `${piece.pair}\n${piece.label}: ${percent((piece.end - piece.start) / 100)}\n${piece.images} images`,
          ),
        ],
      },
      options,
      keys,
    );
  },
};

const consistency: Figure = {
  name: 'consistency',
  title: 'Error consistency beyond chance',
  caption: 'Cohen’s κ of the mistakes with 95 % interval: 0 is what the two accuracies make likely by chance, 1 the very same mistakes.',
  alt: (tables) =>
    `Error consistency κ: ${pairsOf(tables)
      .map((row) => `${nameOf(row)} ${row.kappa === null ? 'undefined' : interval(row.kappa, row.kappaLow, row.kappaHigh, decimal)}`)
      .join(', ')}.`,
  draw(tables, options) {
    const rows = pairsOf(tables).filter((row) => row.kappa !== null);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: nameOf(row),
        value: row.kappa!,
        low: row.kappaLow,
        high: row.kappaHigh,
        color: colorOf(row.pair),
        tip: `${nameOf(row)}\nκ ${interval(row.kappa!, row.kappaLow, row.kappaHigh, decimal)}\nsame label ${percentInterval(row.agreement, row.agreementLow, row.agreementHigh)}${sharedLabel(row)}\nMcNemar p = ${number(row.mcnemarP)}${row.reason === null ? '' : `\n${row.reason}`}`,
      })),
      options,
      {
        x: 'error consistency κ',
        marks: [{ value: 0, label: 'chance' }],
        keys: inOrder(rows.map((row) => row.pair)).map((pair) => ({ label: pair, color: colorOf(pair), shape: 'dot' })),
      },
    );
  },
};

const sharedLabel = ({ sharedMistakeAgreement, sharedLow, sharedHigh }: MistakePairRow) =>
  sharedMistakeAgreement === null ? '' : `\nsame label where both err ${percentInterval(sharedMistakeAgreement, sharedLow, sharedHigh)}`;

const GROUP_ROLES: Readonly<Record<string, string>> = { 'only P-T wrong': 'P-T', 'only RI-T wrong': 'RI-T' };

const ambiguity: Figure = {
  name: 'ambiguity',
  title: 'How ambiguous the images are that only one role gets wrong',
  caption: 'Mean ambiguity of the group with 95 % interval: 0 is clear to all networks, 1 is a toss-up that they disagree on.',
  alt: (tables) =>
    `Mean ambiguity: ${groupsOf(tables)
      .map((row) => `${row.group} ${interval(row.ambiguity, row.low, row.high, decimal)} over ${row.n} images`)
      .join(', ')}.${effectOf(tables)}`,
  draw(tables, options) {
    const rows = groupsOf(tables);
    if (rows.length === 0) return null;
    return intervals(
      rows.map((row) => ({
        label: row.group,
        value: row.ambiguity,
        low: row.low,
        high: row.high,
        color: colorOf(GROUP_ROLES[row.group] ?? ''),
        tip: `${row.group}\nambiguity ${interval(row.ambiguity, row.low, row.high, decimal)}\n${row.n} images`,
      })),
      options,
      { x: 'mean ambiguity' },
    );
  },
};

function effectOf(tables: Tables): string {
  const [row] = rowsOf<AmbiguityTestRow>(tables, 'ambiguityTest');
  return !row || row.cliffsDelta === null ? '' : ` Cliff’s δ ${interval(row.cliffsDelta, row.deltaLow, row.deltaHigh, decimal)}.`;
}

const groupsOf = (tables: Tables) =>
  rowsOf<AmbiguityRow>(tables, 'ambiguity').filter(
    (row): row is AmbiguityRow & { ambiguity: number } => row.group in GROUP_ROLES && row.ambiguity !== null,
  );

export const figures: readonly Figure[] = [shares, classes, consistency, ambiguity];
