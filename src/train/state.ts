import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import { decodeSafetensors, toParams, writeSafetensors } from '../tensor/safetensors.js';
import type { FloatTensor } from '../tensor/tensor.js';
import type { EpochRow } from './recipe.js';
import type { OptimizerState } from './slots.js';

/** Everything a run needs to go on after an epoch; random streams are keyed by (seed, epoch, index), so there is nothing else. */
export interface TrainingState {
  /** Epochs done. */
  readonly epoch: number;
  readonly params: Params;
  /** What the optimizer remembers of the parameters that train. */
  readonly optimizer: OptimizerState;
  /** Rows 0 … epoch. */
  readonly rows: readonly EpochRow[];
}

/** The one file that is the truth about a run in progress. Parameters under their own names, v of SGD under `<name>.momentum`. */
export const STATE_FILE = 'state.safetensors';
const REMEMBERED = ['momentum', 'exp_avg', 'exp_avg_sq'];

export async function saveState(directory: string, fingerprint: string, { epoch, params, optimizer, rows }: TrainingState): Promise<void> {
  const tensors = new Map<string, FloatTensor>(params);
  for (const [what, values] of optimizer) for (const [name, value] of values) tensors.set(`${name}.${what}`, value);
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
  const params = new Map<string, FloatTensor>();
  const optimizer = new Map<string, Map<string, FloatTensor>>();
  for (const [name, value] of toParams(tensors, path)) {
    const what = REMEMBERED.find((word) => name.endsWith(`.${word}`));
    if (what === undefined) params.set(name, value);
    else optimizer.set(what, (optimizer.get(what) ?? new Map<string, FloatTensor>()).set(name.slice(0, -what.length - 1), value));
  }
  return { epoch: Number(metadata['epoch']), params, optimizer, rows: JSON.parse(metadata['rows']!) as EpochRow[] };
}
