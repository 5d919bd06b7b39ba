/** Numbers as sentences quote them. Typographic minus; no-break spaces are the page's business. */
import { decimal } from '../tensor/decimal.js';

export { decimal };

/** Of a number that may be of any size: 12,300; 812; 3.1; 0.042. */
export const magnitude = (value: number): string =>
  value >= 1000
    ? Number(value.toPrecision(3)).toLocaleString('en-US')
    : decimal(value, value >= 100 || value === 0 ? 0 : value >= 1 ? 1 : 3);

/** A value and its 95 % bounds; both are null where there is no interval, one where the interval has no end on that side. */
export interface Estimate {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

export const estimate = (value: number, low: number | null | undefined, high: number | null | undefined): Estimate => ({
  value,
  low: usable(low),
  high: usable(high),
});
const usable = (bound: number | null | undefined) => (typeof bound === 'number' && Number.isFinite(bound) ? bound : null);

function bounds({ low, high }: Estimate, show: (value: number) => string): string {
  if (low !== null && high !== null) return ` (${show(low)} to ${show(high)})`;
  if (low !== null) return ` (from ${show(low)}, no upper bound)`;
  return high === null ? '' : ` (up to ${show(high)}, no lower bound)`;
}

/** '48.2 % (45.1 to 51.3)' from shares in [0, 1]. */
export const percent = (of: Estimate): string => `${hundredths(of.value)} %${bounds(of, hundredths)}`;
/** '6.4 points (2.1 to 10.8)' from a difference of shares. */
export const points = (of: Estimate): string => `${hundredths(of.value)} ${plural('point', of.value * 100)}${bounds(of, hundredths)}`;
/** '0.43 (0.35 to 0.52)'. */
export const plain = (of: Estimate, digits = 2): string => `${decimal(of.value, digits)}${bounds(of, (v) => decimal(v, digits))}`;
/** '94,500 (from 1,900, no upper bound)', of a number that may be of any size. */
export const sized = (of: Estimate): string => `${magnitude(of.value)}${bounds(of, magnitude) || ' (no interval)'}`;
/** '48.2 %', without bounds. */
export const share = (value: number): string => `${hundredths(value)} %`;
const hundredths = (value: number) => decimal(value * 100, 1);
const plural = (noun: string, count: number) => (Math.abs(count).toFixed(1) === '1.0' ? noun : `${noun}s`);

/** '6.4 points, 2.1 to 10.8': points where the text stands in brackets already. */
export const pointsInBrackets = (of: Estimate): string => unbracketed(points(of));
/** '0.43, 0.35 to 0.52'. */
export const plainInBrackets = (of: Estimate, digits = 2): string => unbracketed(plain(of, digits));
/** '94,500, from 1,900, no upper bound'. */
export const sizedInBrackets = (of: Estimate): string => unbracketed(sized(of));
const unbracketed = (text: string) => text.replace(/ \((.*)\)$/, ', $1');

/** 'p = 0.012'; 'p < 0.001'. */
export const pValue = (p: number): string => (p < 0.001 ? 'p < 0.001' : `p = ${decimal(p, 3)}`);

/** The same finding seen from the other side. */
export const flipped = ({ value, low, high }: Estimate): Estimate => ({ value: 0 - value, low: high && 0 - high, high: low && 0 - low });

/** What an interval says about the sign; 'unknown' where there is no interval. */
export type Sign = 'above' | 'below' | 'undecided' | 'unknown';
export function sign({ low, high }: Estimate): Sign {
  if (low === null || high === null) return 'unknown';
  if (low > 0) return 'above';
  return high < 0 ? 'below' : 'undecided';
}

/** Mean over several rows and the hull of their intervals: wider than the mean's own interval, never narrower. A bound that one lacks is none. */
export function over<T>(
  rows: readonly T[],
  value: (row: T) => number | null,
  low: (row: T) => number | null,
  high: (row: T) => number | null,
): Estimate | null {
  const known = rows.filter((row) => usable(value(row)) !== null);
  if (known.length === 0) return null;
  const [lows, highs] = [known.map((row) => usable(low(row))), known.map((row) => usable(high(row)))];
  return {
    value: known.reduce((sum, row) => sum + value(row)!, 0) / known.length,
    low: lows.includes(null) ? null : Math.min(...(lows as number[])),
    high: highs.includes(null) ? null : Math.max(...(highs as number[])),
  };
}

/** Whether two estimates lie apart: 'above' when a's interval lies wholly over b's. */
export function compare(a: Estimate, b: Estimate): Sign {
  if (a.low === null || a.high === null || b.low === null || b.high === null) return 'unknown';
  if (a.low > b.high) return 'above';
  return a.high < b.low ? 'below' : 'undecided';
}

/** As compare, of a minimum over a grid: an interval without width says that no resample left one cell, not that the value is sure. */
export const compareOnGrid = (a: Estimate, b: Estimate): Sign => (a.low === a.high || b.low === b.high ? 'unknown' : compare(a, b));

/** 'a', 'a and b', 'a, b and c'. */
export const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;

/** '1 pair', '4 pairs', '1,056 images', '18 classes'. */
export const count = (n: number, noun: string, many = `${noun}s`): string => `${n.toLocaleString('en-US')} ${n === 1 ? noun : many}`;

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
