/** Numbers in charts and tables, times on the terminal too. Sentences have their own, in report/. */
import { decimal, minus } from '../tensor/decimal.js';

export { decimal };

/** 0.482 → '48.2 %'. */
export const percent = (share: number, digits = 1): string => `${decimal(100 * share, digits)} %`;

/** Three or four significant digits: 0.482, 0.00482, 12.35, 812.4, 0.00000312 → '3.12e−6'. Whole numbers stay whole. */
export function number(value: number): string {
  if (Number.isInteger(value)) return minus(Math.abs(value) < 1e15 ? value.toLocaleString('en-US') : String(value));
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return minus(value.toExponential(2)).replace('e-', 'e−').replace('e+', 'e');
  const order = Math.floor(Math.log10(size));
  return minus(value.toFixed(Math.max(0, order < 0 ? 2 - order : 3 - order)));
}

/** '0.43 (0.35 to 0.52)'. */
export const interval = (value: number, low: number | null, high: number | null, show: (value: number) => string = number): string =>
  low === null || high === null ? show(value) : `${show(value)} (${show(low)} to ${show(high)})`;

/** '48.2 % (45.1 to 51.3)' from shares. */
export const percentInterval = (value: number, low: number | null, high: number | null): string =>
  interval(value, low, high, (share) => decimal(100 * share, 1)).replace(/( \(|$)/, ' %$1');

/** 'onlyAWrong' → 'only A wrong', 'mcnemarP' → 'mcnemar P'. */
export const words = (column: string): string =>
  column
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/\b[A-Z][a-z]+/g, (word) => word.toLowerCase());

/** 3.2 s, 48 s, 2 min 05 s, 1 h 12 min. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24).toLocaleString('en-US')} d ${String(hours % 24).padStart(2, '0')} h`;
}
