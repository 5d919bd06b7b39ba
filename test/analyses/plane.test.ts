import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanOver } from '../../src/analyses/over-images.js';
import type { Subject } from '../../src/analyses/analysis.js';
import { drawn, subset } from '../../src/analyses/images.js';
import type { PlaneOptions } from '../../src/analyses/plane.js';
import { plane } from '../../src/analyses/plane.js';
import { cornersOf, gridOver, isInside, weightsOf } from '../../src/analyses/plane-geometry.js';
import { risesOf } from '../../src/analyses/plane-rise.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { random } from '../../src/tensor/random.js';
import type { Params } from '../../src/tensor/params.js';
import { mix } from '../../src/tensor/params.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const OPTIONS: PlaneOptions = { ...plane.options, points: 5, samples: 30, resamples: 200 };
const analyse = async (subject: Subject, options: Partial<PlaneOptions> = {}) =>
  (await plane.run(subject, { ...OPTIONS, ...options })) as unknown as TablesOf['plane'];

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);
const squared = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);

test('coordinates are those of an orthonormal basis: distances in the plane are distances in parameter space', () => {
  const { normal } = random('plane');
  const [a, b, c] = [0, 1, 2].map(() => Array.from({ length: 50 }, normal)) as [number[], number[], number[]];
  const corners = cornersOf({ d12: squared(a, b), d13: squared(a, c), d23: squared(b, c) })!;
  const made = (weights: readonly number[]) => a.map((x, i) => weights[0]! * x + weights[1]! * b[i]! + weights[2]! * c[i]!);
  const places = [...corners, ...gridOver(corners, 4, 0.3)];
  const vectors = places.map((place) => made(weightsOf(corners, place)));
  for (const [i, p] of places.entries())
    for (const [j, q] of places.entries())
      assertClose(Math.sqrt(squared(vectors[i]!, vectors[j]!)), Math.hypot(p.x - q.x, p.y - q.y), { absolute: 1e-9 });
  for (const k of [0, 1, 2]) {
    const weights = weightsOf(corners, corners[k]!);
    assert.deepEqual(weights.map((w) => w + 0), [0, 1, 2].map((i) => (i === k ? 1 : 0)), 'corners are met exactly'); // prettier-ignore
    assert.ok(isInside(weights));
  }
  assert.ok(!isInside(weightsOf(corners, { x: -1, y: 0 })));
  const [left, right] = [Math.min(...corners.map(({ x }) => x)), Math.max(...corners.map(({ x }) => x))];
  const room = 0.3 * Math.max(right - left, corners[2].y);
  assertClose([places[3]!.x, places[3]!.y, places.at(-1)!.x], [left - room, -room, right + room], { absolute: 1e-9 }, 'margin');
});

test('loss and accuracy on the grid and at the corners, recomputed in float64 along u and v', async () => {
  const subject = madeSubject(NETWORK);
  const { cells, points, rises } = await analyse(subject);
  const { test: split } = subject.data.splits;
  const images = subset(subject.data, split, drawn(split.ids.length, 30, subject.seed, 'plane', 'test'));
  assert.deepEqual([...new Set(cells.map((row) => row.plane))], ['P-T.1 start & P-T.1 & P-T.2', 'RI-T.1 start & RI-T.1 & RI-T.2']);
  assert.deepEqual([cells.length, points.length, rises.length], [2 * 25, 6, 8]);
  for (const role of ['P-T', 'RI-T']) {
    const [first, second] = subject.runs.filter((run) => run.role === role);
    const corners = [await first!.checkpoint('initial'), await first!.checkpoint('final'), await second!.checkpoint('final')];
    const { at, lengths } = gramSchmidt(corners as [Params, Params, Params]);
    const own = points.filter((row) => row.role === role);
    assertClose(own.flatMap(({ x, y }) => [x, y]), [0, 0, lengths[0], 0, lengths[1], lengths[2]], { relative: 1e-6, absolute: 1e-9 }); // prettier-ignore
    for (const row of [...own, ...cells.filter((each) => each.plane === own[0]!.plane)]) {
      const expected = naiveOutcome(naiveMlp(at(row.x, row.y), subject.data, images).get('logits')!, images.labels);
      assertClose(row.loss, expected.loss, { relative: 1e-4 }, `${row.x} ${row.y}`);
      assert.ok(Math.abs(row.accuracy - expected.accuracy) < 1 / 29, 'but for a tie');
      assert.equal(row.n, 30);
    }
  }
  assert.equal(subject.told.at(-1), 1);
});

/** The basis as Garipov et al. define it, vectors spelled out. */
function gramSchmidt([a, b, c]: readonly [Params, Params, Params]) {
  const flat = (params: Params) => [...params.values()].flatMap(({ data }) => Array.from(data));
  const [origin, p, q] = [flat(a), flat(b), flat(c)];
  const minus = (x: number[], y: number[]) => x.map((v, i) => v - y[i]!);
  const scaled = (x: number[], by: number) => x.map((v) => v * by);
  const side = minus(p!, origin!);
  const length = Math.sqrt(dot(side, side));
  const u = scaled(side, 1 / length);
  const along = dot(minus(q!, origin!), u);
  const across = minus(minus(q!, origin!), scaled(u, along));
  const height = Math.sqrt(dot(across, across));
  const v = scaled(across, 1 / height);
  const at = (x: number, y: number): Params => {
    let i = 0;
    const next = () => origin[i]! + x * u[i]! + y * v[i++]!;
    return new Map([...a].map(([name, { data, ...rest }]) => [name, { ...rest, data: data.map(next) }]));
  };
  return { at, lengths: [length, along, height] as const };
}

test('rises follow from cells and corners, by both definitions; the verdict is that of the accuracy', async () => {
  const { cells, points, rises } = await analyse(madeSubject(NETWORK));
  const { rises: wide } = await analyse(madeSubject(NETWORK), { oneBasin: 0.5 });
  assert.notDeepEqual(wide, rises);
  for (const row of rises) {
    const corners = points.filter((each) => each.plane === row.plane);
    const inside = cells.filter((each) => each.plane === row.plane && each.inside);
    const cost = (each: { loss: number; accuracy: number }) => (row.metric === 'loss' ? each.loss : -each.accuracy);
    const at = [corners[0]!, corners[1]!, corners[2]!] as const;
    const floor = (each: { x: number; y: number }) =>
      row.definition === 'corner' ? Math.max(...corners.map(cost)) : dot(weightsOf(at, each), corners.map(cost));
    assertClose(row.rise!, Math.max(...[...corners, ...inside].map((each) => cost(each) - floor(each))), { absolute: 1e-9 });
    const verdict = row.metric === 'accuracy' && row.definition === 'plane';
    assert.equal(row.oneRegion, verdict ? row.high! < 0.02 : null);
    const loose = wide.find((each) => each.plane === row.plane && each.metric === row.metric && each.definition === row.definition)!;
    assert.equal(loose.oneRegion, verdict ? row.high! < 0.5 : null, 'the bound is an option');
    assert.ok(row.low! <= row.rise! + 1e-12 && row.rise! >= 0);
  }
});

test('intervals: a rise that every image has is certain, one that a third have is not', () => {
  const weights = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1 / 3, 1 / 3, 1 / 3]] as [number, number, number][]; // prettier-ignore
  const places = (n: number, high: (i: number) => number) =>
    weights.map((w, k) => ({
      x: k,
      y: 0,
      weights: w,
      loss: Float64Array.from({ length: n }, (_, i) => 1 + (k === 3 ? high(i) : 0)),
      accuracy: meanOver(new Uint8Array(n).fill(k === 3 ? 0 : 1)),
    }));
  const [loss, corner, accuracy] = risesOf(places(30, () => 2), { oneBasin: 0.02, resamples: 500, key: ['rise'] }); // prettier-ignore
  assertClose([loss!.rise!, loss!.low!, loss!.high!, corner!.rise!], [2, 2, 2, 2], { absolute: 1e-9 });
  assert.deepEqual([loss!.x, loss!.worst, loss!.worstCorner], [3, 3, 1]);
  assert.deepEqual([accuracy!.oneRegion, accuracy!.worst, accuracy!.worstCorner], [false, 0, 1]);
  const [third] = risesOf(places(300, (i) => (i % 3 === 0 ? 3 : 0)), { oneBasin: 0.02, resamples: 2000, key: ['rise'] }); // prettier-ignore
  const half = 1.96 * Math.sqrt((9 * (1 / 3) * (2 / 3)) / 300);
  assertClose([third!.low!, third!.high!], [1 - half, 1 + half], { absolute: 0.02 }, 'normal approximation');
});

test('other triples by name; three on a line have no plane', async () => {
  const made = madeSubject(NETWORK);
  const { points } = await analyse(made, { through: [['RI-T.1@best', 'P-T.2', 'RI-T.2']] });
  assert.deepEqual(points.map((row) => row.point), ['RI-T.1 best', 'P-T.2', 'RI-T.2']); // prettier-ignore
  const [first] = made.runs.filter((run) => run.role === 'P-T');
  const [initial, final] = [await first!.checkpoint('initial'), await first!.checkpoint('final')];
  const between = runOf({ role: 'P-T', seed: 2, initial, final: mix(initial, final, 0.5), network: NETWORK });
  const { cells, rises } = await analyse(subjectOf(made.data, [first!, between]));
  assert.deepEqual([cells.length, rises.length, rises[0]!.rise, rises[0]!.reason], [0, 4, null, 'the three checkpoints lie on a line']);
  assert.deepEqual(await analyse(subjectOf(made.data, [first!])), { cells: [], points: [], rises: [] });
});

test('options and names that break a rule', async () => {
  const refused = async (options: object, message: RegExp) => assert.rejects(analyse(madeSubject(NETWORK), options), message);
  await refused({ points: 2 }, /plane: points: must be a whole number ≥ 3, got 2/);
  await refused({ through: [['P-T.1', 'P-T.2']] }, /plane: through must be null or a list of triples like .*, got \[\["P-T.1","P-T.2"\]\]/);
  await refused({ through: [['P-T.1', 'P-T.2', 'P-T.1@last']] }, /plane: through must be null or a list of triples/);
  await refused(
    { through: [['P-T.1', 'P-T.2', 'P-T.7']] },
    /checkpoint: unknown run "P-T.7"; there are: P, P-T.1, .* did you mean P-T.1\?/,
  );
  await refused({ through: [['P-T.1', 'P-T.2', 'P']] }, /squaredDistance: fc.weight must have shape \[3, 12\], got \[5, 12\]/);
  await refused({ margin: -1 }, /plane: margin: must be a number in \[0, 10\], got -1/);
});
