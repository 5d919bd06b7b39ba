import type { Command } from 'commander';
import { openStore } from '../../store/store.js';
import { planStatus } from '../../study/status.js';
import { plural } from '../format.js';
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
      for (const status of statuses) {
        output.line(`  ${paintState(status, output.paint)}  ${status.step.title}${progressOf(status)}`);
        if (status.message) output.line(`      ${status.message}`);
        if (status.state === 'failed') output.line(`      log: ${store.log(status.step.id)}`);
      }
    },
  );
