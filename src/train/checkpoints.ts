import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NetworkSpec } from '../models/network.js';
import type { Metric } from '../tensor/metric.js';
import { innerRow, storedRow } from '../tensor/metric.js';
import { publish } from '../tensor/publish.js';
import { writeSafetensors } from '../tensor/safetensors.js';
import type { EpochRow, EpochTiming, Recipe } from './recipe.js';
import type { TrainingState } from './state.js';

export const EPOCHS_FILE = 'epochs.json';
export const TIMING_FILE = 'timing.json';

/** 'epoch-0012.safetensors', 'best.safetensors', 'final.safetensors'. */
export const checkpointFile = (at: number | 'best' | 'final'): string =>
  `${typeof at === 'number' ? `epoch-${String(at).padStart(4, '0')}` : at}.safetensors`;

/**
 * The epoch with the highest validation accuracy (of independent labels: mean AUC); ties go to the lower validation loss, then to the earlier epoch. The untrained epoch 0
 * does not count. Without validation images: the last epoch.
 */
export function bestEpoch(rows: readonly EpochRow[]): number {
  const scored = rows.filter(({ epoch, valAccuracy }) => epoch > 0 && valAccuracy !== null);
  if (scored.length === 0) return rows.at(-1)!.epoch;
  const better = (a: EpochRow, b: EpochRow) =>
    a.valAccuracy! > b.valAccuracy! || (a.valAccuracy === b.valAccuracy && a.valLoss! < b.valLoss!);
  return scored.reduce((best, row) => (better(row, best) ? row : best)).epoch;
}

/**
 * Writes the files that follow from the state of an epoch: checkpoints, and the rows so far. May be repeated; a run that was killed between
 * saving its state and this does so when it resumes.
 */
export async function publishEpoch(
  directory: string,
  { epoch, params, rows }: TrainingState,
  { network, recipe, metric, timings }: { network: NetworkSpec; recipe: Recipe; metric: Metric; timings: readonly EpochTiming[] },
): Promise<void> {
  const metadata = { network: JSON.stringify(network), epoch: String(epoch) };
  const last = epoch === recipe.epochs;
  const validated = rows.at(-1)!.valAccuracy !== null;
  const save = (at: number | 'best' | 'final') => writeSafetensors(join(directory, checkpointFile(at)), params, metadata);
  if (epoch === 0 || isChosen(recipe.checkpoints, epoch)) await save(epoch);
  if (epoch > 0 && bestEpoch(rows) === epoch && (validated || last)) await save('best');
  if (last) await save('final');
  await writeJson(
    join(directory, EPOCHS_FILE),
    rows.map((row) => storedRow(row, metric)),
  );
  await writeJson(join(directory, TIMING_FILE), timings);
}

/** The rows of an epochs file, under the names that they have inside. */
export const epochRows = (stored: readonly EpochRow[]): readonly EpochRow[] => stored.map(innerRow);

/** Timings that an earlier process wrote for the epochs that are done. */
export async function readTimings(directory: string, epoch: number): Promise<EpochTiming[]> {
  const text = await readFile(join(directory, TIMING_FILE), 'utf8').catch(() => '[]');
  return (JSON.parse(text) as EpochTiming[]).filter((timing) => timing.epoch <= epoch);
}

/** Epochs whose checkpoint a training leaves whatever comes of it, ascending: the first, the chosen ones, the last. The best one comes besides. */
export const keptEpochs = ({ epochs, checkpoints }: Pick<Recipe, 'epochs' | 'checkpoints'>): number[] =>
  Array.from({ length: epochs + 1 }, (_, epoch) => epoch).filter(
    (epoch) => epoch === 0 || epoch === epochs || isChosen(checkpoints, epoch),
  );

function isChosen(checkpoints: Recipe['checkpoints'], epoch: number): boolean {
  // an array has a method `every`: `'every' in checkpoints` would not tell the two apart
  if (Array.isArray(checkpoints)) return (checkpoints as readonly number[]).includes(epoch);
  return epoch % (checkpoints as { readonly every: number }).every === 0;
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  publish(path, (file) => file.writeFile(`${JSON.stringify(value, null, 1)}\n`));
