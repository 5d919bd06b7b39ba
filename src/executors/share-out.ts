import { availableParallelism } from 'node:os';

export interface Shares {
  /** Steps at a time. */
  readonly workers: number;
  /** Threads of each. */
  readonly threads: number;
}

/** Shares the cores out: as many workers as cores by default, and each gets an equal, whole number of threads, at least one. */
export function shareOut({ workers, cores = availableParallelism() }: { readonly workers?: number; readonly cores?: number } = {}): Shares {
  const many = workers ?? cores;
  return { workers: many, threads: Math.max(1, Math.floor(cores / many)) };
}
