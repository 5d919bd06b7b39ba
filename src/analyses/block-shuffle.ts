import { SHUFFLE_SEED, blockSizes } from '../data/shuffle.js';
import { compileForward, forward } from '../runtime/forward.js';
import { InputError } from '../tensor/input-error.js';
import type { Options } from '../tensor/options.js';
import { integerOption, integersOption, oneOf, show } from '../tensor/options.js';
import { Absent } from './absent.js';
import type { Analysis, End, Ground, Subject, SweepRun, Tables, Training } from './analysis.js';
import { ENDS } from './analysis.js';
import { changesOption, seedsOption } from './sweep-options.js';
import { DEFAULT_RESAMPLES } from './bootstrap.js';
import { gapRows, levelRows, trendRows } from './block-shuffle-rows.js';
import { batchesOf, EVALUATION_BATCH } from './images.js';
import { judge } from './outcomes.js';
import type { OverImages } from './over-images.js';
import type { BlockEpochRow } from './rows.js';
import { runName } from './run-name.js';

/** Side of the blocks; '*': all values of the image change places. */
export type BlockSize = number | '*';

export interface BlockShuffleOptions {
  /** null: '*' and every side that divides the image's. */
  readonly sizes: readonly BlockSize[] | null;
  /** Seeds of the runs of each role; null: those of the arms. */
  readonly seeds: readonly number[] | null;
  /** The permutation of a role's first run; the second run's has the next seed, and so on: P-T and RI-T see the same. */
  readonly shuffleSeed: number;
  /** Laid over the arms' recipes, e.g. `{ epochs: 20 }`. Images are not augmented unless it says so. */
  readonly recipe: Options;
  readonly at: End;
  /** Resamples of the bootstrap over test images. */
  readonly resamples: number;
}

/** A run of the sweep, and what it got right. */
export interface Shuffled {
  readonly run: SweepRun;
  /** '*', '1', '2', …; `position` counts from '*'. */
  readonly size: string;
  readonly position: number;
  /** One block is the whole image. */
  readonly whole: boolean;
  readonly accuracy: OverImages;
}

/**
 * Feature reuse (Neyshabur et al. 2020, section 3.1): P-T and RI-T trained and tested on images whose blocks have changed places, for every
 * size of block. What pre-training still brings where shapes are destroyed cannot come from shapes.
 */
export const blockShuffle: Analysis<BlockShuffleOptions> = {
  name: 'block-shuffle',
  version: 3,
  onRequest: true,
  options: { sizes: null, seeds: null, shuffleSeed: SHUFFLE_SEED, recipe: {}, at: 'final', resamples: DEFAULT_RESAMPLES },
  check({ sizes, seeds, shuffleSeed, recipe, at, resamples }) {
    if (sizes !== null) sizesOption(sizes);
    seedsOption('block-shuffle: seeds', seeds);
    integerOption('block-shuffle: shuffleSeed', shuffleSeed, 0);
    changesOption('block-shuffle: recipe', recipe);
    oneOf('block-shuffle: at', at, ENDS);
    integerOption('block-shuffle: resamples', resamples, 1);
  },
  // networks that were trained elsewhere have no recipe
  sweep: (ground, options) => ({ trainings: ground.arms.length === 0 ? [] : trainings(ground, options) }),
  async run(subject, options): Promise<Tables> {
    blockShuffle.check!(options);
    const resampling = { resamples: options.resamples, key: [subject.seed, 'block-shuffle'] };
    if ((subject.sweep ?? []).length === 0)
      throw new Absent('block-shuffle', 'it trains on shuffled images, and these networks were trained elsewhere: there is no recipe');
    const runs = await evaluated(subject, options.at);
    const tables = {
      levels: levelRows(subject, runs, options.at, resampling),
      gaps: gapRows(subject, runs, options.at, resampling),
      trends: trendRows(subject, runs, options.at, resampling),
      epochs: runs.flatMap((each) => epochRows(subject.target, each)),
    };
    subject.progress(1);
    return tables;
  },
};

function sizesOption(sizes: unknown): void {
  if (!Array.isArray(sizes) || new Set(sizes).size < sizes.length) {
    throw new InputError(`block-shuffle: sizes must be null or a list of block sides and '*', each once, got ${show(sizes)}`);
  }
  integersOption(
    'block-shuffle: sizes',
    sizes.filter((size) => size !== '*'),
    { least: sizes.includes('*') ? 0 : 1 },
  );
}

function trainings(ground: Ground, { sizes, seeds, shuffleSeed, recipe }: BlockShuffleOptions): Training[] {
  return sizesOf(ground, sizes).flatMap((size, position) =>
    ground.arms.flatMap((arm) =>
      (seeds?.map((seed) => ({ init: seed, order: seed })) ?? arm.seeds).map((own, i): Training => ({
        name: `${runName(arm.role, own)}, ${size === '*' ? 'all values' : `block ${size}`}`,
        role: arm.role,
        seeds: own,
        recipe: { augment: [], ...recipe },
        variant: { size: String(size), position, whole: size === ground.side },
        // one block is the image as it is: the same training as without a shuffle
        ...(size === ground.side ? {} : { shuffle: { block: size, seed: shuffleSeed + i } }),
      })),
    ),
  );
}

/** '*' first, then ascending. */
function sizesOf({ side, target }: Ground, sizes: BlockShuffleOptions['sizes']): BlockSize[] {
  if (side === undefined && sizes === null) {
    throw new InputError(`block-shuffle: sizes must be listed where only the files of ${target} tell the images' side, got null`);
  }
  const blocks = sizes?.filter((size) => size !== '*') ?? blockSizes({ height: side!, width: side! });
  const wrong = blocks.find((block) => side !== undefined && side % block !== 0);
  if (wrong !== undefined) throw new InputError(`block-shuffle: sizes must divide the image side ${side} of ${target}, got ${wrong}`);
  return [...(sizes === null || sizes.includes('*') ? ['*' as const] : []), ...blocks.toSorted((a, b) => a - b)];
}

/** One session for all runs: they have one architecture, only the images differ. */
async function evaluated(subject: Subject, at: End): Promise<Shuffled[]> {
  const runs = subject.sweep ?? [];
  if (runs.length === 0) return [];
  const { graph, shape } = subject.network(runs[0]!, { batch: EVALUATION_BATCH });
  const session = await compileForward(graph, { threads: subject.threads });
  try {
    const found: Shuffled[] = [];
    for (const run of runs) {
      const data = await run.data();
      const { test } = data.splits;
      const logits = await forward(session, await run.checkpoint(at), (await batchesOf({ data }, test))());
      const { accuracy } = judge({ ...test, logits, classes: shape.classes }, `${run.name}, ${at}`);
      found.push({
        run,
        size: String(run.variant['size']),
        position: Number(run.variant['position']),
        whole: run.variant['whole'] === true,
        accuracy,
      });
      subject.progress((0.9 * found.length) / runs.length);
    }
    return found;
  } finally {
    await session.release();
  }
}

function epochRows(target: string, { run, size, position, whole }: Shuffled): BlockEpochRow[] {
  const shared = { target, size, position, whole, run: run.name, role: run.role, seed: run.seed };
  return run.epochs.flatMap(({ epoch, trainAccuracy, testAccuracy }) => [
    { ...shared, epoch, split: 'train', accuracy: trainAccuracy },
    ...(testAccuracy === null ? [] : [{ ...shared, epoch, split: 'test', accuracy: testAccuracy }]),
  ]);
}
