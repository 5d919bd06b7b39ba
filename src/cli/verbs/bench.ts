import type { Command } from 'commander';
import { Option } from 'commander';
import { availableParallelism } from 'node:os';
import { buildNetwork } from '../../models/networks.js';
import type { ProviderWord } from '../../runtime/provider.js';
import { kernelCeiling } from '../../runtime/ceiling.js';
import { profile } from '../../runtime/profile.js';
import type { Mode } from '../../study/workload.js';
import { openWorkload, workloadFlops } from '../../study/workload.js';
import { InputError } from '../../tensor/input-error.js';
import { median } from '../../tensor/median.js';
import { unknownName } from '../../tensor/nearest.js';
import { DEFAULT_RECIPE } from '../../train/recipe.js';
import type { BenchRow, ProfileRow, ProfileTables } from '../bench-rows.js';
import { profileTables } from '../bench-rows.js';
import { columns, plural } from '../format.js';
import type { Output } from '../output.js';
import { action, computeOn, JSON_OPTION, providerOption, threadsOption, verb, wholeNumber } from '../verb.js';
import type { NamedWorkload } from '../workloads.js';
import { WORKLOADS } from '../workloads.js';

interface Options {
  readonly mode: Mode;
  readonly threads?: number;
  readonly provider: ProviderWord;
  readonly steps: number;
  readonly profile?: true;
  readonly top?: number;
}

const TOP = 20;
// onnxruntime's first runs allocate memory and are slower
const WARM_UP = 8;

export const benchVerb = (): Command =>
  action(
    verb('bench', 'how fast a network trains or evaluates here, and where its time goes', [
      'carryover bench fixup-18',
      'carryover bench fixup-18 --profile --top 40',
      'carryover bench fixup-18 --mode evaluate --profile --json',
    ])
      .argument('[workload]', `one of: ${Object.keys(WORKLOADS).join(', ')} (default: all)`)
      .addOption(new Option('--mode <mode>', 'a step of training, or a forward pass').choices(['train', 'evaluate']).default('train'))
      .addOption(threadsOption('threads to compute with (default: all cores)'))
      .addOption(providerOption())
      .option('--steps <n>', `steps that count, after ${WARM_UP} that do not`, wholeNumber('steps'), 12)
      .option('--profile', 'list ops by time, speed and share of the fastest convolution')
      .option('--top <n>', 'with --profile: how many kinds of nodes to list (default: 20)', wholeNumber('top'))
      .option(...JSON_OPTION),
    async (output, word: string | undefined, options: Options) => {
      if (word !== undefined && !Object.hasOwn(WORKLOADS, word))
        throw new InputError(`bench: ${unknownName('workload', word, Object.keys(WORKLOADS))}`);
      if (options.profile && word === undefined) throw new InputError('bench: --profile needs a workload');
      if (options.top !== undefined && !options.profile)
        throw new InputError(`bench: --top goes with --profile, got --top ${options.top} alone`);
      await computeOn(options.provider, output);
      const threads = options.threads ?? availableParallelism();
      const ceiling = await kernelCeiling(threads);
      if (options.profile) {
        const tables = profileTables(await profiled(WORKLOADS[word!]!, { ...options, threads }), ceiling);
        output.data({ workload: word, mode: options.mode, threads, ...tables });
        return printProfile(
          `${WORKLOADS[word!]!.title}, ${options.mode}, ${plural(threads, 'thread')}`,
          tables,
          options.top ?? TOP,
          output,
        );
      }
      const rows: BenchRow[] = [];
      for (const name of word === undefined ? Object.keys(WORKLOADS) : [word]) {
        output.detail(`measuring ${name}`);
        rows.push(await measured(name, { ...options, threads }, ceiling));
      }
      output.data({ ceilingGflopsPerSecond: ceiling / 1e9, rows });
      printRows(rows, ceiling, output);
    },
  );

interface Measuring {
  readonly mode: Mode;
  readonly threads: number;
  readonly steps: number;
}

const networkOf = ({ network, shape }: NamedWorkload) => buildNetwork(network, shape);

const profiled = (workload: NamedWorkload, { mode, threads, steps }: Measuring) =>
  profile((path) => openWorkload(networkOf(workload), mode, DEFAULT_RECIPE, { threads, profile: path }), { warmUp: WARM_UP, runs: steps });

async function measured(name: string, { mode, threads, steps }: Measuring, ceiling: number): Promise<BenchRow> {
  const network = networkOf(WORKLOADS[name]!);
  const open = await openWorkload(network, mode, DEFAULT_RECIPE, { threads });
  const times: number[] = [];
  try {
    for (let i = 0; i < WARM_UP + steps; i++) {
      const begun = performance.now();
      await open.run();
      if (i >= WARM_UP) times.push(performance.now() - begun);
    }
  } finally {
    await open.release();
  }
  const ms = median(times);
  const flops = workloadFlops(network, mode, DEFAULT_RECIPE);
  const [{ batch }, speed] = [network.shape, flops / (ms / 1000)];
  return {
    workload: name,
    mode,
    batch,
    threads,
    ms,
    imagesPerSecond: batch / (ms / 1000),
    flops,
    gflopsPerSecond: speed / 1e9,
    ceilingShare: speed / ceiling,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function printRows(rows: readonly BenchRow[], ceiling: number, output: Output): void {
  const head = ['workload', 'mode', 'ms a step', 'images/s', 'GF/s', 'of ceiling'];
  const cells = rows.map((row) => [
    `${WORKLOADS[row.workload]!.title}`,
    row.mode,
    row.ms.toFixed(1),
    row.imagesPerSecond.toFixed(0),
    row.gflopsPerSecond.toFixed(0),
    percent(row.ceilingShare),
  ]);
  for (const line of columns(head, cells, head.slice(2))) output.line(line);
  output.line(`Ceiling: ${(ceiling / 1e9).toFixed(0)} GF/s, the fastest convolution with ${plural(rows[0]!.threads, 'thread')}.`);
}

function printProfile(title: string, tables: ProfileTables, top: number, output: Output): void {
  const { callMs, runMs, peakMb, ceilingGflopsPerSecond, ops, shapes } = tables;
  output.line(`${output.paint('bold', title)}: ${callMs.toFixed(1)} ms a step, ${runMs.toFixed(1)} in onnxruntime, whose arena held ${peakMb.toFixed(0)} MB`); // prettier-ignore
  output.line(`Ceiling (fastest convolution): ${ceilingGflopsPerSecond.toFixed(0)} GF/s. Padding counts as work.`);
  output.line();
  const figures = ['nodes', 'ms', 'share', 'GF/s', 'of ceiling'];
  const cells = ({ op, nodes, ms, share, gflopsPerSecond, ceilingShare }: ProfileRow) => [
    op,
    nodes === 0 ? '' : String(nodes),
    ms.toFixed(ms < 1 ? 3 : 2),
    percent(share),
    gflopsPerSecond === null ? '' : gflopsPerSecond.toFixed(0),
    ceilingShare === null ? '' : percent(ceilingShare),
  ];
  for (const line of columns(['op', ...figures], ops.map(cells), figures)) output.line(line);
  output.line();
  const shape = (dims: readonly number[]) => dims.join('×') || 'scalar';
  const slowest = shapes.slice(0, top).map((row) => [...cells(row), `${row.inputs.map(shape).join(', ')} → ${shape(row.output)}`]);
  for (const line of columns(['slowest', ...figures, 'shapes'], slowest, figures)) output.line(line);
}
