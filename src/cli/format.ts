import { widthOf } from './output.js';

export { duration } from '../web/format.js';

/** 812 B, 3.4 kB, 12.0 MB (powers of 1000). */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const power = Math.min(4, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** power).toFixed(1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** 1234567 → '1,234,567', on every machine alike. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** '1 step', '2 steps'. */
export const plural = (n: number, noun: string): string => `${count(n)} ${noun}${n === 1 ? '' : 's'}`;

/** Ascending whole numbers, three in a row or more shortened: '2 4–6 9 10'. */
export function ranges(numbers: readonly number[]): string {
  const runs: number[][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last?.at(-1) === n - 1) last.push(n);
    else runs.push([n]);
  }
  return runs.map((run) => (run.length < 3 ? run.join(' ') : `${run[0]!}–${run.at(-1)!}`)).join(' ');
}

/** Four significant digits, short: 0.01234, −1.5e-9, 0. */
export function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** Rows as columns of text under a head; columns named in `right` are aligned right. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[], right: readonly string[] = []): string[] {
  const widths = head.map((title, i) => rows.reduce((widest, row) => Math.max(widest, widthOf(row[i] ?? '')), widthOf(title)));
  const pad = (text: string, i: number) => {
    const space = ' '.repeat(widths[i]! - widthOf(text));
    return right.includes(head[i]!) ? space + text : text + space;
  };
  return [head, ...rows].map((row) =>
    head
      .map((_, i) => pad(row[i] ?? '', i))
      .join('  ')
      .trimEnd(),
  );
}
