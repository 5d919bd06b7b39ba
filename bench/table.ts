import type { BenchRow } from './compare.js';

const show = (value: number | null, digits: number): string => (value === null ? '–' : value.toFixed(digits));
const time = (ms: number | null): string => show(ms, ms !== null && ms < 1000 ? 1 : 0);

/** The rows as a Markdown table under a line that says how they were measured. */
export function markdown(rows: readonly BenchRow[], how: string): string {
  return [
    how,
    '',
    '| workload | Carryover ms | PyTorch ms | channels-last ms | ratio (min – max) | peak MB, Carryover / PyTorch |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows.map((row) => {
      const ratio = row.ratio === null ? '–' : `**${show(row.ratio, 2)}** (${show(row.ratio_min, 2)} – ${show(row.ratio_max, 2)})`;
      const cells = [time(row.ours_ms), time(row.pytorch_ms), time(row.pytorch_channels_last_ms), ratio];
      return `| ${[row.workload, ...cells, `${show(row.ours_peak_mb, 0)} / ${show(row.pytorch_peak_mb, 0)}`].join(' | ')} |`;
    }),
    '',
    'ratio = the better PyTorch time / ours: above 1, Carryover is faster.',
    '',
  ].join('\n');
}
