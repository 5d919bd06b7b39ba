import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Params } from '../tensor/params.js';
import { readSafetensors, toParams } from '../tensor/safetensors.js';
import type { Tables } from '../analyses/analysis.js';
import type { FreezingRule } from '../analyses/freezing-choice.js';
import { chooseFrozen, exactly } from '../analyses/freezing-choice.js';
import type { CkaRow, RewindRow } from '../analyses/rows.js';
import type { Dataset } from '../data/dataset.js';
import { openPacked } from '../data/packed.js';
import type { NetworkSpec } from '../models/network.js';
import { buildNetwork } from '../models/networks.js';
import { TABLES_FILE } from '../store/layout.js';
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
  const { network, recipe: written, seeds } = step.options as unknown as { network: NetworkSpec; recipe: Recipe; seeds: Seeds };
  const dataset = await openPacked(await store.checked(step.inputs['data']!.step));
  const recipe = { ...written, frozen: [...written.frozen, ...(await frozenOf(step, store, dataset))] };
  const initial = step.inputs['initial'] ? { initial: await paramsOf(step.inputs['initial'], store) } : {};
  let right = '';
  await train(
    { network, dataset, recipe, seeds, ...initial, directory, threads, ...(signal ? { signal } : {}) },
    {
      onStep: ({ epoch, step, steps }) => report?.({ share: step / steps, detail: `epoch ${epoch} of ${recipe.epochs}${right}` }),
      onEpoch({ valAccuracy, trainAccuracy }) {
        const [split, accuracy] = valAccuracy === null ? ['train', trainAccuracy] : ['val', valAccuracy];
        right = dataset.multiLabel ? `, ${split} AUC ${accuracy.toFixed(3)}` : `, ${split} ${(100 * accuracy).toFixed(1)} % right`;
      },
    },
  );
  // what it takes to go on is of no use to what is finished
  await rm(join(directory, STATE_FILE), { force: true });
}

/** Patterns of the modules that the step's rule freezes, by the tables that it names. */
async function frozenOf({ options, inputs }: Step, store: Store, { channels, height, width, classes }: Dataset): Promise<string[]> {
  const { freeze, network } = options as unknown as { freeze?: FreezingRule; network: NetworkSpec };
  if (!freeze) return [];
  const rows = async (analysis: string, table: string) => (await store.readJson<Tables>(inputs[analysis]!.step, TABLES_FILE))[table] ?? [];
  const [rewound, similarities] = [await rows('rewind', 'modules'), await rows('cka', 'similarities')] as unknown as [
    RewindRow[],
    CkaRow[],
  ];
  const chosen = chooseFrozen(rewound, similarities, freeze).filter(({ frozen }) => frozen);
  const { modules } = buildNetwork(network, { batch: 1, channels, height, width, classes: classes.length });
  return chosen.flatMap(({ module }) => exactly(modules.find(({ name }) => name === module)!.parameters));
}

/** The parameters that another step left. */
export async function paramsOf({ step, at = 'final' }: Input, store: Store): Promise<Params> {
  const path = await store.checked(step, checkpointFile(at));
  return toParams((await readSafetensors(path)).tensors, path);
}
