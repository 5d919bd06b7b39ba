import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flopsOf } from '../onnx/flops.js';
import { median } from '../tensor/median.js';

/** One node of a lowered graph, as it ran. */
export interface NodeTime {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly (readonly number[])[];
  readonly output: readonly number[];
  /** Median over the runs. */
  readonly ms: number;
  /** Of the fastest run. */
  readonly leastMs: number;
  /** Of one run; 0 for ops whose arithmetic does not count (see `flopsOf`). */
  readonly flops: number;
}

export interface Profile {
  /** One run inside onnxruntime: all nodes, and what lies between them. Median. */
  readonly runMs: number;
  /** One run as the caller sees it: tensors in and out, and what else it does. Median. */
  readonly callMs: number;
  /** Slowest first. */
  readonly nodes: readonly NodeTime[];
  /** Most memory that onnxruntime's CPU arena had handed out at a time. */
  readonly peakMb: number;
}

/** Something compiled that runs. */
export interface Runnable {
  run(): Promise<unknown>;
  release(): Promise<void>;
}

/**
 * Opens a session with onnxruntime's profiler on, runs it and reads what each node took; the first `warmUp` runs, in which memory is
 * allocated, do not count. `open` hands the path that it gets to `compile`. The profiler itself costs some microseconds a node.
 */
export async function profile(
  open: (path: string) => Promise<Runnable>,
  { warmUp, runs }: { readonly warmUp: number; readonly runs: number },
): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'carryover-profile-'));
  try {
    const session = await open(join(folder, 'run'));
    const calls: number[] = [];
    try {
      for (let i = 0; i < warmUp + runs; i++) {
        const begun = performance.now();
        await session.run();
        if (i >= warmUp) calls.push(performance.now() - begun);
      }
    } finally {
      await session.release();
    }
    const [file] = await readdir(folder);
    if (file === undefined) throw new Error('internal: profile: onnxruntime must write a profile, got none');
    return { callMs: median(calls), ...summary(JSON.parse(await readFile(join(folder, file), 'utf8')) as Event[], runs) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What we read of an event of onnxruntime's trace: times in microseconds, numbers of `args` as text. */
interface Event {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly mem_in_use_peak?: string;
    readonly input_type_shape?: readonly Typed[];
    readonly output_type_shape?: readonly Typed[];
  };
}
/** { float: [64, 3, 32, 32] } */
type Typed = Readonly<Record<string, readonly number[]>>;

const KERNEL = /_kernel_time$/;
const dimsOf = (typed: readonly Typed[] = []) => typed.map((each) => Object.values(each)[0] ?? []);

function summary(events: readonly Event[], runs: number): Omit<Profile, 'callMs'> {
  const counted = events.filter(({ name }) => name === 'model_run').slice(-runs);
  if (counted.length < runs) throw new Error(`internal: profile: must hold ${runs} runs, got ${counted.length}`);
  const from = Math.min(...counted.map(({ ts }) => ts));
  const kernels = events.filter(({ cat, name, ts }) => cat === 'Node' && ts >= from && KERNEL.test(name));
  const byName = new Map<string, Event[]>();
  for (const event of kernels) byName.set(event.name, [...(byName.get(event.name) ?? []), event]);
  const nodes = [...byName].map(([name, times]): NodeTime => {
    const { op_name: op = '', input_type_shape, output_type_shape } = times[0]!.args;
    const [inputs, output] = [dimsOf(input_type_shape), dimsOf(output_type_shape)[0] ?? []];
    const took = times.map(({ dur }) => dur / 1000);
    const flops = flopsOf(op, inputs, output);
    return { name: name.replace(KERNEL, ''), op, inputs, output, ms: median(took), leastMs: Math.min(...took), flops };
  });
  const peak = kernels.reduce((most, { args }) => Math.max(most, Number(args.mem_in_use_peak ?? 0)), 0);
  return { runMs: median(counted.map(({ dur }) => dur)) / 1000, peakMb: peak / 1e6, nodes: nodes.sort((a, b) => b.ms - a.ms) };
}
