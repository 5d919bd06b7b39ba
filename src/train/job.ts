import { createHash } from 'node:crypto';
import { InputError } from '../tensor/input-error.js';
import type { Params } from '../tensor/params.js';
import type { Dataset } from '../data/dataset.js';
import { SPLITS } from '../data/dataset.js';
import { markCount, marksText } from '../data/marks.js';
import { transformedSize } from '../data/transforms/parse-transforms.js';
import { freshHead } from '../models/fresh-head.js';
import type { Network, NetworkSpec } from '../models/network.js';
import { buildNetwork, recordedSpec } from '../models/networks.js';
import type { Recipe, Seeds } from './recipe.js';
import { trainableOf } from './step.js';

/** One training run: what is trained, on what, how, and where its files go. */
export interface TrainJob {
  readonly network: NetworkSpec;
  readonly dataset: Dataset;
  readonly recipe: Recipe;
  /** `init` is that of all fresh parameters, with `initial` of the head only. */
  readonly seeds: Seeds;
  /** Body to start from (fine-tuning); its head is not used. */
  readonly initial?: Params;
  /** Folder of the run's files; created when missing. A folder with this run's state resumes it. */
  readonly directory: string;
  readonly threads?: number;
  /** Stops the run after the current step; the last epoch's state stays. */
  readonly signal?: AbortSignal;
}

/** A job that was checked: its network, where it starts, and which parameters train. */
export interface Prepared {
  readonly network: Network;
  readonly start: Params;
  readonly trainable: readonly string[];
  readonly stepsPerEpoch: number;
  /** Hash of everything that decides the run's numbers; a state is resumed only by its own job. */
  readonly fingerprint: string;
}

/** Builds and checks. Throws InputError for a recipe or data that cannot train. */
export function prepare({ network: spec, dataset, recipe, seeds, initial }: TrainJob): Prepared {
  checkRecipe(recipe);
  if (dataset.multiLabel) checkMarks(dataset, recipe.loss);
  const { channels, height, width, classes } = dataset;
  const images = dataset.splits.train.ids.length;
  const augmented = transformedSize(recipe.augment, dataset);
  if (augmented.height !== height || augmented.width !== width) {
    throw new InputError(
      `train: augment must leave images of ${height}x${width} as ${dataset.name} has them, got ${augmented.height}x${augmented.width}`,
    );
  }
  const network = buildNetwork(spec, { batch: recipe.batch, channels, height, width, classes: classes.length });
  const stepsPerEpoch = Math.floor(images / recipe.batch);
  if (stepsPerEpoch === 0)
    throw new InputError(`train: batch must be at most the ${images} training images of ${dataset.name}, got ${recipe.batch}`);
  for (const key of ['frozen', 'noDecay'] as const) {
    const unused = recipe[key].find((pattern) => !network.parameters.some((name) => new RegExp(pattern).test(name)));
    if (unused !== undefined)
      throw new InputError(`train: ${key} pattern /${unused}/ matches no parameter; there are: ${network.parameters.join(', ')}`);
  }
  const trainable = trainableOf(network.parameters, recipe.frozen);
  if (trainable.length === 0) throw new InputError(`train: frozen must leave something to train, got ${recipe.frozen.join(', ')}`);
  const start = initial ? freshHead(network, initial, seeds.init) : network.init(seeds.init);
  return {
    network,
    start,
    trainable,
    stepsPerEpoch,
    fingerprint: fingerprint({ spec: recordedSpec(spec), dataset, recipe, seeds }, start),
  };
}

function checkRecipe({ epochs, batch, rate, checkpoints, multipliers, frozen, noDecay }: Recipe): void {
  for (const [name, value] of Object.entries({ epochs, batch })) {
    if (!isCount(value)) throw new InputError(`train: ${name} must be a positive integer, got ${value}`);
  }
  if (!(rate > 0 && Number.isFinite(rate))) throw new InputError(`train: rate must be positive, got ${rate}`);
  checkCheckpoints(checkpoints, epochs);
  for (const pattern of [...multipliers.map((each) => each.pattern), ...frozen, ...noDecay]) {
    try {
      new RegExp(pattern);
    } catch (error) {
      throw new InputError(`train: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** Independent labels have a loss of their own, and an AUC of what varies. */
function checkMarks({ name, splits, classes }: Dataset, loss: Recipe['loss']): void {
  if (loss !== 'binary-cross-entropy')
    throw new InputError(`train: loss must be binary-cross-entropy where labels are independent (${name}), got ${loss}`);
  for (const split of SPLITS) {
    const { ids, marks } = splits[split];
    const varies = (k: number) => ([0, 1] as const).every((mark) => markCount(marks!, classes.length, k, mark) > 0);
    if (ids.length > 0 && !classes.some((_, k) => varies(k)))
      throw new InputError(
        `train: ${split} images of ${name} must have and lack some label, for an AUC; got none of ${classes.join(', ')} that varies`,
      );
  }
}

function checkCheckpoints(checkpoints: Recipe['checkpoints'], epochs: number): void {
  if (Array.isArray(checkpoints)) {
    const outside = (checkpoints as readonly number[]).find((epoch) => epoch !== 0 && !(isCount(epoch) && epoch <= epochs));
    if (outside !== undefined) throw new InputError(`train: checkpoints must be epochs in 0 … ${epochs}, got ${outside}`);
    return;
  }
  const { every } = checkpoints as { readonly every: number };
  if (!isCount(every)) throw new InputError(`train: checkpoints: every must be a positive integer, got ${every}`);
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

function fingerprint({ dataset, ...asked }: { dataset: Dataset } & Record<string, unknown>, start: Params): string {
  const { name, classes, mean, std, shuffle, splits } = dataset;
  const data = {
    name,
    classes,
    mean,
    std,
    shuffle,
    splits: Object.values(splits).map(({ ids, labels, marks }) => [ids, marks ? marksText(marks) : [...labels]]),
  };
  const hash = createHash('sha256').update(JSON.stringify({ ...asked, data }));
  for (const [name, { data }] of start) hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}
