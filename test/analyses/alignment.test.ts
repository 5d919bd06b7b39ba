import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlignmentOptions } from '../../src/analyses/alignment.js';
import { alignment, reductionRows } from '../../src/analyses/alignment.js';
import type { Subject } from '../../src/analyses/analysis.js';
import { drawn, subset } from '../../src/analyses/images.js';
import type { Judged } from '../../src/analyses/outcomes.js';
import { meanOver } from '../../src/analyses/over-images.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { matchWeights } from '../../src/analyses/weight-matching.js';
import { permutationGroups, permuteUnits } from '../../src/onnx/permutations/permutation-groups.js';
import { mix, squaredDistance } from '../../src/tensor/params.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, nudged, patternData, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const OPTIONS: AlignmentOptions = { ...alignment.options, points: 5, samples: 30, resamples: 200 };
const analyse = async (subject: Subject, options: Partial<AlignmentOptions> = {}) =>
  (await alignment.run(subject, { ...OPTIONS, ...options })) as unknown as TablesOf['alignment'];

/** Two RI-T runs of which the second is the first with its units in another order, or nearly so. */
async function twins(network: object, noise: number) {
  const spec = { architecture: 'mlp', ...network };
  const made = madeSubject(spec, patternData());
  const run = made.runs.find(({ role }) => role === 'RI-T')!;
  const final = await run.checkpoint('final');
  const groups = permutationGroups(made.network(run, { batch: 1 }).graph);
  const copy = groups.reduce((params, group) => permuteUnits(params, group, random('twin', group.name).permutation(group.size)), final);
  const twin = runOf({ role: 'RI-T', seed: 2, initial: copy, final: nudged(copy, noise, 'twin'), network: spec });
  return subjectOf(made.data, [run, twin]);
}

for (const network of [{ hidden: [12, 8] }, { architecture: 'fixup-resnet', widths: [8, 12], blocks: [1, 1] }]) {
  test(`a permuted copy, ${JSON.stringify(network)}: no barrier and no distance are left`, async () => {
    const { paths, barriers, distances, reductions, units } = await analyse(await twins(network, 0));
    const losses = (form: string) => paths.filter((row) => row.form === form).map((row) => row.loss);
    const [raw, aligned] = [losses('raw'), losses('aligned')];
    assert.ok(Math.abs(raw[2]! - raw[0]!) > 0.01, 'the way to the copy leaves the function');
    assertClose(aligned, aligned.map(() => raw[0]!), { absolute: 1e-6 }); // prettier-ignore
    for (const row of barriers) {
      // images that fall are not seen among 30: no more than these
      const high = row.metric === 'accuracy' ? 1 - 0.025 ** (1 / 30) : 0;
      if (row.form === 'aligned') assertClose([row.barrier, row.high], [0, high], { absolute: 1e-6 });
    }
    const [whole, ...modules] = distances;
    assert.ok(whole!.raw > 1);
    assert.deepEqual([whole!.aligned, ...modules.map((row) => row.aligned)], distances.map(() => 0)); // prettier-ignore
    assertClose(Math.hypot(...modules.map((row) => row.raw)), whole!.raw, { relative: 1e-9 });
    assert.ok(units.every((row) => row.moved > 0 && row.moved <= row.units));
    for (const row of reductions) assertClose(row.reduction, row.raw - row.aligned, { absolute: 1e-12 });
  });
}

test('paths, distances and barriers of every pair, recomputed in float64', async () => {
  const subject = madeSubject(NETWORK);
  const { paths, barriers, distances, reductions, units } = await analyse(subject);
  const { test: split } = subject.data.splits;
  const images = subset(subject.data, split, drawn(split.ids.length, 30, subject.seed, 'alignment', 'test'));
  assert.deepEqual([paths.length, barriers.length, reductions.length, units.length], [2 * 2 * 5, 2 * 2 * 4, 2 * 2, 2]);
  for (const role of ['P-T', 'RI-T']) {
    const [first, second] = subject.runs.filter((run) => run.role === role);
    const [a, b] = [await first!.checkpoint('final'), await second!.checkpoint('final')];
    const groups = permutationGroups(subject.network(first!, { batch: 1 }).graph);
    const ends = { raw: b, aligned: (await matchWeights(a, b, groups, [subject.seed, 'alignment'])).params };
    for (const row of paths.filter((each) => each.a === first!.name)) {
      const expected = naiveOutcome(
        naiveMlp(mix(a, ends[row.form as 'raw'], row.lambda), subject.data, images).get('logits')!,
        images.labels,
      );
      assertClose(row.loss, expected.loss, { relative: 1e-4 }, `${row.form} ${row.lambda}`);
      assert.equal(row.n, 30);
    }
    const whole = distances.find((row) => row.a === first!.name && row.scope === 'network')!;
    assertClose([whole.raw, whole.aligned], [ends.raw, ends.aligned].map((end) => Math.sqrt(squaredDistance(a, end))), { relative: 1e-9 }); // prettier-ignore
    assert.ok(whole.aligned <= whole.raw);
  }
  for (const row of reductions) {
    const of = (form: string) =>
      barriers.find((each) => each.a === row.a && each.form === form && each.metric === row.metric && each.definition === 'line')!.barrier;
    assertClose([row.raw, row.aligned], [of('raw'), of('aligned')], { absolute: 1e-12 });
    assert.ok(row.low <= row.reduction + 1e-12 && row.reduction <= row.high + 1e-12 && row.n === 30);
  }
  assert.equal(subject.told.at(-1), 1);
  assert.deepEqual((await analyse(subjectOf(subject.data, subject.runs.slice(0, 2)))).paths, []);
  const judged = ({ high, oneBasin }: (typeof barriers)[number], bound: number) => oneBasin === null || oneBasin === high < bound;
  const drops = barriers.filter(({ oneBasin }) => oneBasin !== null).map(({ high }) => high);
  const middle = drops.toSorted((x, y) => x - y)[drops.length / 2]!;
  assert.ok(drops.length > 0 && barriers.every((row) => judged(row, 0.02)));
  const wide = (await analyse(subject, { oneBasin: middle })).barriers;
  assert.ok(wide.some(({ oneBasin }) => oneBasin) && wide.every((row) => judged(row, middle)), 'the bound is an option');
});

test('intervals: raw and aligned are resampled together', () => {
  const n = 60;
  const path = (heights: readonly number[]) =>
    heights.map((up) => ({
      loss: Float64Array.from({ length: n }, (_, i) => 1 + up + (i % 2)),
      accuracy: meanOver(new Uint8Array(n).fill(1)),
    })) as unknown as Judged[];
  const [loss] = reductionRows([0, 0.5, 1], { raw: path([0, 3, 0]), aligned: path([0, 1, 0]) }, { resamples: 300, key: ['together'] });
  assertClose([loss!.raw, loss!.aligned, loss!.reduction, loss!.low, loss!.high], [3, 1, 2, 2, 2], { absolute: 1e-9 });
});

test('options that break a rule', async () => {
  const refused = async (options: object, message: RegExp) => assert.rejects(analyse(madeSubject(NETWORK), options), message);
  await refused({ points: 1 }, /alignment: points: must be a whole number ≥ 2, got 1/);
  await refused({ split: 'val' }, /alignment: split: unknown value "val"; there are: test, train/);
});
