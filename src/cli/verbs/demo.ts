import type { Command } from 'commander';
import type { ProviderWord } from '../../runtime/provider.js';
import { runStudy } from '../run-study.js';
import { bundledStudy } from '../study-file.js';
import { action, JSON_OPTION, STORE_OPTION, verb, providerOption, threadsOption, workersOption } from '../verb.js';

interface Options {
  readonly store: string;
  readonly out?: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly provider: ProviderWord;
}

export const demoVerb = (): Command =>
  action(
    verb('demo', 'run the built-in study on real images and write its report', [
      'carryover demo',
      'carryover demo --out report.html --workers 1',
    ])
      .option(...STORE_OPTION)
      .option('--out <file>', 'where to write the report (default: <store>/reports/demo/report.html)')
      .addOption(workersOption())
      .addOption(threadsOption())
      .addOption(providerOption())
      .option(...JSON_OPTION),
    (output, options: Options) => runStudy(bundledStudy('demo.yaml'), { ...options, resume: 'the same command' }, output),
  );
