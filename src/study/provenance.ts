import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, hostname, totalmem } from 'node:os';
import { runtimeVersion } from '../runtime/onnxruntime.js';
import type { Provider } from '../runtime/provider.js';
import { currentProvider } from '../runtime/provider.js';

export type { Provider } from '../runtime/provider.js';

/** Where, when and how a step ran. Recorded beside its files, never hashed. */
export interface Provenance {
  readonly carryover: string;
  readonly node: string;
  readonly onnxruntime: string;
  readonly host: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMb: number;
  /** Threads that it was given. The same number gives the same bytes; another may round sums differently. */
  readonly threads: number;
  /** Processes with so many threads that worked on it: several where an analysis was shared out. */
  readonly processes: number;
  /** Where onnxruntime computed: 'cpu', 'cuda', … */
  readonly provider: Provider;
  /** Of the try that finished it; what earlier tries took is not in here. */
  readonly seconds: number;
  /** Of the whole process that published it. */
  readonly peakMemoryMb: number;
  readonly finished: string;
}

export const packageVersion = (): string =>
  (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version;

/** What can be said of this machine and program at any time. */
export function machine(): Pick<Provenance, 'carryover' | 'node' | 'onnxruntime' | 'host' | 'platform' | 'cpu' | 'cores' | 'memoryMb'> {
  return {
    carryover: packageVersion(),
    node: process.versions.node,
    onnxruntime: runtimeVersion().onnxruntime,
    host: hostname(),
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryMb: Math.round(totalmem() / 1e6),
  };
}

export function provenanceOf({ threads, processes, seconds }: Pick<Provenance, 'threads' | 'processes' | 'seconds'>): Provenance {
  // maxRSS is in kibibytes on every platform
  const peakMemoryMb = Math.round((process.resourceUsage().maxRSS * 1024) / 1e6);
  return { ...machine(), threads, processes, provider: currentProvider(), seconds, peakMemoryMb, finished: new Date().toISOString() };
}
