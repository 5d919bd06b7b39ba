import type { Command } from 'commander';
import type { ProviderWord } from '../../runtime/provider.js';
import { runStudy } from '../run-study.js';
import { action, JSON_OPTION, STORE_OPTION, verb, providerOption, threadsOption, workersOption } from '../verb.js';

interface Options {
  readonly store: string;
  readonly out?: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly provider: ProviderWord;
  readonly report: boolean;
}

export const runVerb = (): Command =>
  action(
    verb('run', 'run what is missing of a study, then write its report; resumes what was interrupted', [
      'carryover run study.yaml',
      'carryover run study.yaml --workers 1 --store /scratch/carryover-store',
      "carryover run study.yaml --json | jq -r '.report'",
    ])
      .argument('<study>', 'study file (YAML or JSON)')
      .option(...STORE_OPTION)
      .option('--out <file>', 'where to write the report (default: <store>/reports/<study>/report.html)')
      .addOption(workersOption())
      .addOption(threadsOption())
      .addOption(providerOption())
      .option('--no-report', 'run only')
      .option(...JSON_OPTION),
    (output, file: string, options: Options) => {
      const store = options.store === 'carryover-store' ? '' : ` --store ${options.store}`;
      const without = (others: readonly string[]) => `analyses: [${others.join(', ')}] in ${file}`;
      return runStudy(file, { ...options, without, resume: `carryover run ${file}${store}` }, output);
    },
  );
