import { openCheckpoint } from '../checkpoints/open.js';
import type { DatasetSpec } from '../data/dataset.js';
import { classCount } from '../data/datasets.js';
import { buildNetwork } from '../models/networks.js';
import { InputError } from '../tensor/input-error.js';
import type { LoadOptions } from './execute-load.js';
import { fitNetwork, mustClassify } from './fit-network.js';
import { classesToBuild, imageShape } from './network-images.js';
import type { PlanOptions, Step } from './step.js';

/**
 * Holds checkpoints against the network by what their headers say, as their steps would: no image should be decoded for a file that will be
 * refused. Throws InputError with a line for each that does not fit, beginning with its place in the study. What depends on the images' size or
 * classes waits for them where only reading them tells.
 */
export async function mustFitCheckpoints(
  steps: readonly Step[],
  { specOf, base, absentData }: { specOf(data: Step['id']): DatasetSpec } & Required<PlanOptions>,
): Promise<void> {
  const broken = new Set<string>();
  // a data set's folders are read once, however many checkpoints are for it
  const counts = new Map<Step['id'], Promise<number | undefined>>();
  const classesOf = (data: Step['id']): Promise<number | undefined> => {
    const found = counts.get(data) ?? classCount(specOf(data), { base });
    counts.set(data, found);
    return found;
  };
  for (const step of steps.filter(({ kind }) => kind === 'load')) {
    const data = step.inputs['data']!.step;
    const spec = specOf(data);
    const classes = absentData ? undefined : await classesOf(data);
    for (const message of await refusals(step, spec, classes)) broken.add(`${placeOf(step)}: ${message}`);
  }
  if (broken.size > 0) throw new InputError([...broken].join('\n'));
}

const placeOf = ({ subject }: Step): string =>
  subject === 'P' ? 'pretrain' : subject === 'RI' ? 'initial' : `arms.${subject.replace(/\.\d+$/, '')}`;

async function refusals({ options, target }: Step, data: DatasetSpec, classes: number | undefined): Promise<string[]> {
  const { network, file, map, head, epochs = {} } = options as unknown as LoadOptions;
  const shape = imageShape(data);
  if (!shape) return [];
  const built = classes ?? classesToBuild(network, shape);
  const build = (size: number) => buildNetwork(network, { ...shape, classes: size });
  const check = async (path: string, own: boolean): Promise<void> => {
    const checkpoint = await openCheckpoint(path);
    try {
      const fit = await fitNetwork(checkpoint, { build, classes: built, map, what: path });
      if (own) mustClassify(fit, { file: path, classes, data: target });
    } finally {
      await checkpoint.close();
    }
  };
  const messages: string[] = [];
  for (const [path, own] of [[file, head === 'target'], ...Object.values(epochs).map((each) => [each, false])] as [string, boolean][]) {
    await check(path, own).catch((error: unknown) => {
      if (!(error instanceof InputError)) throw error;
      messages.push(error.message);
    });
  }
  return messages;
}
