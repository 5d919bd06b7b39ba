// The sentences a reader may quote: each finding present, absent, reversed, undecided, without interval, and with runs missing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cka } from '../../src/report/sections/cka.js';
import { distance } from '../../src/report/sections/distance.js';
import { interpolation } from '../../src/report/sections/interpolation.js';
import { learningCurves } from '../../src/report/sections/learning-curves.js';
import { mistakes } from '../../src/report/sections/mistakes.js';
import { layers as map } from '../../src/web/charts/cka-layers.js';
import { SECTIONS } from '../../src/report/sections/registry.js';
import {
  ambiguityRow,
  ambiguityTestRow,
  barrierRow,
  ckaLayerRow,
  ckaRow,
  classGapRow,
  contrastRow,
  distanceRow,
  findings,
  gapRow,
  pairRow,
  runRow,
} from './rows.js';

const SCRATCH = { a: 'RI-T.1', b: 'RI-T.2', pair: 'RI-T & RI-T' };
const MIXED = { a: 'P-T.1', b: 'RI-T.1', pair: 'P-T & RI-T' };
const KEPT = { a: 'P-T.1', b: 'P', pair: 'P-T & P' };

describe('learning curves', () => {
  const say = (...gaps: object[]) => learningCurves.answer(findings({ gaps }));
  const speed = gapRow({ metric: 'speed', at: 'all epochs', pretrained: 0.61, random: 0.43, gap: 0.18, low: 0.15, high: 0.21 });

  test('a gain, and speed', () => {
    assert.equal(
      say(gapRow({}), speed),
      'On a, pre-training raised test accuracy by 7.0 points (2.0 to 12.0), from 43.0 % to 50.0 %; pre-training raised the speed of learning (mean training accuracy over all epochs) by 18.0 points (15.0 to 21.0), from 43.0 % to 61.0 %.',
    );
  });
  test('reversed', () => {
    assert.equal(
      say(gapRow({ pretrained: 0.4, random: 0.45, gap: -0.05, low: -0.09, high: -0.01 })),
      'On a, pre-training lowered test accuracy by 5.0 points (1.0 to 9.0), from 45.0 % to 40.0 %.',
    );
  });
  test('undecided, also where the interval only touches zero', () => {
    for (const low of [-0.02, 0])
      assert.match(say(gapRow({ low })), /^On a, no difference shows in test accuracy: 50\.0 % with .* is undecided\.$/);
  });
  test('one run a role: speed has no interval', () => {
    assert.match(
      say(gapRow({}), { ...speed, low: null, high: null }),
      /was 61\.0 % with pre-training and 43\.0 % without, a difference of 18\.0 points that has no interval\.$/,
    );
    const caution = learningCurves.cautions(findings({ runs: [runRow({}), runRow({ run: 'RI-T.1', role: 'RI-T' })], gaps: [gapRow({})] }));
    assert.ok(caution.some((text) => text.startsWith('There is one run a role')));
  });
  test('one role only', () => {
    assert.equal(
      learningCurves.answer(findings({ runs: [runRow({}), runRow({ at: 'best' })], gaps: [] })),
      'On a only P-T was trained, so there is nothing to compare it with; its test accuracy: P-T.1 48.2 % (45.1 to 51.3).',
    );
    assert.equal(learningCurves.answer(findings({})), 'No run on a was measured.');
  });
  test('the last epoch goes before the best', () => {
    assert.match(say(gapRow({ at: 'best', gap: 0.3 }), gapRow({ gap: 0.07 })), /by 7\.0 points/);
  });
  test('accuracy at chance is said', () => {
    const cautions = learningCurves.cautions(
      findings({ gaps: [gapRow({ random: 0.16, relative: null, reason: 'no relative gap: the interval of P-T touches chance' })] }),
    );
    assert.ok(cautions.includes('There is no relative gap: the interval of P-T touches chance.'));
    assert.ok(cautions.some((text) => text.includes('not above chance (17.0 %)')));
  });
  test('networks that were trained elsewhere and are no better than chance: what is most likely wrong', () => {
    const cautions = (...rows: Parameters<typeof runRow>[0][]) => learningCurves.cautions(findings({ runs: rows.map(runRow), gaps: [] }));
    const lost = { epoch: null, accuracy: 0.15, low: 0.11, high: 0.19 };
    assert.match(
      cautions(lost, { epoch: null, run: 'P-T.2' })[0]!,
      /^Trained elsewhere, and on a no better than chance \(17\.0 %\) in accuracy: P-T\.1 15\.0 % \(11\.0 to 19\.0\)\. .*another order .*normalized .*size/,
    );
    for (const fine of [{ epoch: null }, { ...lost, epoch: 40 }, { ...lost, low: 0.1701 }])
      assert.ok(!cautions(fine).some((text) => text.startsWith('Trained elsewhere')), 'above chance, or trained here');
  });
});

describe('mistakes', () => {
  const mixed = pairRow({ ...MIXED, kappa: 0.4, kappaLow: 0.3, kappaHigh: 0.45 });

  test('shared among P-T runs, and ambiguous', () => {
    assert.equal(
      mistakes.answer(findings({ pairs: [pairRow({}), mixed], contrasts: [contrastRow({})], ambiguity: [ambiguityRow({})] })),
      'On a, P-T runs err on the same images more than P-T and RI-T do: κ is 0.60 (0.50 to 0.70) between P-T runs and 0.40 (0.30 to 0.45) between P-T and RI-T, a difference of 0.20 (0.10 to 0.30); where both err they name the same wrong label 60.0 % (50.0 to 70.0) of the time between P-T runs and 60.0 % (50.0 to 70.0) of the time between P-T and RI-T; images that only P-T gets wrong are more ambiguous than those only RI-T gets wrong, by 0.06 (0.02 to 0.10) on a scale from 0 to 1.',
    );
  });
  test('the ambiguity’s effect size and p', () => {
    const say = (row: object) => mistakes.answer(findings({ pairs: [mixed], ambiguity: [ambiguityRow({})], ambiguityTest: [row] }));
    assert.match(
      say(ambiguityTestRow({})),
      /by 0\.06 \(0\.02 to 0\.10\) on a scale from 0 to 1, Cliff’s δ 0\.31 \(0\.08 to 0\.52\), permutation p = 0\.012\.$/,
    );
    assert.match(say(ambiguityTestRow({ p: 0.0001 })), /permutation p < 0\.001\.$/);
    assert.doesNotMatch(say(ambiguityTestRow({ cliffsDelta: null, p: null })), /Cliff|permutation/);
  });
  test('classes whose gain is decided, against what chance would decide', () => {
    const say = (...classGaps: object[]) => mistakes.cautions(findings({ classGaps })).find((text) => /by chance alone/.test(text));
    const rows = [
      classGapRow({}),
      classGapRow({ gain: -0.1, low: -0.2, high: -0.01 }),
      classGapRow({ low: -0.1 }),
      classGapRow({ low: 0 }),
      classGapRow({ low: null }),
    ];
    assert.equal(
      say(...rows),
      'In 1 of 4 classes P-T is more accurate than RI-T and in 1 less so by the class’ own interval; about 0.2 of them would be decided by chance alone.',
    );
    assert.equal(say(), undefined);
  });
  test('absent and reversed', () => {
    const say = (row: object) => mistakes.answer(findings({ pairs: [pairRow({}), mixed], contrasts: [contrastRow(row)] }));
    assert.match(say({ low: 0 }), /is undecided: .* a difference of 0\.20 \(0\.00 to 0\.30\); where both err/);
    assert.match(say({ difference: -0.2, low: -0.3, high: -0.1 }), /less than P-T and RI-T do/);
    const clearer = ambiguityRow({ ambiguity: -0.06, low: -0.1, high: -0.02 });
    assert.match(
      mistakes.answer(findings({ pairs: [pairRow({}), mixed], ambiguity: [clearer] })),
      /less ambiguous .* by 0\.06 \(0\.02 to 0\.10\)/,
    );
    assert.match(
      mistakes.answer(findings({ pairs: [mixed], ambiguity: [ambiguityRow({ low: -0.01 })] })),
      /no difference shows in how ambiguous/,
    );
  });
  test('groups of few images, and of none', () => {
    const ambiguity = [ambiguityRow({ group: 'only P-T wrong', n: 0 }), ambiguityRow({ group: 'only RI-T wrong', n: 3 })];
    const cautions = mistakes.cautions(findings({ pairs: [mixed], ambiguity }));
    assert.ok(cautions.includes('The group “only P-T wrong” has no images.'), cautions.join('|'));
    assert.ok(cautions.includes('The group “only RI-T wrong” has only 3 images.'));
  });
  test('four pairs: mean and hull', () => {
    const pairs = [pairRow({}), mixed, { ...mixed, kappa: 0.42, kappaLow: 0.31, kappaHigh: 0.48 }];
    assert.match(mistakes.answer(findings({ pairs, contrasts: [contrastRow({})] })), /0\.41 \(0\.30 to 0\.48\) between P-T and RI-T/);
  });
  test('κ undefined, no pair, one pair', () => {
    const undefinedPair = pairRow({
      kappa: null,
      kappaLow: null,
      kappaHigh: null,
      reason: 'κ is undefined: both networks are always right',
      sharedMistakeAgreement: null,
    });
    assert.equal(
      mistakes.answer(findings({ pairs: [undefinedPair] })),
      'On a, mistakes cannot be compared, as κ is undefined: both networks are always right.',
    );
    assert.ok(
      mistakes
        .cautions(findings({ pairs: [undefinedPair] }))
        .includes('For P-T.1 & P-T.2: κ is undefined: both networks are always right.'),
    );
    const same = pairRow({ kappa: 1, kappaLow: null, kappaHigh: null, reason: 'κ has no interval: why' });
    assert.match(
      mistakes.answer(findings({ pairs: [same, mixed], contrasts: [contrastRow({ low: null, high: null })] })),
      /κ is 1\.00 between P-T runs and 0\.40 .*, a difference of 0\.20 without an interval/,
    );
    assert.deepEqual(
      mistakes.cautions(findings({ pairs: [same, undefinedPair] })).filter((text) => text.startsWith('For ')),
      ['For P-T.1 & P-T.2: κ has no interval: why.', 'For P-T.1 & P-T.2: κ is undefined: both networks are always right.'],
    );
    assert.equal(
      mistakes.answer(findings({ pairs: [mixed] })),
      'On a, mistakes are shared more often than by chance between P-T and RI-T: κ is 0.40 (0.30 to 0.45); where both err they name the same wrong label 60.0 % (50.0 to 70.0) of the time between P-T and RI-T.',
    );
    assert.match(mistakes.answer(findings({ pairs: [{ ...mixed, kappaLow: -0.1 }] })), /it is undecided whether mistakes are shared/);
    assert.doesNotMatch(
      mistakes.answer(findings({ pairs: [mixed], ambiguity: [ambiguityRow({ ambiguity: null, low: null, high: null })] })),
      /ambiguous/,
    );
  });
});

describe('cka', () => {
  const scratch = (row: object = {}) => ckaRow({ ...SCRATCH, value: 0.3, low: 0.25, high: 0.35, ...row });
  const deep = { module: 'layer3', depth: 3 };

  test('more alike everywhere, and what is kept of P', () => {
    const similarities = [
      ckaRow({}),
      ckaRow({ ...deep, value: 0.8, low: 0.77, high: 0.83 }),
      scratch(),
      scratch(deep),
      ckaRow(KEPT),
      ckaRow({ ...KEPT, ...deep, value: 0.6, low: 0.55, high: 0.65 }),
    ];
    assert.equal(
      cka.answer(findings({ similarities })),
      'On a, P-T pairs are more alike than RI-T pairs in all 2 modules; mean CKA is 0.85 against 0.30, in layer3, the deepest, 0.80 (0.77 to 0.83) against 0.30 (0.25 to 0.35); P-T compared with P has 0.90 (0.88 to 0.92) in stem and 0.60 (0.55 to 0.65) in layer3.',
    );
  });
  test('absent, reversed, in part', () => {
    const same = scratch({ value: 0.89, low: 0.86, high: 0.91 });
    assert.match(cka.answer(findings({ similarities: [ckaRow({}), same] })), /no difference shows .* it is undecided/);
    const more = scratch({ value: 0.97, low: 0.95, high: 0.99 });
    assert.match(cka.answer(findings({ similarities: [ckaRow({}), more] })), /less alike than RI-T pairs in the one module compared/);
    assert.match(
      cka.answer(findings({ similarities: [ckaRow({}), ckaRow(deep), same, scratch(deep)] })),
      /are more alike in 1 of 2 modules \(1 undecided\)/,
    );
  });
  test('undefined values, P missing, a single run', () => {
    const none = scratch({ value: null, low: null, high: null, reason: 'constant features' });
    assert.match(
      cka.answer(findings({ similarities: [ckaRow({}), none] })),
      /mean CKA over modules is 0\.90 between P-T runs; without two P-T and two RI-T runs/,
    );
    assert.ok(
      cka.cautions(findings({ similarities: [ckaRow({}), none] })).includes('CKA is undefined in 1 of 2 comparisons: constant features.'),
    );
    assert.equal(cka.answer(findings({ similarities: [] })), 'On a, there is no pair of runs whose features could be compared.');
    assert.doesNotMatch(cka.answer(findings({ similarities: [ckaRow({}), scratch()] })), /with P/);
  });
  test('layer against layer: how often like matches like best', () => {
    const map = (values: readonly (readonly number[])[], row: object = {}) =>
      values.flatMap((line, i) =>
        line.map((value, j) => ckaLayerRow({ moduleA: `m${i}`, depthA: i, moduleB: `m${j}`, depthB: j, value, ...row })),
      );
    const layers = [
      ...map([
        [0.9, 0.5],
        [0.4, 0.8],
      ]),
      ...map(
        [
          [0.5, 0.6],
          [0.4, 0.8],
          [0.1, 0.1],
        ],
        { a: 'P-T.1', b: 'P', pair: 'P-T & P' },
      ),
    ];
    assert.match(
      cka.answer(findings({ similarities: [ckaRow({}), scratch()], layers })),
      /; of all layers of the other network, the same one is the most alike in 2 of 2 for P-T\.1 & P-T\.2 and 1 of 2 for P-T\.1 & P\.$/,
    );
  });
  test('of many pairs the highest and the lowest kind are named, and how many there are', () => {
    const names = ['P-T.1', 'P-T.2', 'RI-T.1', 'RI-T.2', 'P'];
    const role = (name: string) => name.replace(/\..*/, '');
    const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => ({ a, b, pair: `${role(a)} & ${role(b)}` })));
    const layers = (good: (pair: string) => boolean) =>
      pairs.flatMap((row) => [0, 1].flatMap((i) => [0, 1].map((j) => ckaLayerRow({ ...row, moduleA: `m${i}`, moduleB: `m${j}`, value: (i === j) === (good(row.pair) || i === 0) ? 0.9 : 0.1 })))); // prettier-ignore
    const said = (good: (pair: string) => boolean) =>
      cka.answer(findings({ similarities: [ckaRow({}), scratch()], layers: layers(good) })).replace(/.*; of all/, 'of all');
    assert.equal(
      said((pair) => pair === 'P-T & P-T'),
      'of all layers of the other network, the same one is the most alike in 4 of 8 (between P-T and RI-T) to 2 of 2 (between P-T runs), over 10 pairs.',
    );
    assert.equal(
      said(() => true),
      'of all layers of the other network, the same one is the most alike in 20 of 20 modules over 10 pairs.',
    );
    const own = ['A', 'B', 'C', 'D', 'E'].flatMap((a, i, all) => all.slice(i + 1).map((b, k) => ckaRow({ a, b, pair: `${a} & ${b}`, value: 0.5 + 0.1 * i - 0.01 * k }))); // prettier-ignore
    assert.equal(
      cka.answer(findings({ similarities: own })),
      'On a, mean CKA over modules is from 0.47 between A and E to 0.80 between D and E (10 kinds, 10 pairs); without two P-T and two RI-T runs there is nothing to compare.',
    );
  });
  test('layer against layer: the method and the map say of how many pairs', () => {
    const layer = (b: string, value = 0.9) => [ckaLayerRow({ b, value }), ckaLayerRow({ b, value: 0.3, moduleB: 'layer3', depthB: 1 })];
    const layers = [...layer('P-T.2'), ...layer('P-T.3', 0.2), ...layer('P-T.4')];
    const method = (rows: object[], crossLayer: string) =>
      cka.method(findings({ similarities: [ckaRow({})], layers: rows }), { crossLayer });
    assert.match(method(layers, 'all'), /every module of the other: all 3 pairs, in the table; the map draws the first of each kind\./);
    assert.match(method(layer('P-T.2'), 'first'), /every module of the other: the first pair of each kind\./);
    assert.doesNotMatch(method([], 'none'), /every module of the other/);
    assert.match(map.alt({ layers } as never), /P-T\.1 & P-T\.2, 1 of 3 pairs highest in stem with stem/);
    assert.match(map.alt({ layers: layer('P-T.2') } as never), /P-T\.1 & P-T\.2 highest in stem/);
  });
  test('the biased estimator is cautioned with its baseline', () => {
    const cautions = cka.cautions(findings({ similarities: [ckaRow({ estimator: 'biased', baseline: 0.93 })] }));
    assert.ok(cautions.some((text) => text.includes('n = 312, p = 4096') && text.includes('would score 0.93 in stem')));
  });
});

describe('distance', () => {
  const scratch = distanceRow({ ...SCRATCH, l2: 29.8 });
  const say = (...distances: object[]) => distance.answer(findings({ distances }));

  test('three times as far', () => {
    assert.equal(
      say(distanceRow({}), scratch, distanceRow({ ...KEPT, l2: 8, head: 'left out' }), distanceRow({ ...KEPT, a: 'P-T.2', l2: 8.4 })),
      'On a, RI-T runs end 3.1 times as far apart as P-T runs: ℓ₂ 29.8 against 9.6; from P, P-T ends 8.2 (8.0 to 8.4 over 2 pairs) away.',
    );
  });
  test('absent, reversed, overlapping ranges', () => {
    assert.match(say(distanceRow({}), { ...scratch, l2: 9.8 }), /about as far apart as P-T runs/);
    assert.match(
      say(distanceRow({}), { ...scratch, l2: 4.8 }),
      /RI-T runs end nearer to each other \(0\.50 times the distance\) than P-T runs/,
    );
    const [near, far] = [distanceRow({ l2: 9 }), distanceRow({ l2: 20 })];
    assert.match(say(near, far, { ...scratch, l2: 15 }), /no difference in distance shows .* ranges overlap and it is undecided/);
  });
  test('one kind only, nothing at all, all the same point', () => {
    assert.equal(say(distanceRow({})), 'On a, the ℓ₂ distance between P-T runs is 9.6; there is nothing to compare it with.');
    assert.equal(say(), 'On a, there is no pair of runs whose weights could be compared.');
    assert.match(say(distanceRow(MIXED)), /the ℓ₂ distance is 9\.6 between P-T and RI-T; there are no two runs of one role/);
    assert.doesNotMatch(say(distanceRow({ l2: 0 }), { ...scratch, l2: 0 }), /NaN|Infinity/);
    assert.doesNotMatch(distance.summary[0]!([findings({ distances: [distanceRow({ l2: 0 }), scratch] })])!, /NaN|Infinity/);
  });
  test('rows of modules do not count as pairs', () => {
    assert.match(say(distanceRow({}), scratch, distanceRow({ scope: 'module', module: 'stem', l2: 1 })), /29\.8 against 9\.6/);
  });
});

describe('interpolation', () => {
  const scratch = barrierRow({ ...SCRATCH, barrier: 0.34, low: 0.3, high: 0.38, oneBasin: false });
  const say = (...barriers: object[]) => interpolation.answer(findings({ barriers }));

  test('one basin, and a barrier', () => {
    assert.equal(
      say(barrierRow({}), scratch),
      'On a, between P-T runs the barrier is 0.8 points (0.0 to 1.8), so that they share one basin; between RI-T runs stands a barrier of 34.0 points (30.0 to 38.0).',
    );
  });
  test('a barrier between P-T runs is said (Juneja et al.)', () => {
    assert.match(say({ ...scratch, a: 'P-T.1', b: 'P-T.2', pair: 'P-T & P-T' }), /between P-T runs stands a barrier of 34\.0 points/);
  });
  test('undecided between 2 points and none', () => {
    assert.match(
      say(barrierRow({ barrier: 0.02, low: 0.005, high: 0.04, oneBasin: false })),
      /between P-T runs it is undecided whether there is a barrier: 2\.0 points \(0\.5 to 4\.0\)/,
    );
  });
  test('the bound is an option', () => {
    const told = {
      ...findings({ barriers: [barrierRow({ barrier: 0.2, low: 0.15, high: 0.25, oneBasin: false })] }),
      options: { oneBasin: 0.18 },
    };
    assert.match(interpolation.answer(told), /undecided whether there is a barrier/);
    assert.match(interpolation.answer({ ...told, options: { oneBasin: 0.1 } }), /stands a barrier of 20\.0 points/);
    assert.match(interpolation.method(told, told.options), /upper bound is under 18 points; a barrier has its lower bound over 18 points/);
    assert.match(interpolation.method(told, {}), /upper bound is under 2 points;/);
  });
  test('some pairs share a basin, some do not', () => {
    const other = barrierRow({ b: 'P-T.3', barrier: 0.2, low: 0.1, high: 0.3, oneBasin: false });
    assert.match(
      say(barrierRow({}), other),
      /some pairs share a basin and some do not, with a barrier of 10\.4 points \(0\.0 to 30\.0\) over 2 pairs/,
    );
  });
  test('other splits, metrics and definitions do not mix in; nothing is said of nothing', () => {
    assert.equal(
      say(barrierRow({ split: 'train' }), barrierRow({ metric: 'loss' }), barrierRow({ definition: 'mean' })),
      'On a, there is no pair of runs to walk between.',
    );
  });
  test('cautions name straight lines always, permutations where RI-T is in it', () => {
    assert.equal(interpolation.cautions(findings({ barriers: [barrierRow({})] })).filter((text) => /Permutation/.test(text)).length, 0);
    assert.equal(
      interpolation.cautions(findings({ barriers: [scratch] })).filter((text) => /Permutation|straight lines/.test(text)).length,
      2,
    );
  });
  test('summary', () => {
    const all = [findings({ barriers: [barrierRow({}), scratch] }), findings({ barriers: [barrierRow({}), scratch] }, 'b')];
    assert.equal(
      interpolation.summary[0]!(all),
      'RI-T runs are separated by a barrier in test accuracy on a (barrier 34.0 points, 30.0 to 38.0) and b (barrier 34.0 points, 30.0 to 38.0).',
    );
    assert.equal(interpolation.summary[0]!([findings({ barriers: [barrierRow({})] })]), null);
  });
});

test('no section says NaN, undefined or null, whatever is missing', () => {
  for (const section of SECTIONS) {
    // block-shuffle has a table of that name with columns of its own
    const gaps = section.analysis === 'block-shuffle' ? [] : [gapRow({ relative: null })];
    for (const tables of [{}, { gaps }, { runs: [runRow({ speed: null })] }]) {
      const all = findings(tables);
      const said = [
        section.answer(all),
        ...section.cautions(all),
        section.method(all, {}),
        ...section.summary.map((sentence) => sentence([all]) ?? ''),
      ];
      for (const text of said) assert.doesNotMatch(text, /NaN|undefined (?!in)|null|Infinity/, section.analysis);
    }
  }
});
