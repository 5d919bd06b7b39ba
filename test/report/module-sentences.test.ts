// Sentences of the analyses that go module by module: each finding present, absent, reversed, undecided, and with runs missing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CriticalityModuleRow, CriticalityNetworkRow, RewindContrastRow, RewindRoleRow } from '../../src/analyses/rows.js';
import { criticality } from '../../src/report/sections/criticality.js';
import { rewind } from '../../src/report/sections/rewind.js';
import { findings, rewindRow } from './rows.js';

const roleRow = (row: Partial<RewindRoleRow>): RewindRoleRow => ({
  target: 'a',
  at: 'final',
  role: 'P-T',
  to: 0,
  runs: 2,
  modules: 4,
  n: 312,
  drop: 0.1,
  low: 0.07,
  high: 0.12,
  growth: 0.06,
  growthLow: 0.03,
  growthHigh: 0.1,
  ...row,
});
const contrastRow = (row: Partial<RewindContrastRow>): RewindContrastRow => ({
  target: 'a',
  at: 'final',
  to: 0,
  module: '',
  depth: -1,
  pretrained: 0.1,
  random: 0.2,
  difference: -0.1,
  low: -0.14,
  high: -0.06,
  n: 312,
  runs: 4,
  ...row,
});

describe('rewind', () => {
  const SCRATCH = { run: 'RI-T.1', role: 'RI-T' };
  const late = rewindRow({ module: 'layer3.0', depth: 3, drop: 0.2, dropLow: 0.15, dropHigh: 0.25 });
  const head = rewindRow({ module: 'fc', depth: 4, head: true, drop: 0.4, dropLow: 0.35, dropHigh: 0.45 });
  const stem = rewindRow({ ...SCRATCH, drop: 0.39, dropLow: 0.33, dropHigh: 0.45 });
  const say = (modules: object[], roles: object[] = [], contrasts: object[] = []) => rewind.answer(findings({ modules, roles, contrasts }));

  test('P-T less critical, the worst modules of the body, and the trend', () => {
    assert.equal(
      say(
        [rewindRow({}), late, head, stem],
        [roleRow({}), roleRow({ role: 'RI-T', growth: 0.01, growthLow: -0.02, growthHigh: 0.04 })],
        [contrastRow({})],
      ),
      'On a, setting one module of the body back to the start costs on average 10.0 points of accuracy for P-T and 20.0 points for RI-T: P-T is less critical, by 10.0 points (6.0 to 14.0); the most critical of P-T is layer3.0, 20.0 points (15.0 to 25.0); the most critical of RI-T is conv1, 39.0 points (33.0 to 45.0); drops of P-T grow from input to output (later half minus earlier 6.0 points, 3.0 to 10.0); drops of RI-T neither grow nor shrink clearly with depth (later half minus earlier 1.0 point, −2.0 to 4.0).',
    );
  });
  test('reversed, undecided, no module stands out', () => {
    assert.match(say([late], [], [contrastRow({ difference: 0.1, low: 0.02, high: 0.2 })]), /P-T is more critical, by 10\.0 points/);
    const unsure = contrastRow({ difference: 0.01, low: -0.02, high: 0.04 });
    assert.match(say([late], [], [unsure]), /no difference shows \(1\.0 point, −2\.0 to 4\.0\), it is undecided which is more critical/);
    assert.match(say([rewindRow({ drop: 0.01, dropLow: -0.02 })]), /no module of P-T stands out/);
    assert.match(say([late], [roleRow({ growth: -0.06, growthLow: -0.1, growthHigh: -0.02 })]), /shrink from input to output/);
  });
  test('a module that may be as critical is named', () => {
    assert.match(say([rewindRow({ dropHigh: 0.22 }), late]), /is layer3\.0, 20\.0 points \(15\.0 to 25\.0\), which conv1 may equal/);
  });
  test('one role, one module, no run', () => {
    assert.match(say([rewindRow({})], [roleRow({ growth: null, growthLow: null, growthHigh: null })]), /costs P-T on average 10\.0 points/);
    assert.doesNotMatch(say([rewindRow({})], [roleRow({ growth: null, growthLow: null, growthHigh: null })]), /null|trend|half/);
    assert.equal(say([]), 'On a, there is no trained run whose modules could be set back.');
  });
  test('of several epochs, sentences take the earliest', () => {
    const later = { to: 5, drop: 0.9, dropLow: 0.8, dropHigh: 1 };
    assert.match(
      say([late, rewindRow(later)], [], [contrastRow({ ...later, difference: 0.5, low: 0.4 }), contrastRow({})]),
      /less critical, by 10\.0/,
    );
    assert.match(say([{ ...late, to: 3 }], [roleRow({ to: 3 })]), /back to epoch 3 costs P-T/);
  });
  test('cautions: the head, a single run', () => {
    const said = rewind.cautions(findings({ modules: [rewindRow({}), head, stem, { ...stem, run: 'RI-T.2' }] })).join(' ');
    assert.match(said, /The head starts at random/);
    assert.match(said, /There is one run of P-T:/);
  });
  test('with BatchNorm: the module whose drop the statistics on record change most, and how statistics were taken', () => {
    const modules = [rewindRow({}), rewindRow({ module: 'layer1', depth: 1 }), head];
    const raw = [rewindRow({ drop: 0.3, dropLow: 0.25, dropHigh: 0.35 }), modules[1]!, { ...head, drop: 0.9 }];
    const said = rewind.cautions(findings({ modules, raw })).join(' ');
    assert.match(
      said,
      /differ by up to 20\.0 points: conv1 of P-T\.1 loses 10\.0 points \(6\.0 to 14\.0\) with new ones, 30\.0 points \(25\.0 to 35\.0\) with its old ones\./,
    );
    assert.match(rewind.method(findings({ modules, raw }), { batchNormImages: 512 }), /taken anew .* over at most 512 training images/);
    assert.doesNotMatch(rewind.method(findings({ modules }), { batchNormImages: 512 }), /BatchNorm/);
  });
  test('summary, one verdict for two targets', () => {
    const all = ['a', 'b'].map((target) => findings({ contrasts: [contrastRow({ target })] }, target));
    assert.equal(
      rewind.summary[0]!(all),
      'The modules of P-T are less critical than those of RI-T on a (10.0 points, 6.0 to 14.0 a module set back to the start) and b (10.0 points, 6.0 to 14.0 a module set back to the start).',
    );
  });
});

const muRow = (row: Partial<CriticalityModuleRow>): CriticalityModuleRow => ({
  target: 'a',
  run: 'P-T.1',
  role: 'P-T',
  seed: 1,
  at: 'final',
  path: 'direct',
  scale: 'relative',
  module: 'conv1',
  depth: 0,
  head: false,
  mu: 120,
  low: 80,
  high: 200,
  alpha: 0.5,
  epoch: null,
  sigma: 0.01,
  relativeSigma: 0.1,
  distance: 2,
  rms: 0.1,
  epsilon: 0.2,
  finalError: 0.19,
  error: 0.2,
  standardError: 0.01,
  edge: false,
  n: 64,
  draws: 10,
  reason: null,
  ...row,
});
const sumRow = (row: Partial<CriticalityNetworkRow>): CriticalityNetworkRow => ({
  target: 'a',
  run: 'P-T.1',
  role: 'P-T',
  seed: 1,
  at: 'final',
  path: 'direct',
  scale: 'relative',
  mu: 1500,
  low: 900,
  high: 2100,
  modules: 5,
  edges: 0,
  n: 64,
  reason: null,
  ...row,
});

describe('criticality', () => {
  const SCRATCH = { run: 'RI-T.1', role: 'RI-T' };
  const far = sumRow({ ...SCRATCH, mu: 54321, low: 30000, high: 90000 });
  const late = muRow({ module: 'layer3.0', depth: 3, mu: 1380, low: 700, high: 2000 });
  const say = (modules: object[], networks: object[] = []) => criticality.answer(findings({ modules, networks }));

  test('sums compared, the most critical module of each run', () => {
    assert.equal(
      say([muRow({}), late, muRow({ ...SCRATCH, mu: 5e4, low: 3e4, high: 9e4 })], [sumRow({}), far]),
      'On a, network criticality is 1,500 (900 to 2,100) for P-T.1 and 54,300 (30,000 to 90,000) for RI-T.1: P-T is less critical than RI-T; most critical in P-T.1 is layer3.0, 1,380 (700 to 2,000); most critical in RI-T.1 is conv1, 50,000 (30,000 to 90,000).',
    );
  });
  test('reversed, undecided, without bounds', () => {
    assert.match(say([late], [sumRow({ mu: 1e6, low: 9e5, high: 2e6 }), far]), /P-T is more critical than RI-T/);
    assert.match(say([late], [sumRow({ high: 40000 }), far]), /the intervals show no difference, it is undecided/);
    assert.match(say([late], [sumRow({ high: null }), far]), /the intervals show no difference, it is undecided/);
    assert.match(
      say([late], [sumRow({ low: 1500, high: 1500 }), far]),
      /the intervals show no difference, it is undecided/,
      'no resample left one cell of the grid',
    );
    assert.match(say([late], [sumRow({})]), /is 1,500 \(900 to 2,100\) for P-T\.1; most/, 'one role is not compared');
  });
  test('an interval without an upper bound says so, and why, in section and headline', () => {
    const networks = [sumRow({ high: null }), far];
    const openly = muRow({ high: null });
    assert.match(
      say([openly], networks),
      /is 1,500 \(from 900, no upper bound\) for P-T\.1 and .*conv1, 120 \(from 80\.0, no upper bound\)\.$/,
    );
    assert.match(criticality.summary[0]!([findings({ networks })])!, /\(network criticality: P-T\.1 1,500, from 900, no upper bound; RI-T/);
    const cautions = criticality.cautions(findings({ modules: [openly], networks })).join(' ');
    assert.match(cautions, /Network criticality of P-T\.1 has no upper bound: in more than 1 of 40 resamples/);
    assert.match(say([muRow({ low: null, high: null })]), /is conv1, 120 \(no interval\)\.$/);
  });
  test('no feasible cell, no critical module, no run', () => {
    const none = muRow({ mu: null, low: null, high: null, alpha: null, sigma: null, reason: 'no feasible cell: …' });
    assert.match(
      say([none, late], [sumRow({ mu: null, low: null, high: null })]),
      /^On a, most critical in P-T\.1 is layer3\.0, .*, and conv1 of P-T\.1 has no feasible cell\.$/,
    );
    assert.match(say([muRow({ mu: 0, low: 0, high: 0 })]), /no module of P-T\.1 is critical/);
    assert.equal(say([]), 'On a, there is no trained run whose modules could be moved.');
    const cautions = criticality.cautions(findings({ modules: [none, muRow({ edge: true, module: 'fc' })] })).join(' ');
    assert.match(cautions, /edge of the grid of σ.*fc of P-T\.1/);
    assert.match(cautions, /No feasible cell: .* in conv1 of P-T\.1/);
    assert.match(cautions, /fewer than four/);
  });
  test('only the straight line and the first scale are spoken of', () => {
    assert.doesNotMatch(
      say([muRow({ path: 'optimization', module: 'x', mu: 9e9 }), late, muRow({ scale: 'absolute', module: 'y', mu: 9e9 })]),
      /is [xy]/,
    );
  });
  test('summary', () => {
    assert.equal(
      criticality.summary[0]!([findings({ networks: [sumRow({}), far] })]),
      'By path criticality P-T is less critical than RI-T on a (network criticality: P-T.1 1,500, 900 to 2,100; RI-T.1 54,300, 30,000 to 90,000).',
    );
    assert.equal(criticality.summary[0]!([findings({ networks: [sumRow({})] })]), null);
  });
});

test('criticality: what the other paths and scales come to', () => {
  const sum = (path: string, scale: string, run: string, mu: number | null) => ({
    ...sumRow({}),
    path,
    scale,
    run,
    role: run.split('.')[0]!,
    mu,
  });
  const networks = [
    sum('direct', 'relative', 'P-T.1', 900),
    sum('direct', 'absolute', 'P-T.1', 400),
    sum('direct', 'absolute', 'RI-T.1', null),
    sum('optimization', 'relative', 'P-T.1', 12300),
  ];
  const modules = [muRow({}), muRow({ scale: 'absolute' })];
  const said = criticality.cautions(findings({ modules, networks })).join(' ');
  assert.match(
    said,
    /By the other paths and scales network criticality is: on the straight line with σ in the weights’ own unit 400 \(900 to 2,100\) for P-T\.1 and undefined for RI-T\.1; along the saved checkpoints with σ in multiples of the module’s RMS weight 12,300 \(900 to 2,100\) for P-T\.1\./,
  );
  const method = criticality.method(findings({ modules, networks }), {});
  assert.match(
    method,
    /grid in multiples of the module’s RMS weight, and on one in the weights’ own unit; sentences and charts have multiples/,
  );
  assert.doesNotMatch(criticality.cautions(findings({ modules: [muRow({})], networks: networks.slice(0, 1) })).join(' '), /By the other/);
});
