import { join } from 'node:path';
import type { Expected, Loaded } from '../checkpoints/match.js';
import { loadParameters } from '../checkpoints/match.js';
import { openCheckpoint } from '../checkpoints/open.js';
import { parseRename } from '../checkpoints/renames.js';
import { freshHead } from '../models/fresh-head.js';
import type { Network, NetworkSpec } from '../models/network.js';
import { buildNetwork, recordedSpec } from '../models/networks.js';
import { SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { writeJson } from '../store/write.js';
import { writeSafetensors } from '../tensor/safetensors.js';
import { checkpointFile, EPOCHS_FILE } from '../train/checkpoints.js';
import type { DataSummary } from './execute-data.js';
import type { ExecuteOptions } from './execute.js';
import type { Step } from './step.js';

/** What became of the file's names, and how many classes its head has. */
export const LOAD_FILE = 'load.json';
export interface LoadSummary extends Pick<Loaded, 'rows' | 'notes'> {
  readonly classes: number;
}

export interface LoadOptions {
  readonly network: NetworkSpec;
  /** Path of the checkpoint. */
  readonly file: string;
  readonly map: readonly string[];
}

/**
 * P from a checkpoint that was trained elsewhere. Its head keeps the size that it has in the file, where analyses leave it out; a file without
 * one gets a fresh head. Leaves the checkpoint as final and best, no epochs, and the table of names.
 */
export async function executeLoad(step: Step, store: Store, directory: string, { report }: Pick<ExecuteOptions, 'report'>): Promise<void> {
  const { network: spec, file, map } = step.options as unknown as LoadOptions;
  const { channels, height, width, classes } = await store.readJson<DataSummary>(step.inputs['data']!.step, SUMMARY_FILE);
  const build = (size: number) => buildNetwork(spec, { batch: 1, channels, height, width, classes: size });
  const checkpoint = await openCheckpoint(file);
  try {
    const read = (network: Network) => loadParameters(expectedOf(network), checkpoint.tensors, { map: map.map(parseRename), what: file });
    const first = build(classes.length);
    const own = headSize(await read(first), first) ?? classes.length;
    const network = build(own);
    const { params, rows, notes } = await read(network);
    // a head that is not in the file is drawn; one that fits is the file's
    const whole = new Map([...freshHead(network, params, 0)].map(([name, fresh]) => [name, params.get(name) ?? fresh]));
    const metadata = { network: JSON.stringify(recordedSpec(spec)), epoch: '0' };
    for (const at of ['final', 'best'] as const) await writeSafetensors(join(directory, checkpointFile(at)), whole, metadata);
    await writeJson(join(directory, EPOCHS_FILE), []);
    const summary: LoadSummary = { classes: own, rows, notes: [...checkpoint.notes, ...notes] };
    await writeJson(join(directory, LOAD_FILE), summary);
    report?.({ share: 1, detail: summary.notes.join(' ') });
  } finally {
    await checkpoint.close();
  }
}

const expectedOf = (network: Network): Expected => ({
  shapes: new Map([...network.init(0)].map(([name, { dims }]) => [name, dims])),
  head: network.modules.at(-1)!.parameters,
});

/** Classes of the head that the file holds: the length of the axis of its weight that holds the network's; undefined without one. */
function headSize({ rows }: Loaded, { modules, shape: { classes } }: Network): number | undefined {
  const head = modules.at(-1)!.parameters;
  for (const { parameter, expected, found } of rows) {
    if (!head.includes(parameter ?? '') || expected?.length !== found?.length) continue;
    const axis = expected!.findIndex((size, i) => size === classes && found![i] !== size);
    if (axis >= 0) return found![axis];
  }
  return undefined;
}
