import { join } from 'node:path';
import type { Loaded } from '../checkpoints/match.js';
import { readParameters } from '../checkpoints/match.js';
import { openCheckpoint } from '../checkpoints/open.js';
import type { Start } from '../analyses/analysis.js';
import { freshHead } from '../models/fresh-head.js';
import type { Network, NetworkSpec } from '../models/network.js';
import { buildNetwork, recordedSpec } from '../models/networks.js';
import { SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { writeJson } from '../store/write.js';
import type { Params } from '../tensor/params.js';
import { replace } from '../tensor/params.js';
import { writeSafetensors } from '../tensor/safetensors.js';
import { checkpointFile, EPOCHS_FILE } from '../train/checkpoints.js';
import type { DataSummary } from './execute-data.js';
import { paramsOf } from './execute-training.js';
import type { ExecuteOptions } from './execute.js';
import type { Fit, FitOptions } from './fit-network.js';
import { expectedOf, fitNetwork, inputsOf, mustClassify } from './fit-network.js';
import type { Step } from './step.js';

/** What became of the file's names, how many classes its head has, and what is known of where it started. */
export const LOAD_FILE = 'load.json';
export interface LoadSummary extends Pick<Loaded, 'rows' | 'notes'> {
  readonly file: string;
  readonly classes: number;
  readonly start: Start;
}

export interface LoadOptions {
  readonly network: NetworkSpec;
  /** Path of the checkpoint. */
  readonly file: string;
  readonly map: readonly string[];
  /** It was trained on the images that it is loaded for. */
  readonly head?: 'target';
  /** Paths of checkpoints after earlier epochs. */
  readonly epochs?: Readonly<Record<string, string>>;
}

/**
 * A network that was trained elsewhere. The head of P keeps the size that it has in the file, where analyses leave it out, and is drawn fresh
 * where the file has none; that of a run on a target must have the target's classes. Leaves the checkpoint as final and best, earlier ones by
 * their epochs, no rows of epochs, and the table of names.
 */
export async function executeLoad(step: Step, store: Store, directory: string, { report }: Pick<ExecuteOptions, 'report'>): Promise<void> {
  const { network: spec, file, map, head, epochs = {} } = step.options as unknown as LoadOptions;
  const { channels, height, width, classes } = await store.readJson<DataSummary>(step.inputs['data']!.step, SUMMARY_FILE);
  const build = (size: number) => buildNetwork(spec, { batch: 1, channels, height, width, classes: size });
  const found = await load(file, { build, classes: classes.length, map });
  if (head === 'target') mustClassify(found, { file, classes: classes.length, data: step.target });
  const write = (at: number | 'best' | 'final', params: Params) =>
    writeSafetensors(join(directory, checkpointFile(at)), params, {
      network: JSON.stringify(recordedSpec(spec)),
      epoch: typeof at === 'number' ? String(at) : '0',
    });
  for (const at of ['final', 'best'] as const) await write(at, found.params);

  const heads = new Set(found.network.modules.at(-1)!.parameters);
  const withOwnHead = (body: Params) => replace(found.params, body, (parameter) => !heads.has(parameter));
  let start: Start = 'none';
  if (step.inputs['initial']) {
    await write(0, withOwnHead(await paramsOf(step.inputs['initial'], store)));
    start = 'body';
  }
  for (const [epoch, path] of Object.entries(epochs)) {
    const earlier = await load(path, { build, classes: classes.length, map });
    const whole = earlier.hasHead && earlier.network.shape.classes === found.network.shape.classes;
    if (Number(epoch) === 0) start = whole ? 'whole' : 'body';
    await write(Number(epoch), whole ? earlier.params : withOwnHead(earlier.params));
  }
  await writeJson(join(directory, EPOCHS_FILE), []);
  const summary: LoadSummary = { file, classes: found.network.shape.classes, start, rows: found.rows, notes: found.notes };
  await writeJson(join(directory, LOAD_FILE), summary);
  report?.({ share: 1, detail: summary.notes.join(' ') });
}

interface Found extends Pick<Loaded, 'rows' | 'notes'>, Pick<Fit, 'network' | 'hasHead'> {
  /** Whole: a head that is not in the file is drawn. */
  readonly params: Params;
}

async function load(file: string, how: Omit<FitOptions, 'what'>): Promise<Found> {
  const checkpoint = await openCheckpoint(file);
  try {
    const { network, hasHead, match } = await fitNetwork(checkpoint, { ...how, what: file });
    const { params, rows, notes } = await readParameters(expectedOf(network), match, { what: file });
    const names = [...inputsOf(network).keys()];
    // drawing a whole network takes longer than reading one
    const fresh = names.every((name) => params.has(name)) ? params : freshHead(network, params, 0);
    const whole = new Map(names.map((name) => [name, params.get(name) ?? fresh.get(name)!]));
    return { params: whole, network, hasHead, rows, notes: [...checkpoint.notes, ...notes, ...networkNotes(network)] };
  } finally {
    await checkpoint.close();
  }
}

const networkNotes = ({ notes = [] }: Network): string[] => notes.map((note) => `The network's file: ${note}.`);
