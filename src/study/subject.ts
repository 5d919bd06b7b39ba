import { readdir } from 'node:fs/promises';
import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import { innerTables, metricOf } from '../tensor/metric.js';
import { readSafetensors, toParams } from '../tensor/safetensors.js';
import { Absent } from '../analyses/absent.js';
import type { At, Run, Subject, SweepRun, Tables } from '../analyses/analysis.js';
import type { Dataset } from '../data/dataset.js';
import { openPacked } from '../data/packed.js';
import type { NetworkSpec } from '../models/network.js';
import { buildNetwork } from '../models/networks.js';
import { SUMMARY_FILE, TABLES_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { bestEpoch, checkpointFile, epochRows, EPOCHS_FILE } from '../train/checkpoints.js';
import type { EpochRow } from '../train/recipe.js';
import type { DataSummary } from './execute-data.js';
import type { LoadSummary } from './execute-load.js';
import { LOAD_FILE } from './execute-load.js';
import type { PieceSharing } from './pieces.js';
import type { Plan, Step } from './step.js';
import { isAnalysis } from './step.js';
import type { SweepInput } from './steps.js';
import type { Seeds } from './study.js';

interface SubjectOptions {
  readonly threads: number;
  /** Left out: all pieces are done here. */
  readonly share?: PieceSharing | undefined;
  readonly signal?: AbortSignal | undefined;
  report?(share: number): void;
}

/** What an analysis step looks at. Checkpoints are read when they are asked for, once while anyone holds them. */
export async function openSubject(
  step: Step,
  plan: Plan,
  store: Store,
  { threads, share, signal, report }: SubjectOptions,
): Promise<Subject> {
  const { data: dataInput, source: sourceInput, ...runInputs } = step.inputs;
  const data = await openPacked(await store.checked(dataInput!.step));
  const { seed, sweep: asked = [] } = step.options as unknown as { seed: number; sweep?: readonly Omit<SweepInput, 'step'>[] };
  const classes = new Map<Run, number>();
  const [runs, sweep]: [Run[], SweepRun[]] = [[], []];
  const results: Record<string, Tables> = {};
  const open = keptData(store, { [dataInput!.step]: data });
  for (const [name, { step: id }] of Object.entries(runInputs)) {
    const training = plan.steps.find((each) => each.id === id);
    if (!training) throw new Error(`internal: subject: the plan of ${step.title} must hold the step ${id} of ${name}`);
    if (isAnalysis(training)) {
      results[name] = innerTables(await store.readJson<Tables>(id, TABLES_FILE));
      continue;
    }
    const run = { ...(await openRun(name, training, store)), ...(await testedBy(training, store, dataInput!.step, data)) };
    classes.set(run, await classesOf(training, store, dataInput!.step, data));
    const own = asked.find((each) => each.name === name);
    if (!own) runs.push(run);
    else sweep.push(Object.assign(run, { role: own.role, variant: own.variant, data: () => open(training.inputs['data']!.step) }));
  }
  const source = sourceInput && (await open(sourceInput.step));
  const networkFor =
    ({ channels, height, width }: Dataset): Subject['network'] =>
    (run, { batch }) =>
      buildNetwork(run.network, { batch, channels, height, width, classes: classes.get(run)! });
  const progress = (done: number) => {
    signal?.throwIfAborted();
    report?.(done);
  };
  return {
    target: step.target,
    data,
    runs,
    sweep,
    results,
    seed,
    threads,
    network: networkFor(data),
    ...(source ? { source: { data: source, network: networkFor(source) } } : {}),
    progress,
    ...(share ? { pieces: (count, piece) => share(count, piece, progress) } : {}),
  };
}

/** Opens data sets of a store, each once while anyone holds it. */
function keptData(store: Store, opened: Readonly<Record<string, Dataset>>): (id: string) => Promise<Dataset> {
  const kept = new Map(Object.entries(opened).map(([id, data]) => [id, new WeakRef(data)]));
  return async (id) => {
    const found = kept.get(id)?.deref() ?? (await openPacked(await store.checked(id)));
    kept.set(id, new WeakRef(found));
    return found;
  };
}

/** How many test images training counted its accuracies on. */
async function testedBy({ kind, inputs }: Step, store: Store, target: string, data: Dataset): Promise<{ readonly tested?: number }> {
  if (kind !== 'train') return {};
  const own = inputs['data']!.step;
  if (own === target) return { tested: data.splits.test.ids.length };
  return { tested: (await store.readJson<DataSummary>(own, SUMMARY_FILE)).count.test };
}

async function classesOf(training: Step, store: Store, target: string, data: Dataset): Promise<number> {
  if (training.kind === 'load') return (await loadOf(training, store)).classes;
  const source = training.inputs['data']!.step;
  return source === target ? data.classes.length : (await store.readJson<DataSummary>(source, SUMMARY_FILE)).classes.length;
}

const loadOf = ({ id }: Step, store: Store): Promise<LoadSummary> => store.readJson<LoadSummary>(id, LOAD_FILE);

async function openRun(name: string, step: Step, store: Store): Promise<Run> {
  const { id, options } = step;
  const { network, seeds } = options as unknown as { network: NetworkSpec; seeds: Seeds };
  const stored = await store.readJson<EpochRow[]>(id, EPOCHS_FILE);
  const epochs = epochRows(stored);
  const files = new Set(await readdir(store.path(id)));
  const loaded = step.kind === 'load' ? await loadOf(step, store) : null;
  const [best, last] = loaded ? [NaN, NaN] : [bestEpoch(epochs), epochs.at(-1)!.epoch];
  const fileOf = (at: At) => checkpointFileOf(at, { files, best, last });
  const numbers = loaded ? [...files].flatMap(epochOfFile).sort((a, b) => a - b) : epochs.map(({ epoch }) => epoch);
  const saved = numbers.filter((epoch) => files.has(fileOf(epoch)));
  const read = new Map<string, WeakRef<Params>>();
  return {
    name,
    role: name.split('.')[0]!,
    seed: seeds.init,
    network,
    epochs,
    metric: metricOf({ stored }),
    bestEpoch: best,
    saved,
    ...(loaded ? { start: loaded.start } : {}),
    async checkpoint(at) {
      const path = store.path(id, fileOf(at));
      const kept = read.get(path)?.deref();
      if (kept) return kept;
      if (!files.has(fileOf(at)) && loaded)
        throw new Absent('checkpoint', `${name} was trained elsewhere, and its checkpoint at ${at} is not in the study (epochs)`);
      if (!files.has(fileOf(at)))
        throw new InputError(
          `checkpoint: ${name} must have kept epoch ${at} (recipe: checkpoints; it kept ${saved.join(', ')}), got no ${path}`,
        );
      const params = toParams((await readSafetensors(await store.checked(id, fileOf(at)))).tensors, path);
      read.set(path, new WeakRef(params));
      return params;
    },
  };
}

const epochOfFile = (file: string): number[] => {
  const [, epoch] = /^epoch-(\d+)\.safetensors$/.exec(file) ?? [];
  return epoch === undefined ? [] : [Number(epoch)];
};

/** The best and the last epoch have files of their own. */
function checkpointFileOf(at: At, { files, best, last }: { files: ReadonlySet<string>; best: number; last: number }): string {
  if (at === 'best' || at === 'final') return checkpointFile(at);
  const own = checkpointFile(at === 'initial' ? 0 : at);
  if (files.has(own)) return own;
  return at === last ? checkpointFile('final') : at === best ? checkpointFile('best') : own;
}
