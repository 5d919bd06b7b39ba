import { availableParallelism } from 'node:os';

export interface Shares {
  /** Steps at a time. */
  readonly workers: number;
  /** Threads of each. */
  readonly threads: number;
}

/** More processes than that fill the memory before they fill the cores. */
const MOST_WORKERS = 8;

/**
 * Shares the cores out: as many workers as cores (at most 8) by default, and each gets an equal, whole number of threads, at least one.
 * A step gives the same bytes for the same number of threads, however many workers there are; another number of threads may round sums
 * differently. It is in the step's provenance.
 */
export function shareOut({
  workers,
  threads,
  cores = availableParallelism(),
}: {
  readonly workers?: number | undefined;
  readonly threads?: number | undefined;
  readonly cores?: number;
} = {}): Shares {
  const many = workers ?? Math.min(cores, MOST_WORKERS);
  return { workers: many, threads: threads ?? Math.max(1, Math.floor(cores / many)) };
}
