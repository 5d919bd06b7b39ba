import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ProviderWord } from '../../runtime/provider.js';
import { workStep } from '../../executors/worker.js';
import { EXIT } from '../exit.js';
import { action, computeOn, providerOption, STORE_OPTION, verb, wholeNumber } from '../verb.js';

export const stepVerb = (): Command =>
  action(
    verb('step', 'run one step of a planned study (workers and clusters call this)', [
      'carryover step 3f9a61c02be47d18 --store carryover-store --threads 1',
    ])
      .argument('<id>', "the step's id, as carryover plan prints it", stepId)
      .option(...STORE_OPTION)
      .option('--threads <n>', 'threads to compute with', wholeNumber('threads'), 1)
      .addOption(providerOption()),
    async (output, id: string, { provider, ...options }: { store: string; threads: number; provider: ProviderWord }) => {
      await computeOn(provider, output);
      const outcome = await workStep(id, options);
      if (outcome.ok) return;
      output.error(`${id}: ${outcome.message}`);
      return outcome.reason === 'cancelled' ? EXIT.interrupted : EXIT.failed;
    },
  );

/** It becomes part of paths. */
function stepId(text: string): string {
  if (!/^[0-9a-f]{16}$/.test(text)) throw new InvalidArgumentError(`id: must be 16 hexadecimal digits, got ${text}`);
  return text;
}
