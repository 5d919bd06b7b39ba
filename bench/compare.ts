import { fileURLToPath } from 'node:url';
import { median } from '../src/tensor/median.js';
import type { Measured } from './processes.js';
import { measure } from './processes.js';
import type { Workload } from './workloads.js';

/** One line of the table. Times of one run of the workload, medians of the rounds' medians; null: not measured. */
export interface BenchRow {
  readonly workload: string;
  readonly ours_ms: number;
  readonly pytorch_ms: number | null;
  readonly pytorch_channels_last_ms: number | null;
  /** The better PyTorch time / ours; min and max of the rounds' own ratios. */
  readonly ratio: number | null;
  readonly ratio_min: number | null;
  readonly ratio_max: number | null;
  readonly ours_peak_mb: number;
  /** Of the better layout. */
  readonly pytorch_peak_mb: number | null;
}

export interface CompareOptions {
  readonly rounds: number;
  readonly threads: number;
  /** Folder with the pictures that `images` reads. */
  readonly pictures: string;
  readonly python: string | undefined;
}

const OURS = fileURLToPath(new URL('./ours/main.js', import.meta.url));
const PEER = fileURLToPath(new URL('../../bench/peer/main.py', import.meta.url));

interface Round {
  readonly ours: Measured;
  readonly plain: Measured | undefined;
  readonly channelsLast: Measured | undefined;
}

/** Ours, PyTorch, PyTorch channels-last, one after the other, round after round: what disturbs the machine disturbs all. */
export async function compare(
  { name, job, repeats, drop, layouts }: Workload,
  { rounds, threads, pictures, python }: CompareOptions,
): Promise<BenchRow & { readonly versions: string | undefined }> {
  const environment = { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
  const asked = { ...job, threads, repeats, drop, pictures };
  const peer = (channelsLast: boolean) => measure(python!, [PEER, JSON.stringify({ ...asked, channels_last: channelsLast })], environment);
  const done: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    const ours = await measure(process.execPath, [OURS, JSON.stringify(asked)], environment);
    const plain = python ? await peer(false) : undefined;
    done.push({ ours, plain, channelsLast: python && layouts ? await peer(true) : undefined });
  }
  return { workload: name, ...summary(done), versions: done[0]!.plain?.versions };
}

function summary(rounds: readonly Round[]): Omit<BenchRow, 'workload'> {
  const times = (side: keyof Round) => rounds.flatMap((round) => (round[side] ? [median(round[side].times_ms)] : []));
  const peak = (side: keyof Round) => Math.max(...rounds.map((round) => round[side]?.peak_mb ?? 0));
  const middle = (values: readonly number[]) => (values.length > 0 ? median(values) : null);
  const [ours, plain, last] = [times('ours'), times('plain'), times('channelsLast')];
  const [plainMs, lastMs] = [middle(plain), middle(last)];
  const lastIsBetter = plainMs !== null && lastMs !== null && lastMs < plainMs;
  const best = lastIsBetter ? lastMs : plainMs;
  const ratios = plain.map((ms, i) => Math.min(ms, last[i] ?? Infinity) / ours[i]!);
  return {
    ours_ms: median(ours),
    pytorch_ms: plainMs,
    pytorch_channels_last_ms: lastMs,
    ratio: best === null ? null : best / median(ours),
    ratio_min: ratios.length > 0 ? Math.min(...ratios) : null,
    ratio_max: ratios.length > 0 ? Math.max(...ratios) : null,
    ours_peak_mb: peak('ours'),
    pytorch_peak_mb: plainMs === null ? null : peak(lastIsBetter ? 'channelsLast' : 'plain'),
  };
}
