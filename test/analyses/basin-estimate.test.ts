// The procedure against losses whose μ, ε and δ are known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Line, Segment } from '../../src/analyses/basin-estimate.js';
import { estimateBasin, segmentOf } from '../../src/analyses/basin-estimate.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';

/** The first axis of R^n, from x = −half to x = half. */
function axis(dimensions: number, half: number, loss: (w: readonly number[]) => number): Line & { asked: number } {
  const line = {
    dimensions,
    length: 2 * half,
    asked: 0,
    loss(t: number, noise?: { deviation: number; draw: number }) {
      line.asked++;
      const w = Array.from({ length: dimensions }, (_, i) => (i === 0 ? half * (2 * t - 1) : 0));
      if (noise) {
        const { normal } = random('axis', noise.draw);
        for (let i = 0; i < dimensions; i++) w[i]! += noise.deviation * normal();
      }
      return Promise.resolve(loss(w));
    },
  };
  return line;
}
const squares = (w: readonly number[]) => w.slice(1).reduce((sum, x) => sum + x * x, 0);
const whole: Segment = { from: 0, to: 1, level: null, edge: false };
const OPTIONS = { draws: 4000, resamples: 200, key: ['basin'] };

test('boundary: where a bowl leaves the level, to 1/64 of the line; an asymmetric one on each side by itself', async () => {
  const bowl = axis(3, 1, ([x]) => x! ** 2);
  const { from, to, level, edge } = await segmentOf(bowl, { rise: 3, reach: 4 });
  // x² = 1 + 3 at x = ±2: half a length outside
  assert.deepEqual([level, edge], [4, false]);
  assert.ok(from >= -0.5 && from <= -0.5 + 1 / 64 && to <= 1.5 && to >= 1.5 - 1 / 64, `${from} ${to}`);
  assert.ok(bowl.asked < 20, `${bowl.asked} evaluations`);
  const tilted = await segmentOf(
    axis(2, 1, ([x]) => Math.max(0, x! - 1) + Math.max(0, -1 - x!) / 8),
    { rise: 0.25, reach: 4 },
  );
  assertClose([tilted.from, tilted.to], [-1, 1.125], { absolute: 1 / 64 });
});

test('boundary: farther than was looked is said; null takes the segment as it is', async () => {
  const flat = axis(2, 1, () => 1);
  assert.deepEqual(await segmentOf(flat, { rise: 0.1, reach: 2 }), { from: -1.875, to: 2.875, level: 1.1, edge: true });
  assert.deepEqual(await segmentOf(flat, { rise: null, reach: 2 }), whole);
});

// c + s·x/X on |x| ≤ X, walls ½q(|x| − X)² outside, ½b‖y‖²: μ = c, ε = s/2
const [C, S, X, Q, B, N] = [2, 0.3, 1.5, 0.8, 0.5, 6];
const trough = axis(N, X, (w) => {
  const x = Math.min(X, Math.max(-X, w[0]!));
  return C + (S * x) / X + 0.5 * Q * (w[0]! - x) ** 2 + 0.5 * B * squares(w);
});

test('μ, ε and δ of a tilted trough with quadratic walls: closed form', async () => {
  const { mu, epsilon, deltas, delta, margins } = await estimateBasin(trough, whole, OPTIONS);
  // uniform on [c − s, c + s]
  assertClose([mu.value!, epsilon.value!], [C, S / 2], { absolute: 0.015 });
  // 2: at each end half of ν₁ falls outside: ½·(½qσ²) + ½b(n−1)σ² = 2ε, σ² = δ²/n (the tilt cancels over both ends)
  const around = Math.sqrt((S * N) / (0.25 * Q + 0.5 * B * (N - 1)));
  // 3: ½qδ² = 2ε
  const beyond = Math.sqrt((2 * S) / Q);
  assertClose([deltas[2].value!, deltas[3].value!], [around, beyond], { relative: 0.06 });
  assert.equal(delta.value, Math.max(deltas[2].value!, deltas[3].value!));
  for (const [each, exact] of [[mu, C], [epsilon, S / 2], [deltas[2], around], [deltas[3], beyond]] as const)
    assert.ok(each.low! <= exact * 1.02 && exact * 0.98 <= each.high! && each.low! < each.high!, `${each.low} to ${each.high}, exactly ${exact}`); // prettier-ignore
  for (const { condition, delta, margin, low, high } of margins) {
    const exact = condition === 2 ? (0.25 * Q + 0.5 * B * (N - 1)) * (delta ** 2 / N) - S : 0.5 * Q * delta ** 2 - S;
    assertClose(margin, exact, { absolute: 0.05, relative: 0.1 }, `${condition} ${delta}`);
    assert.ok(low! <= margin && margin <= high!);
  }
});

test('a bowl: the loss on its boundary is more than 2ε over its mean, so that δ is 0', async () => {
  const half = 1.2;
  const { mu, epsilon, delta, margins } = await estimateBasin(axis(3, half, ([x]) => 0.5 * x! ** 2), whole, OPTIONS); // prettier-ignore
  // ½x², x ~ U(−X, X): μ = X²/6, ε = ½X² · 4/(9√3)
  assertClose([mu.value!, epsilon.value!], [half ** 2 / 6, (half ** 2 * 2) / (9 * Math.sqrt(3))], { absolute: 0.01 });
  assert.deepEqual([delta.value, margins.length], [0, 2]);
});

test('no δ will do on a plateau; its intervals have no end', async () => {
  const plateau = axis(2, 1, ([x]) => (Math.abs(x!) < 0.5 ? 1 : 0));
  const { deltas, delta } = await estimateBasin(plateau, whole, { ...OPTIONS, draws: 40 });
  for (const each of [deltas[2], deltas[3], delta]) assert.deepEqual(each, { value: null, low: null, high: null });
});

test('same key, same estimate; another key, another; few draws give wide intervals', async () => {
  const of = (draws: number, key: string) => estimateBasin(trough, whole, { draws, resamples: 200, key: [key] });
  assert.deepEqual(await of(20, 'a'), await of(20, 'a'));
  const [few, other, many] = [await of(20, 'a'), await of(20, 'b'), await of(500, 'a')];
  assert.notEqual(few.epsilon.value, other.epsilon.value);
  const width = ({ low, high }: { low: number | null; high: number | null }) => high! - low!;
  assert.ok(width(few.epsilon) > 2.5 * width(many.epsilon));
});
