import type { Command } from 'commander';
import { openStore } from '../../store/store.js';
import { openStudy } from '../study-file.js';
import { action, STORE_OPTION, verb } from '../verb.js';
import { gather, reportPath, writeReport } from '../write-report.js';

interface Options {
  readonly store: string;
  readonly out?: string;
}

export const reportVerb = (): Command =>
  action(
    verb('report', 'write the report of what a study has so far', [
      'carryover report study.yaml',
      "carryover report study.yaml --json | jq '.advice[].text'",
    ])
      .argument('<study>', 'study file')
      .option(...STORE_OPTION)
      .option('--out <file>', 'where to write the report (default: <store>/reports/<study>/report.html)')
      .option('--json', 'print what the report shows as JSON instead of writing the page'),
    async (output, file: string, options: Options) => {
      const { study, plan } = await openStudy(file);
      const store = await openStore(options.store);
      if (output.json) return void output.data(await gather({ study, plan, store }, output));
      const { path } = await writeReport({ study, plan, store, to: options.out ?? reportPath(store, study) }, output);
      output.line(path);
    },
  );
