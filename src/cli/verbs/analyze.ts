import { resolve } from 'node:path';
import type { Command } from 'commander';
import { analyses, findAnalysis } from '../../analyses/registry.js';
import type { ProviderWord } from '../../runtime/provider.js';
import { analysisOptions } from '../analysis-options.js';
import { openAnalyzed } from '../analyzed-study.js';
import { runStudy } from '../run-study.js';
import { action, JSON_OPTION, providerOption, repeated, STORE_OPTION, threadsOption, verb, workersOption } from '../verb.js';

interface Options {
  readonly option?: readonly string[];
  readonly store: string;
  readonly out?: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly provider: ProviderWord;
}

export const analyzeVerb = (): Command =>
  action(
    verb('analyze', 'run one analysis on the networks of a study, whatever its file lists; says what was found', [
      'carryover analyze rewind study.yaml',
      'carryover analyze interpolation study.yaml -o points=21 -o splits=test,train',
      "carryover analyze cka study.yaml --json | jq '.sections[].tables.similarities'",
    ])
      .argument('<analysis>', `one of: ${Object.keys(analyses).join(', ')}`)
      .argument('<study>', 'study file (YAML or JSON); networks that are not trained yet are trained')
      .option(
        '-o, --option <name=value>',
        "an option of the analysis, over the study's; a list with commas (to=0,2) or as in YAML; may be given again",
        repeated(String),
      )
      .option(...STORE_OPTION)
      .option('--out <file>', 'where to write the report (default: <store>/reports/<study>/<analysis>.html)')
      .addOption(workersOption())
      .addOption(threadsOption())
      .addOption(providerOption())
      .option(...JSON_OPTION),
    async (output, name: string, file: string, { option = [], ...options }: Options) => {
      const opened = await openAnalyzed(file, name, analysisOptions(findAnalysis(name), option));
      const out = options.out ?? resolve(options.store, 'reports', opened.study.name, `${name}.html`);
      return runStudy(file, { ...options, open: () => Promise.resolve(opened), out, findings: name, resume: 'the same command' }, output);
    },
  );
