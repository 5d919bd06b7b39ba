import type { Command } from 'commander';
import { openStore } from '../../store/store.js';
import { planStatus } from '../../study/status.js';
import { columns, plural } from '../format.js';
import { countStates, paintState, progressOf } from '../states.js';
import { openStudy } from '../study-file.js';
import { action, JSON_OPTION, STORE_OPTION, verb } from '../verb.js';

export const statusVerb = (): Command =>
  action(
    verb('status', 'what is done, what runs, what failed', ['carryover status study.yaml', 'carryover status study.yaml --json'])
      .argument('<study>', 'study file')
      .option(...STORE_OPTION)
      .option(...JSON_OPTION),
    async (output, file: string, options: { store: string }) => {
      const { study, plan } = await openStudy(file);
      const store = await openStore(options.store);
      const statuses = await planStatus(plan, store);
      output.data({
        study: study.name,
        steps: statuses.map(({ step, state, epoch, message }) => ({ id: step.id, title: step.title, state, epoch, message })),
      });
      output.line(`${output.paint('bold', study.name)}  ${plural(statuses.length, 'step')}: ${countStates(statuses)}`);
      const rows = statuses.map((status) => [`  ${paintState(status, output.paint)}`, status.step.title + progressOf(status)]);
      for (const line of columns(['  state', 'step'], rows).slice(1)) output.line(line);
      for (const { step, message } of statuses) {
        if (message) output.line(`${output.paint('red', step.title)}: ${message}\n  log: ${store.log(step.id)}`);
      }
    },
  );
