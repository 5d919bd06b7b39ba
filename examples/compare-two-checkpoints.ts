// Trains the same small network twice from different random starts and asks how the two differ: how far apart they are, whether they see
// the same things (CKA), and what lies on the straight line between them.
//
//     npm run build && node dist/examples/compare-two-checkpoints.js
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BarrierRow, CkaRow, Dataset, DistanceRow, NetworkSpec, Recipe, Run, Subject } from '../src/index.js';
import {
  buildNetwork,
  cka,
  checkpointFile,
  DEFAULT_RECIPE,
  distance,
  interpolation,
  loadDataset,
  readSafetensors,
  toParams,
  train,
} from '../src/index.js';

const network: NetworkSpec = { architecture: 'fixup-resnet', widths: [4, 8], blocks: [1, 1] };
const recipe: Recipe = { ...DEFAULT_RECIPE, epochs: 2, batch: 64, augment: [{ flip: true }] };

export interface Comparison {
  /** ‖θ_A − θ_B‖₂ of the whole network. */
  readonly l2: number;
  /** Debiased linear CKA of each stage, null where it is undefined. */
  readonly similarity: Readonly<Record<string, number | null>>;
  /** Largest loss above the straight line between the two, on test images. */
  readonly barrier: number;
}

export async function compareTwoCheckpoints(): Promise<Comparison> {
  const data = await loadDataset({ dataset: 'emoji', domains: ['openmoji'], labels: 'group' });
  const folder = await mkdtemp(join(tmpdir(), 'carryover-example-'));
  try {
    const runs = [await trained(1), await trained(2)];
    return await compare(runs, data);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }

  async function trained(seed: number): Promise<Run> {
    const directory = join(folder, `seed-${seed}`);
    const { rows, best } = await train({ network, dataset: data, recipe, seeds: { init: seed, order: seed }, directory });
    return {
      name: `RI-T.${seed}`,
      role: 'RI-T',
      seed,
      network,
      epochs: rows,
      bestEpoch: best.epoch,
      saved: [0, rows.length - 1],
      checkpoint: async (at) => {
        const file = checkpointFile(at === 'initial' ? 0 : at);
        return toParams((await readSafetensors(join(directory, file))).tensors);
      },
    };
  }
}

async function compare(runs: readonly Run[], data: Dataset): Promise<Comparison> {
  const { channels, height, width, classes } = data;
  const subject: Subject = {
    target: 'openmoji',
    data,
    runs,
    seed: 1,
    threads: 0,
    network: (run, { batch }) => buildNetwork(run.network, { batch, channels, height, width, classes: classes.length }),
    progress: () => undefined,
  };
  // tables are plain rows; their columns are described by the row types
  const apart = (await distance.run(subject, distance.options))['distances'] as unknown as DistanceRow[];
  const alike = (await cka.run(subject, cka.options))['similarities'] as unknown as CkaRow[];
  const options = { ...interpolation.options, points: 5, extrapolate: null, splits: ['test'], resamples: 200 } as const;
  const between = (await interpolation.run(subject, options))['barriers'] as unknown as BarrierRow[];
  return {
    l2: apart.find(({ scope }) => scope === 'network')!.l2,
    similarity: Object.fromEntries(alike.map(({ module, value }) => [module, value])),
    barrier: between.find(({ metric, definition }) => metric === 'loss' && definition === 'line')!.barrier,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { l2, similarity, barrier } = await compareTwoCheckpoints();
  console.log(`distance ${l2.toFixed(2)}, loss barrier ${barrier.toFixed(2)}`);
  for (const [module, value] of Object.entries(similarity)) console.log(`  CKA at ${module}: ${value?.toFixed(3) ?? 'undefined'}`);
}
