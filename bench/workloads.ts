import { readFileSync } from 'node:fs';
import { bundledStudy } from '../src/cli/study-file.js';
import type { NamedWorkload } from '../src/cli/workloads.js';
import { WORKLOADS } from '../src/cli/workloads.js';
import type { NetworkSpec } from '../src/models/network.js';
import { parseStudy } from '../src/study/parse.js';
import type { Study } from '../src/study/study.js';
import type { Mode } from '../src/study/workload.js';

/** What one process does; both sides get it as JSON, with `repeats` and `drop`. */
export type Job =
  | ({ readonly kind: 'network'; readonly mode: Mode } & Pick<NamedWorkload, 'network' | 'shape'>)
  /** From JPEG files (`images`, in class folders) to normalized batches. */
  | { readonly kind: 'images'; readonly images: number; readonly side: number }
  | (AnalysisJob & { readonly kind: 'cka' | 'interpolation' | 'rewind' | 'criticality' })
  /** The demo, as its file says, with every default filled in. */
  | { readonly kind: 'study'; readonly study: Study };

interface AnalysisJob {
  readonly network: NetworkSpec;
  /** Styles of emoji, in the order of the data set: each has 312 test images. */
  readonly styles: number;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Workload {
  readonly name: string;
  readonly job: Job;
  /** Runs that count, and those before them that do not. */
  readonly repeats: number;
  readonly drop: number;
  /** PyTorch is also measured in channels-last. */
  readonly layouts: boolean;
  /** Part of `--quick`. */
  readonly quick: boolean;
}

const DEMO = bundledStudy('demo.yaml');
const QUICK = new Set(['fixup-small', 'fixup-18']);
const MODES = { train: 'train step', evaluate: 'evaluation' } as const;

const BOTH: readonly Mode[] = ['train', 'evaluate'];

const networks = Object.entries(WORKLOADS).flatMap(([word, { title, network, shape, modes = BOTH }]) =>
  modes.map((mode): Workload => ({
    name: `${MODES[mode]}: ${title}`,
    job: { kind: 'network', mode, network, shape },
    repeats: 12,
    drop: 8,
    layouts: true,
    quick: QUICK.has(word),
  })),
);

const once = (name: string, job: Job, { quick = false, repeats = 2, drop = 1 } = {}): Workload => ({
  name,
  job,
  repeats,
  drop,
  layouts: false,
  quick,
});

/** Analyses look at Fixup 16/32/64 ×3 at 32 px: a stem, nine blocks and a head. */
const ELEVEN: NetworkSpec = { architecture: 'fixup-resnet', blocks: [3, 3, 3] };
/** Its 64 patches of an emoji, twelve blocks. */
const VIT: NetworkSpec = { architecture: 'vit', size: 'tiny', patch: 4 };

export const WORKLOAD_LIST: readonly Workload[] = [
  ...networks,
  once('image pipeline: 1,024 JPEGs of 500×400 → 224×224 normalized', { kind: 'images', images: 1024, side: 224 }, { quick: true }),
  once('CKA: 2 networks, 5 modules, 2,000 images', {
    kind: 'cka',
    network: { architecture: 'fixup-resnet' },
    styles: 7,
    options: { samples: 2000, fullUpTo: 2000, crossLayer: 'none' },
  }),
  once(
    'interpolation: 11 points, 936 images',
    { kind: 'interpolation', network: ELEVEN, styles: 3, options: { points: 11, extrapolate: null, splits: ['test'] } },
    { quick: true, repeats: 1 },
  ),
  once(
    'interpolation: 11 points of ViT-Tiny/4, 32 px, 312 images',
    { kind: 'interpolation', network: VIT, styles: 1, options: { points: 11, extrapolate: null, splits: ['test'] } },
    { repeats: 1 },
  ),
  once('rewind: 15 modules of ViT-Tiny/4, 32 px, 312 images', { kind: 'rewind', network: VIT, styles: 1, options: {} }, { repeats: 1 }),
  once('rewind: 11 modules, 936 images', { kind: 'rewind', network: ELEVEN, styles: 3, options: {} }, { repeats: 1 }),
  once(
    'path criticality: stem, 3 stages, head; 11 α × 8 σ × 10 draws, 64 images',
    {
      kind: 'criticality',
      network: ELEVEN,
      styles: 3,
      options: { scales: ['relative'], alphas: 11, sigmas: 8, draws: 10, samples: 64, modules: 'conv1|layers?\\.?\\d|fc' },
    },
    { repeats: 1, drop: 0 },
  ),
  once(
    'path criticality: 7 modules of a ViT, 64 wide, 4 deep; 11 α × 8 σ × 10 draws, 64 images',
    {
      kind: 'criticality',
      network: { architecture: 'vit' },
      styles: 3,
      options: {
        scales: ['relative'],
        paths: ['direct'],
        alphas: 11,
        sigmas: 8,
        draws: 10,
        samples: 64,
        modules: 'patch(?:es|_embed)|blocks\\.\\d|norm|head',
      },
    },
    { repeats: 1, drop: 0 },
  ),
  once('demo study, start to report', { kind: 'study', study: parseStudy(readFileSync(DEMO, 'utf8'), DEMO) }, { repeats: 1, drop: 0 }),
];
