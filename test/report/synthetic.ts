// A study that never ran: for looking at the report and for its tests.
import type { Tables } from '../../src/analyses/analysis.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { picturesOf, type ReportInput, type Result } from '../../src/report/collect.js';
import type { Provenance, ReportData } from '../../src/report/contract.js';
import { random } from '../../src/tensor/random.js';
import { tiles } from './emoji.js';
import { averaging, domainDistance, freezing } from './synthetic-decisions.js';
import { alignment, basin, crossDomain, plane } from './synthetic-landscape.js';
import { criticality, rewind } from './synthetic-modules.js';
import { cka, distance, FAR, interpolation, learningCurves, mistakes, NEAR, RUNS, TEST, type Character } from './synthetic-rows.js';

const OPTIONS: Record<string, Record<string, unknown>> = {
  'learning-curves': { resamples: 1000 },
  mistakes: { at: 'final', resamples: 1000, gallery: 48, permutations: 9999 },
  cka: {
    at: 'final',
    level: 'stage',
    estimator: 'debiased',
    features: 'flatten',
    samples: null,
    fullUpTo: 1024,
    minibatch: 256,
    crossLayer: 'first',
  },
  distance: { at: 'final' },
  interpolation: { at: 'final', points: 21, extrapolate: [-0.5, 1.5], splits: ['test', 'train'], trainSamples: 256, resamples: 1000 },
  'cross-domain': { at: 'final', points: 11, split: 'test', samples: 128, resamples: 1000 },
  basin: { at: 'final', loss: 'cross-entropy', rise: 0, reach: 4, draws: 10, split: 'test', samples: 96, resamples: 1000 },
  alignment: { at: 'final', points: 11, split: 'test', samples: 128, resamples: 1000 },
  plane: { at: 'final', through: null, points: 15, margin: 0.25, split: 'test', samples: 128, resamples: 1000 },
  rewind: { at: 'final', to: [0, 5, 10], modules: null, split: 'test', samples: null, resamples: 1000 },
  criticality: { at: 'final', slack: 0.05, samples: 64, draws: 10, resamples: 100 },
  averaging: { at: 'final', resamples: 1000 },
  'domain-distance': { samples: 512, dimensions: 32, folds: 5, resamples: 1000 },
  freezing: { margin: 0.02, similarity: 0.8, verify: true, at: 'final', resamples: 1000 },
};

export function resultsOf(character: Character): Result[] {
  const draw = random(7, 'synthetic', character.target);
  const tables: Partial<TablesOf> = {
    'learning-curves': learningCurves(character, draw),
    mistakes: mistakes(character, draw),
    cka: cka(character, draw),
    distance: distance(character, draw),
    interpolation: interpolation(character),
    plane: plane(character),
    alignment: alignment(character),
    basin: basin(character),
    'cross-domain': crossDomain(character),
    rewind: rewind(character),
    criticality: criticality(character),
    averaging: averaging(character),
    'domain-distance': domainDistance(character),
    freezing: freezing(character),
  };
  return Object.entries(tables).map(([analysis, rows]) => ({
    analysis,
    target: character.target,
    tables: rows as Tables,
    options: OPTIONS[analysis]!,
  }));
}

const PROVENANCE: Provenance = {
  study: `# What does pre-training on three shaded styles bring to two others?\nsource: { dataset: emoji, domains: [noto, twemoji, fluent3d], size: 32 }\ntargets:\n  openmoji: { dataset: emoji, domains: [openmoji] }\n  outline: { dataset: emoji, domains: [outline] }\nnetwork: { name: fixup-resnet, widths: [16, 32, 64], blocks: [1, 1, 1] }\nruns: 2\n`,
  studyFile: 'demo.yaml',
  seeds: { study: 1, 'P-T': [1, 2], 'RI-T': [1, 2] },
  versions: { carryover: '0.1.0', node: 'v20.20.2', 'onnxruntime-node': '1.30.0' },
  machine: { processor: 'Example CPU @ 2.60 GHz', cores: 2, memory: '8 GB', system: 'linux x64' },
  steps: [
    { id: '3f9a1c0c77aa41b2', title: 'train P', seconds: 61.2, peakMemoryMb: 512, finished: '2025-11-24T03:40:11Z' },
    ...['openmoji', 'outline'].flatMap((target, t) =>
      RUNS.map(({ run }, i) => ({
        id: `${t}${i}b07f19d2c4e6a8b0`,
        title: `train ${run} on ${target}`,
        seconds: 21.4 + i,
        peakMemoryMb: 431,
        finished: `2025-11-24T03:4${i + 2}:${t}7Z`,
      })),
    ),
  ],
  data: [
    {
      name: 'noto + twemoji + fluent3d',
      classes: 18,
      train: 3291,
      val: 456,
      test: 936,
      licence: 'Apache-2.0; CC-BY-4.0; MIT',
      leftOut: '',
    },
    { name: 'openmoji', classes: 18, train: 1097, val: 152, test: TEST, licence: 'CC-BY-SA-4.0', leftOut: '' },
    { name: 'outline', classes: 18, train: 1097, val: 152, test: TEST, licence: 'CC-BY-SA-4.0', leftOut: '' },
  ],
};

/** Two targets, two runs of each role, all analyses, real pictures. */
export async function syntheticInput(characters: readonly Character[] = [NEAR, FAR]): Promise<ReportInput> {
  const results = characters.flatMap(resultsOf);
  const runs: ReportData['runs'] = [
    { name: 'P', role: 'P', target: '', seed: 1, metric: 'accuracy', value: 0.496, low: 0.44, high: 0.552, n: TEST },
    ...characters.flatMap(({ target, ...level }) =>
      RUNS.map(({ run, role, seed }) => {
        const value = role === 'P-T' ? level.pretrained : level.random;
        return { name: run, role, target, seed, metric: 'accuracy' as const, value, low: value - 0.05, high: value + 0.05, n: TEST };
      }),
    ),
  ];
  const pictures: Record<string, Record<string, string>> = {};
  for (const { target, tables } of results) pictures[target] = { ...pictures[target], ...(await tiles(target, picturesOf(tables))) };
  return { title: 'What do emoji in two new styles take over from three others?', results, runs, pictures, provenance: PROVENANCE };
}
