// The paper's findings beside made-up rows: each claim reproduced, contradicted, undecided, and without the rows it needs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PaperFinding, Section } from '../../src/report/contract.js';
import { CLAIMS, compareWithPaper } from '../../src/report/paper/compare.js';
import { ambiguityRow, barrierRow, ckaRow, distanceRow, findings, gapRow, pairRow, runRow, contrastRow } from './rows.js';

const section = (analysis: string, tables: Record<string, readonly object[]>): Section =>
  ({ id: `${analysis}-a`, analysis, ...findings(tables) }) as unknown as Section;
const verdicts = (analysis: string, tables: Record<string, readonly object[]>): Record<string, PaperFinding['verdict']> =>
  Object.fromEntries(compareWithPaper([section(analysis, tables)]).map(({ claim, verdict }) => [claim, verdict]));

const SCRATCH = { a: 'RI-T.1', b: 'RI-T.2', pair: 'RI-T & RI-T' };
const MIXED = { a: 'P-T.1', b: 'RI-T.1', pair: 'P-T & RI-T' };
const KEPT = { a: 'P-T.1', b: 'P', pair: 'P-T & P' };
const FAR = { a: 'RI-T.1', b: 'P', pair: 'RI-T & P' };

test('no rows, no verdict', () => {
  assert.deepEqual(compareWithPaper([]), []);
  assert.deepEqual(compareWithPaper([...new Set(CLAIMS.map(({ analysis }) => analysis))].map((analysis) => section(analysis, {}))), []);
});

test('accuracy and speed: by the sign of the interval', () => {
  const speed = gapRow({ metric: 'speed', at: 'all epochs' });
  assert.deepEqual(Object.values(verdicts('learning-curves', { gaps: [gapRow({}), speed] })), ['reproduced', 'reproduced']);
  assert.deepEqual(
    Object.values(verdicts('learning-curves', { gaps: [gapRow({ low: -0.01 }), { ...speed, gap: -0.1, low: -0.2, high: -0.05 }] })),
    ['undecided', 'not reproduced'],
  );
  assert.deepEqual(Object.values(verdicts('learning-curves', { gaps: [{ ...speed, low: null, high: null }] })), ['undecided']);
  const [first] = compareWithPaper([section('learning-curves', { gaps: [gapRow({})] })]);
  assert.deepEqual(first, {
    claim: 'Pre-training raises accuracy on the target',
    paper: 'real: P-T 78.4 %, RI-T 61.5 %',
    target: 'a',
    verdict: 'reproduced',
    measured: 'P-T 50.0 %, RI-T 43.0 %: 7.0 points (2.0 to 12.0)',
    section: 'learning-curves-a',
  });
});

test('mistakes: by the interval of the difference of κ, though those of both overlap', () => {
  const mixed = pairRow({ ...MIXED, kappa: 0.4, kappaLow: 0.3, kappaHigh: 0.45 });
  const shared = (pairs: object[], ...contrasts: object[]) =>
    verdicts('mistakes', { pairs, contrasts })['P-T runs make more common mistakes than P-T and RI-T do'];
  const both = [pairRow({}), { ...mixed, kappaHigh: 0.6 }];
  assert.equal(shared(both, contrastRow({})), 'reproduced');
  assert.equal(shared(both, contrastRow({ low: -0.01 })), 'undecided');
  assert.equal(shared(both, contrastRow({ low: null, high: null })), 'undecided');
  assert.equal(shared(both, contrastRow({ difference: -0.2, low: -0.3, high: -0.1 })), 'not reproduced');
  assert.equal(shared(both, contrastRow({ difference: null, low: null, high: null })), undefined);
  assert.equal(shared([mixed]), undefined);
  const [ambiguous] = Object.values(verdicts('mistakes', { ambiguity: [ambiguityRow({ low: -0.1 })] }));
  assert.equal(ambiguous, 'undecided');
});

test('CKA: in every module, heads left out', () => {
  const tuned = [
    ckaRow({}),
    ckaRow({ module: 'layer3', depth: 3 }),
    ckaRow({ module: 'head', depth: 4, value: 0.1, low: 0.05, high: 0.15 }),
  ];
  const kept = [ckaRow(KEPT), ckaRow({ ...KEPT, module: 'layer3', depth: 3 })];
  const scratch = (value: number, module = 'stem') => ckaRow({ ...SCRATCH, module, value, low: value - 0.05, high: value + 0.05 });
  const claim = 'P-T & P-T is more alike than RI-T & RI-T, in every module';
  const of = (...rows: object[]) => verdicts('cka', { similarities: [...tuned, ...kept, ...rows] })[claim];
  assert.equal(of(scratch(0.3), scratch(0.3, 'layer3'), scratch(0.9, 'head')), 'reproduced');
  assert.equal(of(scratch(0.3), scratch(0.88, 'layer3')), 'undecided');
  assert.equal(of(scratch(0.3), scratch(0.99, 'layer3')), 'not reproduced');
  assert.equal(of(), undefined);
});

test('distance: every pair of one kind against every pair of the other', () => {
  const claim = 'P-T runs lie closer together than RI-T runs';
  const of = (...l2: number[]) =>
    verdicts('distance', {
      distances: [distanceRow({}), distanceRow({ b: 'P-T.3', l2: 12 }), ...l2.map((each) => distanceRow({ ...SCRATCH, l2: each }))],
    })[claim];
  assert.deepEqual([of(20, 30), of(10, 30), of(5, 6), of()], ['reproduced', 'undecided', 'not reproduced', undefined]);
  const { 'P lies closer to P-T than to RI-T': kept } = verdicts('distance', {
    distances: [distanceRow({ ...KEPT, l2: 3 }), distanceRow({ ...FAR, l2: 9 })],
  });
  assert.equal(kept, 'reproduced');
});

test('basins: one basin and barriers by the same bound of two points', () => {
  const wall = { barrier: 0.3, low: 0.25, high: 0.35, oneBasin: false };
  assert.deepEqual(
    verdicts('interpolation', { barriers: [barrierRow({}), barrierRow({ ...SCRATCH, ...wall }), barrierRow({ ...MIXED, ...wall })] }),
    {
      'P-T runs lie in one basin': 'reproduced',
      'Between RI-T runs stands a barrier': 'reproduced',
      'Between P-T and RI-T stands a barrier': 'reproduced',
    },
  );
  assert.deepEqual(verdicts('interpolation', { barriers: [barrierRow(wall), barrierRow(SCRATCH), barrierRow({ ...MIXED, high: 0.03 })] }), {
    'P-T runs lie in one basin': 'not reproduced',
    'Between RI-T runs stands a barrier': 'not reproduced',
    'Between P-T and RI-T stands a barrier': 'undecided',
  });
});

test('basins with BatchNorm: by statistics taken anew, and a pair counts once', () => {
  const raw = barrierRow({ batchNorm: 'raw', barrier: 0.3, low: 0.25, high: 0.35, oneBasin: false });
  const of = (...barriers: object[]) => compareWithPaper([section('interpolation', { barriers })])[0]!;
  const anew = of(barrierRow({ batchNorm: 're-estimated' }), raw);
  assert.deepEqual([anew.verdict, anew.measured], ['reproduced', 'barrier 0.8 points (0.0 to 1.8) over 1 pair']);
  assert.equal(of(raw).verdict, 'undecided', 'mixed statistics decide nothing');
});

test('modules: rewind by the sign of its intervals, path criticality by intervals apart, basins by what was found', () => {
  const contrast = { to: 0, module: '', pretrained: 0.1, random: 0.3, difference: -0.2, low: -0.3, high: -0.1 };
  const role = { role: 'P-T', to: 0, growth: 0.2, growthLow: 0.1, growthHigh: 0.3 };
  const later = { ...contrast, to: 5, difference: 0.5, low: 0.4, high: 0.6 };
  const back = (over: object, growth: object) =>
    Object.values(verdicts('rewind', { contrasts: [{ ...contrast, ...over }, later], roles: [{ ...role, ...growth }] }));
  assert.deepEqual(back({}, {}), ['reproduced', 'reproduced']);
  assert.deepEqual(back({ high: 0.1 }, { growthLow: -0.1 }), ['undecided', 'undecided']);
  assert.deepEqual(back({ low: 0.1, high: 0.3 }, { growthLow: -0.2, growthHigh: -0.1 }), ['not reproduced', 'not reproduced']);

  const network = (run: string, mu: number | null) => ({ run, role: run.slice(0, -2), path: 'direct', scale: 'relative', mu, low: mu && mu - 1, high: mu && mu + 1 }); // prettier-ignore
  const module = (depth: number, mu: number) => ({ run: 'P-T.1', role: 'P-T', path: 'direct', scale: 'relative', module: `m${depth}`, depth, head: depth === 3, mu, low: mu - 1, high: mu + 1 }); // prettier-ignore
  const path = (tuned: number, scratch: number | null, ...mus: number[]) =>
    Object.values(verdicts('criticality', { networks: [network('P-T.1', tuned), network('RI-T.1', scratch)], modules: mus.map((mu, depth) => module(depth, mu)) })); // prettier-ignore
  assert.deepEqual(path(5, 10, 1, 9, 9, 0), ['reproduced', 'reproduced'], 'of three modules of the body the middle one is in neither half');
  assert.deepEqual(path(5, 6, 3, 9, 4, 0), ['undecided', 'undecided']);
  assert.deepEqual(path(9, 2, 9, 1, 1, 20), ['not reproduced', 'not reproduced']);
  assert.deepEqual(path(5, null), []);
  const exact = (run: string, mu: number) => ({ ...network(run, mu), low: mu, high: mu });
  const [onGrid] = compareWithPaper([section('criticality', { networks: [exact('P-T.1', 5), network('RI-T.1', 10)], modules: [] })]);
  assert.deepEqual([onGrid!.verdict, onGrid!.measured], ['undecided', 'μ 5.0 (5.0 to 5.0) for P-T.1 and 10.0 (9.0 to 11.0) for RI-T.1'], 'no resample left one cell of the grid'); // prettier-ignore
  const openly = { ...network('P-T.1', 94494), low: 1903.4, high: null };
  const [half] = compareWithPaper([section('criticality', { networks: [openly, network('RI-T.1', 10)], modules: [] })]);
  assert.deepEqual([half!.verdict, half!.measured], ['undecided', 'μ 94,500 (from 1,900, no upper bound) for P-T.1 and 10.0 (9.0 to 11.0) for RI-T.1']); // prettier-ignore

  const found = { pair: 'P-T & P-T', level: 1, mu: 0.5, epsilon: 0.01, delta: 3, deltaHigh: 4, weights: 100, reason: null };
  const basin = (over: object) =>
    Object.values(
      verdicts('basin', {
        basins: [
          { ...found, ...over },
          { ...found, pair: 'RI-T & RI-T', mu: null },
        ],
      }),
    );
  assert.deepEqual(basin({}), ['reproduced']);
  assert.deepEqual(basin({ delta: null, reason: 'no δ' }), ['undecided']);
  assert.deepEqual(basin({ deltaHigh: null }), ['undecided']);
  assert.deepEqual(basin({ mu: null, epsilon: null, delta: null, reason: 'leaves the level' }), ['not reproduced']);
  const [said] = compareWithPaper([section('basin', { basins: [found] })]);
  assert.deepEqual([said!.paper, said!.measured], ['real (0.0038, 49.14), clipart (0.0054, 98.28), quickdraw (0.0034, 49.14)', '(0.0100, 3.00) in a network of 100 weights']); // prettier-ignore
});

const BLOCK = {
  target: 'a',
  metric: 'accuracy',
  at: 'final',
  pretrained: 0.5,
  random: 0.4,
  gap: 0.1,
  low: 0.05,
  high: 0.15,
  relative: 0.2,
  chance: 0.17,
};

test('shuffled blocks: trends by their intervals; at chance nothing is said of help', () => {
  const gapsOf = (...relative: number[]) => [
    { ...BLOCK, size: '*', whole: false },
    ...relative.map((each, i) => ({ ...BLOCK, size: String(2 ** i), whole: i === relative.length - 1, gap: 0.5 * each, relative: each })),
  ];
  const gaps = gapsOf(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
  const trend = (measure: string, value: number, low: number) => ({
    measure,
    value,
    low,
    high: 1,
    from: '32',
    to: '1',
    pretrained: 0.9,
    random: 0.5,
  });
  const of = (tables: Record<string, readonly object[]>) => Object.values(verdicts('block-shuffle', tables));
  assert.deepEqual(of({ gaps, trends: [trend('relative gap', 0.9, 0.4), trend('speed kept', 0.4, 0.1)] }), [
    'reproduced',
    'reproduced',
    'reproduced',
  ]);
  assert.deepEqual(of({ gaps, trends: [trend('relative gap', 0.9, -0.4), trend('speed kept', 0.4, -0.1)] }), [
    'undecided',
    'reproduced',
    'undecided',
  ]);
  assert.deepEqual(of({ gaps: [{ ...gaps[0]!, relative: null }], trends: [] }), ['undecided']);
  // the interval is over images: the permutation test over the sizes has to agree
  const shrinks = (...relative: number[]) =>
    compareWithPaper([section('block-shuffle', { gaps: gapsOf(...relative), trends: [{ ...trend('relative gap', 0.9, 0.4), from: String(2 ** (relative.length - 1)) }] })])[0]!; // prettier-ignore
  assert.deepEqual([shrinks(0.1, 0.2, 0.3).verdict, shrinks(0.1, 0.2, 0.3, 0.4).verdict], ['undecided', 'undecided'], 'too few sizes');
  assert.equal(shrinks(0.1, 0.2, 0.3, 0.4, 0.5).verdict, 'reproduced');
  // Σd² = 6 of 6 sizes, ρ = 0.829: by the table of Spearman's ρ 0.05 takes 0.886
  const loose = shrinks(0.2, 0.1, 0.4, 0.3, 0.6, 0.5);
  assert.equal(loose.verdict, 'undecided');
  assert.match(loose.measured, /; rank correlation with the side 0\.90, 0\.40 to 1\.00, p = 0\.058 over 6 sizes$/);
  assert.equal(shrinks(0.2, 0.1, 0.3, 0.4, 0.6, 0.5).verdict, 'reproduced', 'Σd² = 4, ρ = 0.886');
});

test('networks that learned nothing reproduce nothing: the reason stands beside the numbers', () => {
  const levels = (over: object) => section('learning-curves', { runs: ['P-T.1', 'P-T.2', 'RI-T.1'].map((run) => runRow({ run, role: run.slice(0, -2), accuracy: 0.18, low: 0.14, high: 0.22, ...over })) }); // prettier-ignore
  const contrast = { to: 0, module: '', pretrained: 0.1, random: 0.3, difference: -0.2, low: -0.3, high: -0.1 };
  const others = [
    section('learning-curves', { gaps: [gapRow({})] }),
    section('interpolation', { barriers: [barrierRow({}), barrierRow({ ...SCRATCH, barrier: 0.3, low: 0.25, high: 0.35, oneBasin: false })] }), // prettier-ignore
    section('distance', { distances: [distanceRow({}), distanceRow({ ...SCRATCH, l2: 50 })] }),
    section('rewind', { contrasts: [contrast], roles: [] }),
  ];
  const said = (...sections: Section[]) => compareWithPaper([...sections, ...others]);
  assert.deepEqual([...new Set(said().map(({ verdict }) => verdict))], ['reproduced'], 'no level is known');
  for (const { verdict, measured, claim } of said(levels({}))) {
    if (/raises accuracy/.test(claim)) continue;
    assert.equal(verdict, 'undecided', claim);
    assert.match(measured, /; no .*network on a is above chance \(17\.0 %\), the best reaches 18\.0 % \(14\.0 to 22\.0\)$/);
  }
  assert.deepEqual([...new Set(said(levels({ low: 0.171 })).map(({ verdict }) => verdict))], ['reproduced']);
});

test('rewind: a network that is less accurate by as much as it loses less has less to lose', () => {
  const contrast = { to: 0, module: '', pretrained: 0.1, random: 0.3, difference: -0.2, low: -0.3, high: -0.1 };
  const of = (tuned: number, scratch: number) => {
    const runs = [runRow({ accuracy: tuned }), runRow({ run: 'RI-T.1', role: 'RI-T', accuracy: scratch })];
    const all = [section('learning-curves', { runs }), section('rewind', { contrasts: [contrast] })];
    return compareWithPaper(all).find(({ claim }) => /^Setting/.test(claim))!;
  };
  assert.equal(of(0.6, 0.5).verdict, 'reproduced');
  assert.equal(of(0.5, 0.6).verdict, 'reproduced', 'less accurate, but by less than it loses less');
  const less = of(0.4, 0.7);
  assert.equal(less.verdict, 'undecided');
  assert.match(less.measured, /; P-T may lose less on a only because it has less to lose: its accuracy is 40\.0 %, that of RI-T 70\.0 %$/);
});

test('checkpoints: an epoch near two thirds loses surely less than the margin, surely something, or it is undecided', () => {
  const row = (epoch: number, behind: number, low: number, high: number) => ({ epoch, accuracy: 0.5 - behind, low: 0.4, high: 0.6, chance: 0.1, behind, behindLow: low, behindHigh: high, withinNoise: low <= 0 }); // prettier-ignore
  const last = row(9, 0, 0, 0);
  const of = (...epochs: object[]) => compareWithPaper([section('checkpoint-choice', { epochs })]).map(({ verdict, measured }) => [verdict, measured]); // prettier-ignore
  const verdict = (...epochs: object[]) => of(...epochs)[0]![0];
  const start = row(0, 0.3, 0.2, 0.4);
  assert.deepEqual(of(start, row(3, 0.2, 0.1, 0.3), row(6, 0.005, -0.005, 0.019), last), [
    ['reproduced', 'epoch 6 of 9 49.5 %, the last 50.0 %: it is behind the last by 0.5 points (−0.5 to 1.9)'],
  ]);
  assert.equal(verdict(start, row(6, 0.026, 0, 0.054), last), 'undecided', 'touching zero decides nothing');
  assert.equal(verdict(start, row(6, 0.03, 0.01, 0.05), last), 'not reproduced');
  // far from two thirds an epoch says nothing of it, however good
  assert.deepEqual(of(start, row(1, 0.001, 0, 0.002), row(4, 0.001, 0, 0.002), row(8, 0.03, 0.01, 0.05), last), [
    ['undecided', 'no epoch near two thirds was tried: 0, 1, 4, 8 and 9'],
  ]);
  // the nearest counts, not the better one
  assert.equal(verdict(start, row(5, 0, 0, 0), row(6, 0.03, 0.01, 0.05), { ...last, behind: 0.01, behindLow: -0.01 }), 'undecided');
  assert.deepEqual(of(start, row(6, 0, 0, 0), row(9, 0.01, -0.01, 0.03))[0], ['reproduced', 'epoch 6 of 9 50.0 %, the last 49.0 %: the last is behind it, the best tried, by 1.0 point (−1.0 to 3.0)']); // prettier-ignore
  assert.equal(verdict(start, row(6, 0, 0, 0), row(9, 0.01, -0.03, 0.05)), 'undecided', 'the last may be better by more than the margin');
  const blind = [start, row(6, 0, 0, 0), last].map((each) => ({ ...each, chance: 0.45 }));
  assert.match(of(...blind)[0]![1]!, /no P-T network on a is above chance/);
  assert.equal(verdict(...blind), 'undecided');
});
