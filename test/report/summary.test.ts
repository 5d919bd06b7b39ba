// The opening sentences of sections that have one headline each: found, reversed, undecided, and nothing where nothing can be claimed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignment } from '../../src/report/sections/alignment.js';
import { basin } from '../../src/report/sections/basin.js';
import { crossDomain } from '../../src/report/sections/cross-domain.js';
import { freezing } from '../../src/report/sections/freezing.js';
import { learningCurves } from '../../src/report/sections/learning-curves.js';
import { plane } from '../../src/report/sections/plane.js';
import type { SectionText } from '../../src/report/section-text.js';
import { findings, freezingChoiceRow, freezingVerifiedRow, gapRow } from './rows.js';

const saying =
  (section: SectionText) =>
  (tables: Record<string, readonly object[]>, target = 'a') =>
    section.summary[0]!([findings(tables, target)]);

test('accuracy: raised, lowered, undecided, one role only; targets of one verdict share a sentence', () => {
  const say = saying(learningCurves);
  assert.equal(say({ gaps: [gapRow({})] }), 'Pre-training raised test accuracy on a (7.0 points, 2.0 to 12.0).');
  assert.match(
    say({ gaps: [gapRow({ gap: -0.05, low: -0.09, high: -0.01 })] })!,
    /lowered test accuracy on a \(5\.0 points, 1\.0 to 9\.0\)/,
  );
  assert.match(say({ gaps: [gapRow({ low: -0.01 })] })!, /^Whether pre-training changed test accuracy is undecided on a/);
  assert.equal(say({ gaps: [] }), null);
  const both = ['a', 'b'].map((target) => findings({ gaps: [gapRow({ target })] }, target));
  assert.match(learningCurves.summary[0]!(both)!, /^Pre-training raised test accuracy on a \(.*\) and b \(.*\)\.$/);
});

test('alignment: what it takes off the barrier between RI-T runs; nothing where no unit has to move', () => {
  const names = { target: 'a', a: 'RI-T.1', b: 'RI-T.2', pair: 'RI-T & RI-T', at: 'final' };
  const say = (change: object, moved = 9) =>
    saying(alignment)({
      reductions: [
        { ...names, metric: 'accuracy', raw: 0.34, aligned: 0.28, reduction: 0.06, low: 0.02, high: 0.1, n: 128, ...change },
        { ...names, metric: 'loss', raw: 3, aligned: 1, reduction: 2, low: 1, high: 3, n: 128 },
      ],
      units: [{ ...names, group: 'conv1.weight', units: 16, moved }],
    });
  assert.equal(say({}), 'Matching units lowers the barrier between RI-T runs on a (6.0 points, 2.0 to 10.0, of a barrier of 34.0 points).');
  assert.match(say({ reduction: -0.06, low: -0.1, high: -0.02 })!, /raises the barrier .* \(6\.0 points, 2\.0 to 10\.0, of/);
  assert.match(say({ low: -0.01 })!, /^Whether matching units lowers the barrier between RI-T runs is undecided/);
  assert.equal(say({}, 0), null);
  assert.equal(say({ pair: 'P-T & P-T' }), null);
});

test('plane: no ridge, a ridge, undecided, no plane', () => {
  const name = 'P-T.1 start & P-T.1 & P-T.2';
  const row = { target: 'a', plane: name, metric: 'accuracy', definition: 'plane', n: 128, reason: null };
  const say = (drop: object) =>
    saying(plane)({ rises: [{ ...row, metric: 'loss', rise: 9 }, { ...row, rise: 0.004, low: 0, high: 0.015, oneRegion: true, ...drop }] }); // prettier-ignore
  assert.equal(say({}), 'No ridge in accuracy separates P-T.1 start, P-T.1 and P-T.2 on a (drop 0.4 points, 0.0 to 1.5).');
  assert.match(
    say({ rise: 0.3, low: 0.2, high: 0.4, oneRegion: false })!,
    /^A ridge in accuracy separates P-T\.1 start, P-T\.1 and P-T\.2/,
  );
  assert.match(say({ high: 0.03, oneRegion: false })!, /^Whether a ridge in accuracy separates .* is undecided on a/);
  assert.equal(say({ rise: null, low: null, high: null, oneRegion: null }), null);
});

test('basin: one that holds two P-T runs, none, δ without an upper bound; nothing of RI-T alone or without a level', () => {
  const row = { target: 'a', pair: 'P-T & P-T', level: 1.8, epsilon: 0.02, epsilonLow: 0.01, epsilonHigh: 0.03, delta: 3, deltaLow: 2, deltaHigh: 4, n: 96, reason: null }; // prettier-ignore
  const say = (change: object) => saying(basin)({ basins: [{ ...row, ...change }] });
  assert.equal(say({}), 'One (ε, δ)-basin holds two P-T runs on a (ε 0.020, 0.010 to 0.030; δ 3.00, 2.00 to 4.00).');
  const left = { epsilon: null, delta: null, reason: 'the loss between the two leaves the level of their ends' };
  assert.equal(say(left), 'No basin holds two P-T runs, the loss between the two leaves the level of their ends, on a.');
  assert.match(say({ deltaHigh: null })!, /^Whether a basin holds two P-T runs is undecided, δ has no upper bound, on a \(ε 0\.020,/);
  assert.match(say({ delta: 0, deltaLow: 0, deltaHigh: null })!, /^Whether a basin holds two P-T runs is undecided, δ has no upper bound,/);
  assert.match(say({ delta: 0, deltaLow: 0, deltaHigh: 4 })!, /^One \(ε, δ\)-basin holds two P-T runs on a \(.*; δ 0, on its boundary\)/);
  assert.equal(say({ level: null }), null);
  assert.equal(say({ pair: 'RI-T & RI-T' }), null);
});

test('across targets: P-T bodies by the bound of two points', () => {
  const row = { target: 'a', a: 'P-T.1', pair: 'P-T & P-T', other: 'b', metric: 'accuracy', definition: 'line', barrier: 0.004, low: 0, high: 0.015, n: 128 }; // prettier-ignore
  const say = (change: object) => saying(crossDomain)({ barriers: [row, { ...row, other: 'c', ...change }] });
  assert.equal(say({}), 'No barrier stands between the bodies of P-T runs of different targets on a (0.4 points, 0.0 to 1.5).');
  assert.match(say({ barrier: 0.1, low: 0.05, high: 0.2 })!, /^Whether a barrier stands between the bodies .* is undecided on a/);
  assert.match(
    saying(crossDomain)({ barriers: [{ ...row, barrier: 0.1, low: 0.05, high: 0.2 }] })!,
    /^A barrier stands between the bodies/,
  );
  assert.equal(saying(crossDomain)({ barriers: [{ ...row, pair: 'RI-T & RI-T' }] }), null);
});

test('freezing: tried by training, only chosen, none', () => {
  const say = saying(freezing);
  const choice = [freezingChoiceRow({}), freezingChoiceRow({ module: 'layer1', frozen: false })];
  assert.equal(
    say({ choice, verified: [freezingVerifiedRow({})] }),
    'Whether freezing the modules of P-T that qualify changes accuracy is undecided on a (conv1: −0.5 points, −1.6 to 0.6).',
  );
  assert.match(
    say({ choice, verified: [freezingVerifiedRow({ difference: -0.04, low: -0.06, high: -0.02 })] })!,
    /^Freezing the modules of P-T that qualify costs accuracy on a \(conv1: 4\.0 points, 2\.0 to 6\.0\)/,
  );
  assert.equal(say({ choice, verified: [] }), 'Modules of P-T qualify for freezing, which no training tried, on a (conv1 of 2 modules).');
  assert.match(say({ choice: choice.slice(1), verified: [] })!, /^No module of P-T qualifies for freezing on a \(1 module\)/);
  assert.equal(say({ choice: [], verified: [] }), null);
});
