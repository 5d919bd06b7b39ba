import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Shares } from '../executors/share-out.js';
import type { Provider } from '../runtime/provider.js';
import type { StepId } from '../study/step.js';
import type { Output } from './output.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

export interface MeasureOptions extends Shares {
  /** Directory of the store. */
  readonly store: string;
  readonly provider: Provider;
  readonly signal: AbortSignal;
}

/**
 * Seconds that each missing step will take on this machine (measured once; the store keeps it), for the time left that a run shows. Empty for a
 * run that shows none, and when the study cannot be measured: it shall fail where it fails, with a step's name and log.
 * `carryover plan` does it, in a process of its own: a step of a large network blocks its thread for seconds, and Ctrl-C must not wait for it.
 */
export async function measured(
  file: string,
  { store, workers, threads, provider, signal }: MeasureOptions,
  output: Output,
): Promise<ReadonlyMap<StepId, number>> {
  if (output.level === 'quiet') return new Map();
  const shares = ['--workers', String(workers), '--threads', String(threads), '--provider', provider];
  const told = output.level === 'verbose' ? ['--verbose'] : [];
  const child = spawn(process.execPath, [MAIN, ...told, 'plan', file, '--json', '--store', store, ...shares], {
    stdio: ['ignore', 'pipe', output.level === 'verbose' ? 'inherit' : 'ignore'],
    signal,
    killSignal: 'SIGKILL',
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve) => child.on('error', () => resolve(null)).on('close', resolve));
  if (code !== 0) {
    if (!signal.aborted) output.detail('no estimate');
    return new Map();
  }
  const { steps } = JSON.parse(text) as { readonly steps: readonly { readonly id: StepId; readonly seconds: number | null }[] };
  return new Map(steps.flatMap(({ id, seconds }) => (seconds === null ? [] : [[id, seconds] as const])));
}
