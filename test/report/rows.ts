// Single rows with everything a test does not care about filled in.
import type {
  AmbiguityRow,
  AmbiguityTestRow,
  AverageRow,
  BarrierRow,
  CkaLayerRow,
  CkaRow,
  ClassGapRow,
  DistanceRow,
  DomainDistanceRow,
  FreezingChoiceRow,
  FreezingVerifiedRow,
  GapRow,
  MistakePairRow,
  RewindRow,
  RunRow,
} from '../../src/analyses/rows.js';
import type { Findings } from '../../src/report/section-text.js';
import type { Tables } from '../../src/analyses/analysis.js';

export const findings = (tables: Record<string, readonly object[]>, target = 'a'): Findings => ({
  target,
  tables: tables as unknown as Tables,
});

export const gapRow = (row: Partial<GapRow>): GapRow => ({
  target: 'a',
  metric: 'accuracy',
  at: 'final',
  pretrained: 0.5,
  random: 0.43,
  gap: 0.07,
  low: 0.02,
  high: 0.12,
  relative: 0.14,
  reason: null,
  n: 312,
  runs: 4,
  chance: 0.17,
  interval: 'paired percentile bootstrap over images, 1000 resamples',
  ...row,
});

export const runRow = (row: Partial<RunRow>): RunRow => ({
  target: 'a',
  run: 'P-T.1',
  role: 'P-T',
  seed: 1,
  at: 'final',
  epoch: 40,
  n: 312,
  accuracy: 0.482,
  low: 0.451,
  high: 0.513,
  chance: 0.17,
  loss: 1.7,
  speed: 0.6,
  interval: 'percentile bootstrap over images, 1000 resamples',
  ...row,
});

const PAIR = { target: 'a', a: 'P-T.1', b: 'P-T.2', pair: 'P-T & P-T', at: 'final' };

export const pairRow = (row: Partial<MistakePairRow>): MistakePairRow => ({
  ...PAIR,
  n: 300,
  bothRight: 120,
  bothWrong: 120,
  onlyAWrong: 30,
  onlyBWrong: 30,
  kappa: 0.6,
  kappaLow: 0.5,
  kappaHigh: 0.7,
  reason: null,
  mcnemarP: 1,
  agreement: 0.7,
  agreementLow: 0.6,
  agreementHigh: 0.8,
  sharedMistakeAgreement: 0.6,
  sharedLow: 0.5,
  sharedHigh: 0.7,
  ...row,
});

export const ambiguityRow = (row: Partial<AmbiguityRow>): AmbiguityRow => ({
  target: 'a',
  group: 'difference',
  n: 60,
  ambiguity: 0.06,
  low: 0.02,
  high: 0.1,
  reason: null,
  ...row,
});

export const ambiguityTestRow = (row: Partial<AmbiguityTestRow>): AmbiguityTestRow => ({
  target: 'a',
  onlyPretrained: 25,
  onlyRandom: 35,
  cliffsDelta: 0.31,
  deltaLow: 0.08,
  deltaHigh: 0.52,
  p: 0.012,
  permutations: 9999,
  reason: null,
  ...row,
});

export const classGapRow = (row: Partial<ClassGapRow>): ClassGapRow => ({
  target: 'a',
  class: 'face',
  n: 40,
  onlyPretrainedWrong: 0.05,
  onlyRandomWrong: 0.2,
  gain: 0.15,
  low: 0.05,
  high: 0.25,
  reason: null,
  ...row,
});

export const ckaRow = (row: Partial<CkaRow>): CkaRow => ({
  ...PAIR,
  module: 'stem',
  depth: 0,
  value: 0.9,
  low: 0.88,
  high: 0.92,
  reason: null,
  n: 312,
  p: 4096,
  estimator: 'debiased',
  features: 'flatten',
  baseline: 0,
  ...row,
});

export const ckaLayerRow = (row: Partial<CkaLayerRow>): CkaLayerRow => ({
  ...PAIR,
  moduleA: 'stem',
  depthA: 0,
  moduleB: 'stem',
  depthB: 0,
  value: 0.9,
  low: 0.88,
  high: 0.92,
  reason: null,
  n: 312,
  estimator: 'debiased',
  ...row,
});

export const distanceRow = (row: Partial<DistanceRow>): DistanceRow => ({
  ...PAIR,
  scope: 'network',
  module: '',
  depth: -1,
  l2: 9.6,
  rms: 0.03,
  relative: 0.5,
  cosine: null,
  weights: 78042,
  head: 'included',
  leftOut: 0,
  ...row,
});

export const barrierRow = (row: Partial<BarrierRow>): BarrierRow => ({
  ...PAIR,
  batchNorm: 'none',
  split: 'test',
  metric: 'accuracy',
  definition: 'line',
  barrier: 0.008,
  low: 0,
  high: 0.018,
  lambda: 0.5,
  n: 312,
  oneBasin: true,
  ...row,
});

export const averageRow = (row: Partial<AverageRow>): AverageRow => ({
  target: 'a',
  at: 'final',
  role: 'P-T',
  batchNorm: 'none',
  what: 'average of all',
  runs: 'P-T.1 + P-T.2',
  members: 2,
  n: 312,
  accuracy: 0.503,
  low: 0.45,
  high: 0.556,
  loss: 1.6,
  overMean: 0.006,
  overMeanLow: -0.008,
  overMeanHigh: 0.02,
  best: 'P-T.1',
  overBest: 0.002,
  overBestLow: -0.014,
  overBestHigh: 0.018,
  reason: null,
  ...row,
});

export const freezingChoiceRow = (row: Partial<FreezingChoiceRow>): FreezingChoiceRow => ({
  target: 'a',
  at: 'final',
  module: 'conv1',
  depth: 0,
  weights: 432,
  drop: 0.005,
  low: -0.005,
  high: 0.015,
  cka: 0.97,
  frozen: true,
  n: 312,
  runs: 2,
  ...row,
});

export const freezingVerifiedRow = (row: Partial<FreezingVerifiedRow>): FreezingVerifiedRow => ({
  target: 'a',
  at: 'final',
  modules: 'conv1',
  share: 0.12,
  n: 312,
  runs: 2,
  full: 0.5,
  frozen: 0.495,
  difference: -0.005,
  low: -0.016,
  high: 0.006,
  ...row,
});

export const domainDistanceRow = (row: Partial<DomainDistanceRow>): DomainDistanceRow => ({
  target: 'a',
  measure: 'frechet',
  comparison: 'source & target',
  value: 27,
  low: 23,
  high: 31,
  plain: 28,
  n: 312,
  module: 'layer3.0',
  p: 64,
  dimensions: 32,
  explained: 0.97,
  ...row,
});

export const rewindRow = (row: Partial<RewindRow>): RewindRow => ({
  target: 'a',
  run: 'P-T.1',
  role: 'P-T',
  seed: 1,
  at: 'final',
  to: 0,
  module: 'conv1',
  depth: 0,
  head: false,
  moved: true,
  split: 'test',
  n: 312,
  accuracy: 0.4,
  low: 0.35,
  high: 0.45,
  drop: 0.1,
  dropLow: 0.06,
  dropHigh: 0.14,
  loss: 2,
  rise: 0.5,
  riseLow: 0.4,
  riseHigh: 0.6,
  ...row,
});
