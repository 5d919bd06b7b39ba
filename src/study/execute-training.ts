import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, toParams } from '../tensor/safetensors.js';
import { openPacked } from '../data/packed.js';
import type { NetworkSpec } from '../models/network.js';
import type { Store } from '../store/store.js';
import { checkpointFile } from '../train/checkpoints.js';
import type { Recipe } from '../train/recipe.js';
import { STATE_FILE } from '../train/state.js';
import { train } from '../train/train.js';
import type { ExecuteOptions } from './execute.js';
import type { Input, Step } from './step.js';
import type { Seeds } from './study.js';

/** Trains in `directory`, where an interrupted try may have left its state. */
export async function executeTraining(
  step: Step,
  store: Store,
  directory: string,
  { threads, signal, report }: ExecuteOptions,
): Promise<void> {
  const { network, recipe, seeds } = step.options as unknown as { network: NetworkSpec; recipe: Recipe; seeds: Seeds };
  const dataset = await openPacked(store.path(step.inputs['data']!.step));
  const initial = step.inputs['initial'] ? { initial: await paramsOf(step.inputs['initial'], store) } : {};
  let right = '';
  await train(
    { network, dataset, recipe, seeds, ...initial, directory, threads, ...(signal ? { signal } : {}) },
    {
      onStep: ({ epoch, step, steps }) => report?.({ share: step / steps, detail: `epoch ${epoch} of ${recipe.epochs}${right}` }),
      onEpoch({ valAccuracy, trainAccuracy }) {
        const [split, accuracy] = valAccuracy === null ? ['train', trainAccuracy] : ['val', valAccuracy];
        right = `, ${split} ${(100 * accuracy).toFixed(1)} % right`;
      },
    },
  );
  // what it takes to go on is of no use to what is finished
  await rm(join(directory, STATE_FILE), { force: true });
}

async function paramsOf({ step, at = 'final' }: Input, store: Store) {
  const path = store.path(step, checkpointFile(at));
  return toParams((await readSafetensors(path)).tensors, path);
}
