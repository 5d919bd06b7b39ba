import type { At, Role, Run, Subject, SweepRun } from '../../src/analyses/analysis.js';
import type { Dataset, Split } from '../../src/data/dataset.js';
import type { NetworkSpec } from '../../src/models/network.js';
import { buildNetwork } from '../../src/models/networks.js';
import type { Params } from '../../src/tensor/params.js';
import { random } from '../../src/tensor/random.js';
import type { EpochRow } from '../../src/train/recipe.js';

export interface DataOptions {
  readonly classes?: number;
  readonly side?: number;
  readonly train?: number;
  readonly test?: number;
}

/** Small images whose classes differ by a pattern under noise; nothing of them is meant to be learned to perfection. */
export function patternData({ classes = 3, side = 8, train = 40, test = 70 }: DataOptions = {}): Dataset {
  const size = 3 * side * side;
  const split = (name: string, count: number): Split => {
    const { uniform, integer } = random('patterns', name);
    const labels = Int32Array.from({ length: count }, () => integer(classes));
    const pixels = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < size; j++) pixels[i * size + j] = 128 + 60 * Math.sin((labels[i]! + 1) * j * 0.37) + 130 * (uniform() - 0.5);
    }
    return { ids: Array.from({ length: count }, (_, i) => `${name}-${i}`), labels, pixels };
  };
  return {
    name: 'patterns',
    classes: Array.from({ length: classes }, (_, c) => `class ${c}`),
    channels: 3,
    height: side,
    width: side,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
    splits: { train: split('train', train), val: split('val', 0), test: split('test', test) },
    skipped: [],
  };
}

export interface RunOptions {
  readonly role: Role;
  readonly seed: number;
  readonly initial: Params;
  readonly final: Params;
  /** Default: the final checkpoint, after epoch 2. */
  readonly best?: Params;
  readonly trainAccuracies?: readonly number[];
  /** What was recorded after the last epoch. */
  readonly testAccuracy?: number;
  readonly network: NetworkSpec;
}

/** A run that "trained" for two epochs, from parameters made by hand. `asked` counts how often checkpoints were read. */
export function runOf({
  role,
  seed,
  initial,
  final,
  best,
  trainAccuracies = [0.1, 0.4, 0.8],
  testAccuracy,
  network,
}: RunOptions): Run & { asked: number } {
  const epochs = trainAccuracies.map((trainAccuracy, epoch): EpochRow => ({
    epoch,
    trainLoss: 2 - trainAccuracy,
    trainAccuracy,
    valLoss: null,
    valAccuracy: null,
    testLoss: 1,
    testAccuracy: epoch === trainAccuracies.length - 1 ? (testAccuracy ?? null) : 0.5,
    rate: 0.1,
  }));
  return {
    name: role === 'P' ? 'P' : `${role}.${seed}`,
    role,
    seed,
    network,
    epochs,
    bestEpoch: best ? 1 : epochs.length - 1,
    saved: best ? [0, 1, epochs.length - 1] : [0, epochs.length - 1],
    asked: 0,
    checkpoint(at: At) {
      this.asked++;
      return Promise.resolve(at === 'initial' || at === 0 ? initial : best && (at === 'best' || at === 1) ? best : final);
    },
  };
}

/** P's head has `sourceClasses`. */
export function subjectOf(
  data: Dataset,
  runs: readonly Run[],
  { sourceClasses = 5, sweep = [] }: { readonly sourceClasses?: number; readonly sweep?: readonly SweepRun[] } = {},
): Subject & { readonly told: number[] } {
  const told: number[] = [];
  const { channels, height, width } = data;
  return {
    target: data.name,
    data,
    runs,
    sweep,
    seed: 11,
    network: (run, { batch }) =>
      buildNetwork(run.network, { batch, channels, height, width, classes: run.role === 'P' ? sourceClasses : data.classes.length }),
    threads: 1,
    progress: (share) => void told.push(share),
    told,
  };
}

/** A made-up study: P, and two runs of each trained role. Fine-tuned networks lie near P, scratch networks far from each other. */
export function madeSubject(network: NetworkSpec, data: Dataset = patternData(), { sourceClasses = 5 } = {}) {
  const { channels, height, width } = data;
  const build = (classes: number) => buildNetwork(network, { batch: 1, channels, height, width, classes });
  const [source, target] = [build(sourceClasses), build(data.classes.length)];
  const head = new Set(target.modules.at(-1)!.parameters);
  const p = lively(source.init(1));
  const runs: Run[] = [runOf({ role: 'P', seed: 1, initial: source.init(1), final: p, network })];
  for (const seed of [1, 2]) {
    const drawn = target.init(100 + seed);
    const initial: Params = new Map([...drawn].map(([name, fresh]) => [name, head.has(name) ? fresh : p.get(name)!]));
    runs.push(runOf({ role: 'P-T', seed, initial, final: nudged(initial, 0.05, `P-T.${seed}`), network }));
  }
  for (const seed of [1, 2]) {
    const initial = target.init(200 + seed);
    const [final, best] = [lively(nudged(initial, 0.1, `RI-T.${seed}`)), lively(nudged(initial, 0.2, `RI-T.${seed}`))];
    runs.push(runOf({ role: 'RI-T', seed, initial, final, best, network, trainAccuracies: [0.1, 0.2, 0.3 + 0.1 * seed] }));
  }
  return subjectOf(data, runs, { sourceClasses });
}

/** Every value plus noise of this size. */
export function nudged(params: Params, size: number, key: string): Params {
  return new Map(
    [...params].map(([name, { data, ...rest }]) => {
      const { normal } = random('nudge', key, name);
      return [name, { ...rest, data: data.map((x) => x + size * normal()) }];
    }),
  );
}

/** Fixup starts its last convolutions at zero; trained networks have left it. */
const lively = (params: Params): Params => nudged(params, 0.1, 'lively');
