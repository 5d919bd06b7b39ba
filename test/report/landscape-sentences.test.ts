// What the sections of the loss landscape say: the finding present, absent, undecided, and with nothing to look at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignment } from '../../src/report/sections/alignment.js';
import { basin } from '../../src/report/sections/basin.js';
import { crossDomain } from '../../src/report/sections/cross-domain.js';
import { plane } from '../../src/report/sections/plane.js';
import { findings } from './rows.js';

const PAIR = { target: 'a', a: 'RI-T.1', b: 'RI-T.2', pair: 'RI-T & RI-T', at: 'final' };

test('alignment: lowered, raised, undecided, nothing to move, no pair', () => {
  const say = (reduction: object, moved = 9) =>
    alignment.answer(
      findings({
        reductions: [
          { ...PAIR, metric: 'accuracy', raw: 0.34, aligned: 0.28, reduction: 0.06, low: 0.02, high: 0.1, n: 128, ...reduction },
        ],
        distances: [{ ...PAIR, scope: 'network', raw: 29.8, aligned: 24.1 }],
        units: [{ ...PAIR, group: 'conv1.weight', units: 16, moved }],
      }),
    );
  assert.equal(
    say({}),
    'On a, between RI-T runs, alignment lowers the barrier of test accuracy from 34.0 points to 28.0, by 6.0 points (2.0 to 10.0); the ℓ₂ distance goes from 29.8 to 24.1.',
  );
  assert.match(say({ aligned: 0.4, reduction: -0.06, low: -0.1, high: -0.02 }), /raises the barrier .* by 6\.0 points \(2\.0 to 10\.0\)/);
  assert.match(say({ low: -0.01 }), /whether alignment changes the barrier of test accuracy is undecided/);
  assert.equal(say({}, 0), 'On a, between RI-T runs, no unit has to move, so that the barrier stays at 34.0 points.');
  assert.match(alignment.answer(findings({})), /there are no two runs of one role/);
});

test('plane: no ridge, a ridge, undecided, no plane', () => {
  const name = 'P-T.1 start & P-T.1 & P-T.2';
  const rise = { target: 'a', plane: name, split: 'test', x: 1, y: 1, n: 128, reason: null, oneRegion: null };
  const points = ['P-T.1 start', 'P-T.1', 'P-T.2'].map((point, k) => ({ target: 'a', plane: name, point, role: 'P-T', loss: 2.9 - k }));
  const say = (drop: object, loss: object = {}) =>
    plane.answer(
      findings({
        points,
        rises: [
          { ...rise, metric: 'loss', definition: 'corner', rise: 0, worst: 2.9, worstCorner: 2.9, ...loss },
          { ...rise, metric: 'accuracy', definition: 'plane', rise: 0.004, low: 0, high: 0.015, oneRegion: true, ...drop },
        ],
      }),
    );
  assert.equal(
    say({}),
    'On a, between P-T.1 start, P-T.1 and P-T.2, accuracy falls at most 0.4 points (0.0 to 1.5) below the plane through the corners, so that no ridge separates the three; no point inside has a higher loss than the worst corner (corners: 2.90 at P-T.1 start, 1.90 at P-T.1 and 0.90 at P-T.2).',
  );
  assert.match(
    say({ rise: 0.3, low: 0.2, high: 0.4, oneRegion: false }, { rise: 0.5, worst: 3.4 }),
    /a ridge: .*highest loss inside is 3\.40/,
  );
  const given = { rises: [{ ...rise, metric: 'accuracy', definition: 'plane', rise: 0.3, low: 0.2, high: 0.4, oneRegion: false }] };
  assert.match(
    plane.method(findings(given), { oneBasin: 0.25 }),
    /upper bound is under 25 points; a ridge has its lower bound over 25 points/,
  );
  assert.match(say({ high: 0.04, oneRegion: false }), /undecided whether a ridge separates them/);
  const none = { rise: null, low: null, high: null, reason: 'the three checkpoints lie on a line' };
  assert.match(say(none), /there is no plane through P-T\.1 start, P-T\.1 and P-T\.2: the three checkpoints lie on a line/);
  assert.match(plane.answer(findings({})), /there are no three checkpoints/);
});

test('basin: δ with and without bounds, δ = 0, none', () => {
  const row = { ...PAIR, pair: 'P-T & P-T', loss: 'cross-entropy', from: -0.2, to: 1.1, size: 12, level: 1.8, edge: false, mu: 1.7, epsilon: 0.02, epsilonLow: 0.01, epsilonHigh: 0.03, delta: 3, deltaLow: 2, deltaHigh: 4, reason: null }; // prettier-ignore
  const say = (change: object) => basin.answer(findings({ basins: [{ ...row, ...change }] }));
  assert.equal(
    say({}),
    'On a, between P-T runs, the cross-entropy spreads by ε = 0.020 (0.010 to 0.030) around its mean 1.70 on the segment between the two, extrapolated to t = −0.20 and 1.10, of length 12.0, and it takes δ = 3.00 (2.00 to 4.00) to leave it.',
  );
  assert.match(
    say({ deltaHigh: null }),
    /δ = 3\.00 \(from 2\.00, no upper bound\) to leave it, so that it is undecided whether a basin holds the two\.$/,
  );
  assert.match(say({ delta: 0, deltaLow: 0 }), /on the boundary it is 2ε above the mean already: δ = 0 \(0 to 4\.0\)\.$/);
  assert.match(
    say({ delta: 0, deltaLow: 0, deltaHigh: null }),
    /already: δ = 0 \(from 0, no upper bound\), so that it is undecided whether a basin holds the two\.$/,
    'the verdict of the headline',
  );
  assert.match(say({ edge: true }), /the boundary lies beyond what was looked at/);
  assert.match(say({ mu: null, epsilon: null, delta: null, reason: 'why' }), /there is no basin to measure: why/);
  assert.match(basin.answer(findings({})), /there are no two runs of one role/);
});

test('across targets: no barrier, a barrier, undecided, one target', () => {
  const row = { ...PAIR, pair: 'P-T & P-T', other: 'b', metric: 'accuracy', definition: 'line', barrier: 0.004, low: 0, high: 0.015 };
  const say = (change: object) => crossDomain.answer(findings({ barriers: [{ ...row, ...change }] }));
  assert.equal(
    say({}),
    'On images of a, on the way from the body of a P-T run to that of one on b there is no barrier: 0.4 points (0.0 to 1.5).',
  );
  assert.match(say({ barrier: 0.2, low: 0.1, high: 0.3 }), /stands a barrier of 20\.0 points \(10\.0 to 30\.0\)/);
  assert.match(say({ high: 0.03 }), /it is undecided whether there is a barrier/);
  assert.match(crossDomain.answer(findings({})), /there is no other target/);
});
