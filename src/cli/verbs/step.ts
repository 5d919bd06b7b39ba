import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Provider, ProviderWord } from '../../runtime/provider.js';
import { PIECES_FLAG } from '../../executors/colleagues.js';
import type { Outcome } from '../../executors/executor.js';
import { processes } from '../../executors/processes.js';
import { workPieces, workStep } from '../../executors/worker.js';
import { openStore } from '../../store/store.js';
import { EXIT } from '../exit.js';
import { interruptible } from '../interrupt.js';
import type { Output } from '../output.js';
import { action, computeOn, providerOption, STORE_OPTION, verb, wholeNumber } from '../verb.js';

export const stepVerb = (): Command =>
  action(
    verb('step', 'run one step of a planned study (workers and clusters call this)', [
      'carryover step 3f9a61c02be47d18 --store carryover-store --threads 1',
    ])
      .argument('<id>', "the step's id, as carryover plan prints it", stepId)
      .option(...STORE_OPTION)
      .option('--threads <n>', 'threads to compute with', wholeNumber('threads'), 1)
      .addOption(providerOption())
      .addOption(new Option(PIECES_FLAG, 'do pieces of it for the process that works on it').hideHelp()),
    async (output, id: string, { provider, pieces, ...options }: StepOptions) => {
      // started by an executor it computes; by hand or on a cluster it has a process do that, which may block and can be ended
      const chosen = await computeOn(provider, output);
      const started = process.send !== undefined;
      if (pieces && started) return workPieces(id, options).then(() => undefined);
      const outcome = started ? await workStep(id, options) : await supervised(id, { ...options, provider: chosen }, output);
      if (outcome.ok) return;
      // an executor has been told, and the log has it
      if (!started) output.error(`${id}: ${outcome.message}`);
      return { cancelled: EXIT.interrupted, refused: EXIT.input, threw: EXIT.failed, crashed: EXIT.failed, lost: EXIT.failed }[
        outcome.reason
      ];
    },
  );

interface StepOptions {
  readonly store: string;
  readonly threads: number;
  readonly provider: ProviderWord;
  readonly pieces?: boolean;
}

async function supervised(
  id: string,
  { store: directory, threads, provider }: { readonly store: string; readonly threads: number; readonly provider: Provider },
  output: Output,
): Promise<Outcome> {
  const job = processes({ store: await openStore(directory), threads, provider }).submit(id);
  return interruptible(
    (signal) => {
      signal.addEventListener('abort', () => job.cancel(), { once: true });
      return job.outcome;
    },
    () => output.note('Stopping; finished work is kept. Ctrl-C again ends at once.'),
  );
}

/** It becomes part of paths. */
function stepId(text: string): string {
  if (!/^[0-9a-f]{16}$/.test(text)) throw new InvalidArgumentError(`id: must be 16 hexadecimal digits, got ${text}`);
  return text;
}
