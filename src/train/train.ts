import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedSpec } from '../models/networks.js';
import type { Metric } from '../tensor/metric.js';
import { removeLeftovers } from '../tensor/publish.js';
import { bestEpoch, publishEpoch, readTimings } from './checkpoints.js';
import { openEngine } from './engine.js';
import { epochBatches } from './epoch-batches.js';
import type { StepReport } from './epoch.js';
import { trainEpoch } from './epoch.js';
import type { TrainJob } from './job.js';
import { prepare } from './job.js';
import type { EpochRow, EpochTiming } from './recipe.js';
import { epochRow, untrained } from './row.js';
import { loadState, saveState, STATE_FILE } from './state.js';

export interface TrainHooks {
  onStep?(report: StepReport): void;
  /** After the epoch's state is saved and its files are written. */
  onEpoch?(row: EpochRow, timing: EpochTiming): void;
}

export interface TrainResult {
  readonly rows: readonly EpochRow[];
  readonly timings: readonly EpochTiming[];
  readonly best: { readonly epoch: number; readonly why: `highest validation ${Metric}` | 'no validation images: best is final' };
  /** Epochs that were already done when this process began. */
  readonly resumedFrom: number | null;
}

/**
 * Trains a network and leaves in `job.directory`: `epoch-0000.safetensors` (before training), checkpoints of chosen epochs,
 * `best.safetensors`, `final.safetensors`, `epochs.json`, `timing.json`, and `state.safetensors`, from which the same call resumes
 * after any interruption, to the same bytes. Throws InputError for a job that cannot train and when the loss is no longer finite
 * (the last epoch's state is kept), the signal's reason when aborted.
 */
export async function train(job: TrainJob, hooks: TrainHooks = {}): Promise<TrainResult> {
  const { dataset, recipe, directory, signal } = job;
  const prepared = prepare(job);
  const metric = dataset.multiLabel ? 'AUC' : 'accuracy';
  await mkdir(directory, { recursive: true });
  await removeLeftovers(directory);
  const saved = await loadState(directory, prepared.fingerprint);
  const rows = [...(saved?.rows ?? [])];
  const timings = await readTimings(directory, rows.length - 1);
  if (saved) await publishEpoch(directory, saved, { network: recordedSpec(job.network), recipe, metric, timings });

  const engine = await openEngine(prepared, job, saved);
  const data = epochBatches(job);
  const { params, optimizer, evaluation } = engine;
  try {
    for (let epoch = rows.length; epoch <= recipe.epochs; epoch++) {
      signal?.throwIfAborted();
      const began = performance.now();
      const secondsSoFar = () => (performance.now() - began) / 1000;
      const kept = epoch === 0 ? 'nothing was trained yet' : `the state of epoch ${epoch - 1} is kept in ${join(directory, STATE_FILE)}`;
      const place = { epoch, stepsPerEpoch: prepared.stepsPerEpoch, recipe, dataset, kept, onStep: hooks.onStep };
      const trained = epoch === 0 ? await untrained(evaluation, params) : await trainEpoch(engine, data.of(epoch), place);
      const images = epoch === 0 ? dataset.splits.train.ids.length : prepared.stepsPerEpoch * recipe.batch;
      const imagesPerSecond = images / secondsSoFar();
      // the data thread works while the graphs evaluate
      if (epoch < recipe.epochs) data.begin(epoch + 1);
      rows.push(await epochRow(epoch, trained, evaluation, params, kept));
      timings.push({ epoch, imagesPerSecond, dataWaitMs: trained.dataWaitMs, seconds: secondsSoFar() });
      const state = { epoch, params, optimizer: optimizer.state, rows };
      await saveState(directory, prepared.fingerprint, state);
      await publishEpoch(directory, state, { network: recordedSpec(job.network), recipe, metric, timings });
      hooks.onEpoch?.(rows.at(-1)!, timings.at(-1)!);
    }
  } finally {
    await data.close();
    await engine.release();
  }
  return { rows, timings, best: bestOf(rows, metric), resumedFrom: saved?.epoch ?? null };
}

function bestOf(rows: readonly EpochRow[], metric: Metric): TrainResult['best'] {
  const validated = rows.at(-1)!.valAccuracy !== null;
  return { epoch: bestEpoch(rows), why: validated ? `highest validation ${metric}` : 'no validation images: best is final' };
}
