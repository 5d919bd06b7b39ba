import type { Command } from 'commander';
import type { ProviderWord } from '../../runtime/provider.js';
import { shareOut } from '../../executors/share-out.js';
import { openStore } from '../../store/store.js';
import type { Estimate } from '../../study/estimate.js';
import { estimate, estimateAssumed } from '../../study/estimate.js';
import type { Device } from '../../study/assume.js';
import { parseDevice } from '../../study/assume.js';
import type { Study } from '../../study/study.js';
import type { StepStatus } from '../../study/status.js';
import { InputError } from '../../tensor/input-error.js';
import { checkCounts } from '../../study/check-counts.js';
import { planStatus } from '../../study/status.js';
import { sameNetworks } from '../../study/run-names.js';
import { needs } from '../../study/step.js';
import { columns, count, duration, plural, ranges } from '../format.js';
import type { Output } from '../output.js';
import { countStates, paintState, progressOf } from '../states.js';
import { openStudy } from '../study-file.js';
import { action, JSON_OPTION, STORE_OPTION, verb, computeOn, providerOption, threadsOption, workersOption } from '../verb.js';

interface Options {
  readonly store: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly provider: ProviderWord;
  readonly estimate: boolean;
  readonly assume?: Device;
}

export const planVerb = (): Command =>
  action(
    verb('plan', 'what would run, in which order, and for how long', [
      'carryover plan study.yaml',
      'carryover plan study.yaml --json --no-estimate',
      'carryover plan study.yaml --assume A100=8',
    ])
      .argument('<study>', 'study file (YAML or JSON)')
      .option(...STORE_OPTION)
      .addOption(workersOption())
      .addOption(threadsOption())
      .addOption(providerOption())
      .option('--no-estimate', 'do not measure how fast this machine is (it takes some seconds, once)')
      .option(
        '--assume <device>',
        "estimate without the data or the device: 'machine', or a name and the TFLOP/s that training reaches there (A100=8)",
        parseDevice,
      )
      .option(...JSON_OPTION),
    async (output, file: string, options: Options) => {
      const device = options.assume;
      await computeOn(options.provider, output);
      const { study, plan } = await openStudy(file, { absentData: device !== undefined }).catch(hintAtAssume);
      for (const remark of sameNetworks(plan)) output.note(remark);
      const store = await openStore(options.store);
      // another device is one, whatever is here
      const shares = shareOut(device && device.flopsPerSecond !== null ? { workers: 1, ...options } : options);
      const measured = options.estimate ? await measure() : null;
      if (!options.estimate) await checkCounts(plan, store);
      const statuses = await planStatus(plan, store);
      output.data({
        study: study.name,
        workers: shares.workers,
        threads: shares.threads,
        seconds: measured?.makespan ?? null,
        ...(device ? { assumed: { device: device.name, flopsPerSecond: device.flopsPerSecond, data: study.assumed } } : {}),
        steps: statuses.map((status) => asJson(status, measured)),
      });
      print(study.name, statuses, measured, { workers: shares.workers, on: device?.name ?? 'this machine' }, output);
      if (device) printAssumptions(device, study, shares.workers, output);

      // no handler of SIGINT: a step that is measured blocks this thread, and there is nothing to save
      function measure(): Promise<Estimate> {
        const how = { ...shares, report: (what: string) => output.detail(what) };
        return device ? estimateAssumed(plan, store, { ...how, study, device }) : estimate(plan, store, how);
      }
    },
  );

/** A folder of data that is not here stops a plan, but not one that assumes it. */
function hintAtAssume(error: unknown): never {
  if (!(error instanceof InputError) || !/^data: .* must be a folder/.test(error.message)) throw error;
  throw new InputError(`${error.message}; carryover plan --assume machine estimates without the data (assume in the study tells its size)`);
}

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

function print(
  name: string,
  statuses: readonly StepStatus[],
  measured: Estimate | null,
  { workers, on }: { readonly workers: number; readonly on: string },
  output: Output,
): void {
  const numbers = new Map(statuses.map(({ step }, i) => [step.id, i + 1]));
  output.line(`${output.paint('bold', name)}  ${plural(statuses.length, 'step')}: ${countStates(statuses)}`);
  const rows = statuses.map((status) => {
    const seconds = measured?.seconds.get(status.step.id);
    return [
      String(numbers.get(status.step.id)),
      paintState(status, output.paint),
      status.step.title + progressOf(status),
      ranges(
        needs(status.step)
          .map((id) => numbers.get(id)!)
          .sort((a, b) => a - b),
      ),
      seconds === undefined ? '' : duration(seconds),
      output.paint('dim', status.step.id),
    ];
  });
  for (const line of columns(['#', 'state', 'step', 'after', 'time', 'id'], rows, ['#', 'time'])) output.line(line);
  const left = statuses.filter(({ state }) => state !== 'done').length;
  if (left === 0) output.line('Nothing to do.');
  else if (measured) output.line(`About ${duration(measured.makespan)} with ${plural(workers, 'worker')} on ${on}.`);
}

function printAssumptions({ flopsPerSecond }: Device, { assumed }: Study, workers: number, { line }: Output): void {
  const speed = (flops: number) => `${flops / 1e12} TFLOP/s in convolutions and matrix products, float32, forward and backward alike`;
  line('Assumed:');
  if (flopsPerSecond !== null) line(`  ${speed(flopsPerSecond)}${workers > 1 ? `, by each of ${workers} workers` : ''}`);
  else line('  a step takes its images times what an image takes with 16 a step here');
  line('  images are decoded and in memory: preparing data and waiting for it is not counted');
  for (const [name, { train, val, test, classes }] of Object.entries(assumed))
    line(`  ${name} has ${count(train)} + ${count(val)} + ${count(test)} images in ${count(classes)} classes, as the study says, unless it is prepared`); // prettier-ignore
}
