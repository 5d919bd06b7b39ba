import type { Command } from 'commander';
import { shareOut } from '../../executors/share-out.js';
import { openStore } from '../../store/store.js';
import type { Estimate } from '../../study/estimate.js';
import { estimate } from '../../study/estimate.js';
import type { StepStatus } from '../../study/status.js';
import { planStatus } from '../../study/status.js';
import { needs } from '../../study/step.js';
import { columns, duration, plural } from '../format.js';
import { interruptible } from '../interrupt.js';
import type { Output } from '../output.js';
import { countStates, paintState, progressOf } from '../states.js';
import { openStudy } from '../study-file.js';
import { action, JSON_OPTION, STORE_OPTION, verb, threadsOption, workersOption } from '../verb.js';

interface Options {
  readonly store: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly estimate: boolean;
}

export const planVerb = (): Command =>
  action(
    verb('plan', 'what would run, in which order, and for how long', [
      'carryover plan study.yaml',
      'carryover plan study.yaml --json --no-estimate',
    ])
      .argument('<study>', 'study file (YAML or JSON)')
      .option(...STORE_OPTION)
      .addOption(workersOption())
      .addOption(threadsOption())
      .option('--no-estimate', 'do not measure how fast this machine is (it takes some seconds, once)')
      .option(...JSON_OPTION),
    async (output, file: string, options: Options) => {
      const { study, plan } = await openStudy(file);
      const store = await openStore(options.store);
      const shares = shareOut(options);
      const measured = options.estimate ? await measure() : null;
      const statuses = await planStatus(plan, store);
      output.data({
        study: study.name,
        workers: shares.workers,
        threads: shares.threads,
        seconds: measured?.makespan ?? null,
        steps: statuses.map((status) => asJson(status, measured)),
      });
      print(study.name, statuses, measured, shares.workers, output);

      function measure(): Promise<Estimate> {
        return interruptible(
          (signal) => estimate(plan, store, { ...shares, signal, report: (what) => output.detail(what) }),
          () => output.note('Stopping.'),
        );
      }
    },
  );

const asJson = ({ step, state, epoch, message }: StepStatus, measured: Estimate | null) => ({
  id: step.id,
  kind: step.kind,
  title: step.title,
  target: step.target,
  needs: needs(step),
  state,
  epoch,
  message,
  seconds: measured?.seconds.get(step.id) ?? null,
});

function print(name: string, statuses: readonly StepStatus[], measured: Estimate | null, workers: number, output: Output): void {
  const numbers = new Map(statuses.map(({ step }, i) => [step.id, i + 1]));
  output.line(`${output.paint('bold', name)}  ${plural(statuses.length, 'step')}: ${countStates(statuses)}`);
  const rows = statuses.map((status) => {
    const seconds = measured?.seconds.get(status.step.id);
    return [
      String(numbers.get(status.step.id)),
      paintState(status, output.paint),
      status.step.title + progressOf(status),
      needs(status.step)
        .map((id) => numbers.get(id))
        .join(' '),
      seconds === undefined ? '' : duration(seconds),
      output.paint('dim', status.step.id),
    ];
  });
  for (const line of columns(['#', 'state', 'step', 'after', 'time', 'id'], rows, ['#', 'time'])) output.line(line);
  const left = statuses.filter(({ state }) => state !== 'done').length;
  if (left === 0) output.line('Nothing to do.');
  else if (measured) output.line(`About ${duration(measured.makespan)} with ${plural(workers, 'worker')} on this machine.`);
}
