import { join } from 'node:path';
import type { Expected, Loaded } from '../checkpoints/match.js';
import { loadParameters } from '../checkpoints/match.js';
import { openCheckpoint } from '../checkpoints/open.js';
import { parseRename } from '../checkpoints/renames.js';
import type { Start } from '../analyses/analysis.js';
import { freshHead } from '../models/fresh-head.js';
import type { Network, NetworkSpec } from '../models/network.js';
import { buildNetwork, recordedSpec } from '../models/networks.js';
import { SUMMARY_FILE } from '../store/layout.js';
import type { Store } from '../store/store.js';
import { writeJson } from '../store/write.js';
import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import { replace } from '../tensor/params.js';
import { writeSafetensors } from '../tensor/safetensors.js';
import { checkpointFile, EPOCHS_FILE } from '../train/checkpoints.js';
import type { DataSummary } from './execute-data.js';
import { paramsOf } from './execute-training.js';
import type { ExecuteOptions } from './execute.js';
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

interface Found extends Pick<Loaded, 'rows' | 'notes'> {
  /** Whole: a head that is not in the file is drawn. */
  readonly params: Params;
  readonly network: Network;
  readonly hasHead: boolean;
}

async function load(
  file: string,
  { build, classes, map }: { build(classes: number): Network; readonly classes: number; readonly map: readonly string[] },
): Promise<Found> {
  const checkpoint = await openCheckpoint(file);
  try {
    const read = (network: Network) => loadParameters(expectedOf(network), checkpoint.tensors, { map: map.map(parseRename), what: file });
    const first = build(classes);
    const own = headSize(await read(first), first) ?? classes;
    const network = build(own);
    const { params, rows, notes } = await read(network);
    const names = [...shapesOf(network).keys()];
    // drawing a whole network takes longer than reading one
    const fresh = names.every((name) => params.has(name)) ? params : freshHead(network, params, 0);
    const whole = new Map(names.map((name) => [name, params.get(name) ?? fresh.get(name)!]));
    const heads = new Set(network.modules.at(-1)!.parameters);
    const hasHead = rows.every(({ parameter, status }) => !heads.has(parameter ?? '') || status === 'matched');
    return { params: whole, network, hasHead, rows, notes: [...checkpoint.notes, ...notes, ...networkNotes(network)] };
  } finally {
    await checkpoint.close();
  }
}

const networkNotes = ({ notes = [] }: Network): string[] => notes.map((note) => `The network's file: ${note}.`);

function mustClassify({ hasHead, network }: Found, { file, classes, data }: { file: string; classes: number; data: string }): void {
  const head = network.modules.at(-1)!.name;
  const own = network.shape.classes;
  if (!hasHead) throw new InputError(`${file}: the head (${head}) must be in the file of a network trained on ${data}, got none`);
  if (own !== classes)
    throw new InputError(`${file}: the head (${head}) must have the ${classes} classes of ${data}, got ${own}: is it a checkpoint of P?`);
}

/** Of parameters and running statistics: what a network is fed besides images. */
const shapesOf = ({ graph }: Network): ReadonlyMap<string, readonly number[]> =>
  new Map(graph.inputs.filter(({ name }) => name !== 'images').map(({ name, dims }) => [name, dims]));

const expectedOf = (network: Network): Expected => ({
  shapes: shapesOf(network),
  head: network.modules.at(-1)!.parameters,
  ...(network.positions ? { positions: network.positions } : {}),
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
