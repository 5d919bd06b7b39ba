import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import { decodeSafetensors, toParams, writeSafetensors } from '../tensor/safetensors.js';
import type { FloatTensor } from '../tensor/tensor.js';
import type { EpochRow } from './recipe.js';

/** Everything a run needs to go on after an epoch; random streams are keyed by (seed, epoch, index), so there is nothing else. */
export interface TrainingState {
  /** Epochs done. */
  readonly epoch: number;
  readonly params: Params;
  /** Of the parameters that train. */
  readonly momentum: Params;
  /** Rows 0 … epoch. */
  readonly rows: readonly EpochRow[];
}

/** The one file that is the truth about a run in progress. Parameters under their own names, momentum under `<name>.momentum`. */
export const STATE_FILE = 'state.safetensors';
const MOMENTUM = '.momentum';

export async function saveState(directory: string, fingerprint: string, { epoch, params, momentum, rows }: TrainingState): Promise<void> {
  const tensors = new Map<string, FloatTensor>(params);
  for (const [name, velocity] of momentum) tensors.set(`${name}${MOMENTUM}`, velocity);
  const metadata = { fingerprint, epoch: String(epoch), rows: JSON.stringify(rows) };
  await writeSafetensors(join(directory, STATE_FILE), tensors, metadata);
}

/** The state in a folder, or undefined when there is none. Throws InputError when another job left it or the file is damaged. */
export async function loadState(directory: string, fingerprint: string): Promise<TrainingState | undefined> {
  const path = join(directory, STATE_FILE);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return undefined;
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata['fingerprint'] !== fingerprint) {
    throw new InputError(
      `train: ${path} must be the state of this very run (network, data, recipe, seeds, start), got another run's; choose an empty folder`,
    );
  }
  const [params, momentum] = [new Map<string, FloatTensor>(), new Map<string, FloatTensor>()];
  for (const [name, value] of toParams(tensors, path)) {
    if (name.endsWith(MOMENTUM)) momentum.set(name.slice(0, -MOMENTUM.length), value);
    else params.set(name, value);
  }
  return { epoch: Number(metadata['epoch']), params, momentum, rows: JSON.parse(metadata['rows']!) as EpochRow[] };
}
