// npm run bench [-- --quick] [-- --filter TEXT] [-- --json]: Carryover and PyTorch in turn, never at the same time, two threads.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Workload } from './workloads.js';
import { WORKLOADS } from './workloads.js';

const { values: args } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    filter: { type: 'string' },
    threads: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (args.help) {
  process.stdout.write('usage: npm run bench -- [--quick] [--filter TEXT] [--threads 2] [--json]\n');
  process.exit(0);
}
const threads = Number(args.threads ?? 2);
const rounds = args.quick ? 3 : 5;
const steps = args.quick ? 10 : 20;
const drop = 8;

interface Measured {
  readonly times_ms: readonly number[];
  readonly peak_mb: number;
  readonly torch?: string;
  readonly blas?: string;
}

export interface BenchRow {
  readonly workload: string;
  readonly ours_ms: number;
  readonly pytorch_ms: number | null;
  readonly pytorch_channels_last_ms: number | null;
  /** The better PyTorch time / ours, from the medians; min and max over rounds. */
  readonly ratio: number | null;
  readonly ratio_min: number | null;
  readonly ratio_max: number | null;
  readonly ours_peak_mb: number;
  readonly pytorch_peak_mb: number | null;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

/** The first Python with PyTorch: $PYTHON, then Debian's, then the path's. */
function findPython(): string | undefined {
  return [process.env['PYTHON'], '/usr/bin/python3', 'python3'].find(
    (python) => python && spawnSync(python, ['-c', 'import torch']).status === 0,
  );
}

const ours = fileURLToPath(new URL('./ours.js', import.meta.url));
const peer = fileURLToPath(new URL('../../bench/peer.py', import.meta.url));
const python = findPython();

function measure(command: string, script: string, workload: Workload, channelsLast: boolean): Measured {
  const job = JSON.stringify({ ...workload, threads, steps, drop, channels_last: channelsLast });
  return JSON.parse(execFileSync(command, [script, job], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })) as Measured;
}

let torch = 'not installed';
function compare(workload: Workload): BenchRow {
  const results = Array.from({ length: rounds }, () => {
    const mine = measure(process.execPath, ours, workload, false);
    const plain = python ? measure(python, peer, workload, false) : undefined;
    const last = python ? measure(python, peer, workload, true) : undefined;
    if (plain) torch = `${plain.torch} (BLAS: ${plain.blas})`;
    return { mine, plain, last };
  });
  const best = (pick: (r: (typeof results)[number]) => Measured | undefined) =>
    results.every((r) => pick(r)) ? median(results.map((r) => median(pick(r)!.times_ms))) : null;
  const oursMs = best((r) => r.mine)!;
  const plainMs = best((r) => r.plain);
  const lastMs = best((r) => r.last);
  const ratios = results.flatMap(({ mine, plain, last }) =>
    plain && last ? [Math.min(median(plain.times_ms), median(last.times_ms)) / median(mine.times_ms)] : [],
  );
  return {
    workload: workload.name,
    ours_ms: oursMs,
    pytorch_ms: plainMs,
    pytorch_channels_last_ms: lastMs,
    ratio: plainMs !== null && lastMs !== null ? Math.min(plainMs, lastMs) / oursMs : null,
    ratio_min: ratios.length ? Math.min(...ratios) : null,
    ratio_max: ratios.length ? Math.max(...ratios) : null,
    ours_peak_mb: Math.max(...results.map((r) => r.mine.peak_mb)),
    pytorch_peak_mb: python ? Math.max(...results.flatMap((r) => [r.plain!.peak_mb, r.last!.peak_mb])) : null,
  };
}

const show = (value: number | null, digits = 1) => (value === null ? '–' : value.toFixed(digits));
const rows: BenchRow[] = [];
const chosen = WORKLOADS.filter(({ name }) => name.includes(args.filter ?? ''));
for (const workload of chosen) {
  process.stderr.write(`${workload.name} …\n`);
  rows.push(compare(workload));
}
if (args.json) {
  process.stdout.write(`${JSON.stringify({ threads, torch, rows }, null, 2)}\n`);
} else {
  const lines = [
    `${threads} threads on ${cpus()[0]?.model.trim()}, Node ${process.version}, PyTorch ${torch}; ${rounds} rounds in turn, first ${drop} steps dropped, medians.`,
    '',
    '| workload | Carryover ms | PyTorch ms | PyTorch channels-last ms | ratio (min – max) | peak MB, ours / PyTorch |',
    '|---|---:|---:|---:|---:|---:|',
    ...rows.map(
      (r) =>
        `| ${r.workload} | ${show(r.ours_ms)} | ${show(r.pytorch_ms)} | ${show(r.pytorch_channels_last_ms)} | ${show(r.ratio, 2)} (${show(r.ratio_min, 2)} – ${show(r.ratio_max, 2)}) | ${show(r.ours_peak_mb, 0)} / ${show(r.pytorch_peak_mb, 0)} |`,
    ),
    '',
    'ratio = the better PyTorch time / ours: above 1, Carryover is faster.',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
