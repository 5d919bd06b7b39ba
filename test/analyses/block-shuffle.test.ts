import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import type { Ground, SweepRun } from '../../src/analyses/analysis.js';
import type { BlockShuffleOptions, BlockSize } from '../../src/analyses/block-shuffle.js';
import { blockShuffle } from '../../src/analyses/block-shuffle.js';
import { chanceOf } from '../../src/analyses/gaps.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { permute, shuffleOrder } from '../../src/data/shuffle.js';
import { viewOf } from '../../src/data/view.js';
import { blockShuffle as section } from '../../src/report/sections/block-shuffle.js';
import { DEFAULT_RECIPE } from '../../src/train/recipe.js';
import { figures } from '../../src/web/charts/block-shuffle.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { assertTidy } from '../support/tidy.js';
import { madeSubject, patternData, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const SIZES: readonly BlockSize[] = ['*', 1, 4, 8];
const OPTIONS: BlockShuffleOptions = { ...blockShuffle.options, resamples: 200 };

/** Two runs of each role at each size, on patterns of 8×8 pixels; how fast they "learned" hangs on role and size. */
function shuffledSubject() {
  const data = patternData();
  const made = madeSubject(NETWORK, data);
  const sweep = SIZES.flatMap((size, position) =>
    made.runs.slice(1).map((run, i): SweepRun => {
      const speed = run.role === 'P-T' ? 0.8 : 0.1 * (position + 1 + (i % 2));
      const finished = runOf({
        role: run.role,
        seed: run.seed,
        initial: new Map(),
        final: new Map(),
        network: NETWORK,
        trainAccuracies: [0.1, speed, speed],
      });
      const seen = size === 8 ? data : viewOf(data, { shuffle: { block: size, seed: 1234 + (i % 2) } });
      return {
        ...finished,
        name: `${run.name}, ${size}`,
        checkpoint: (at) => run.checkpoint(at),
        variant: { size: String(size), position, whole: size === 8 },
        data: () => Promise.resolve(seen),
      };
    }),
  );
  return subjectOf(data, made.runs, { sweep });
}

const subject = shuffledSubject();
const analyse = async (options = OPTIONS) => (await blockShuffle.run(subject, options)) as unknown as TablesOf['block-shuffle'];
const tables = await analyse();

/** On pixels that were moved beforehand; all channels are normalized alike. */
async function naiveAccuracy(run: SweepRun): Promise<number> {
  const data = await run.data();
  const images = { ...data.splits.test, pixels: data.splits.test.pixels.slice() };
  if (data.shuffle) {
    const order = shuffleOrder(data.shuffle, data);
    for (let at = 0; at < images.pixels.length; at += order.length) {
      permute(data.splits.test.pixels.subarray(at, at + order.length), order, images.pixels, at);
    }
  }
  return naiveOutcome(naiveMlp(await run.checkpoint('final'), data, images).get('logits')!, images.labels).accuracy;
}

test('accuracy of each role at each size on the images that the runs saw, as a mean over runs', async () => {
  assert.deepEqual(
    tables.levels.map(({ size, role, runs, n }) => [size, role, runs, n]),
    SIZES.flatMap((size) => ['P-T', 'RI-T'].map((role) => [String(size), role, 2, 70])),
  );
  for (const { size, role, accuracy, low, high, chance } of tables.levels) {
    const own = subject.sweep!.filter((run) => run.variant['size'] === size && run.role === role);
    const [a, b] = [await naiveAccuracy(own[0]!), await naiveAccuracy(own[1]!)];
    assertClose(accuracy, (a + b) / 2, { absolute: 1e-12 }, `${role} at ${size}`);
    assert.ok(low <= accuracy && accuracy <= high && low < high);
    assert.equal(chance, chanceOf(subject));
  }
  assert.equal(new Set(tables.levels.filter(({ role }) => role === 'P-T').map(({ accuracy }) => accuracy)).size > 1, true, 'images differ');
});

test('gaps: differences of the levels; relative where P-T is above chance, with a reason where not', () => {
  const levelOf = (size: string, role: string) => tables.levels.find((row) => row.size === size && row.role === role)!;
  const accuracies = tables.gaps.filter(({ metric }) => metric === 'accuracy');
  assert.equal(accuracies.length, SIZES.length);
  for (const row of accuracies) {
    const [p, r] = [levelOf(row.size, 'P-T'), levelOf(row.size, 'RI-T')];
    assertClose([row.gap], [p.accuracy - r.accuracy], { absolute: 1e-12 });
    if (p.low > row.chance) {
      assertClose(row.relative!, row.gap / p.accuracy, { relative: 1e-12 });
      assert.ok(row.relativeLow! <= row.relative! && row.relative! <= row.relativeHigh!);
    } else {
      assert.deepEqual([row.relative, row.relativeLow, row.relativeHigh], [null, null, null]);
      assert.equal(row.reason, 'no relative gap: the interval of P-T touches chance');
    }
  }
  assert.ok(
    accuracies.some(({ relative }) => relative === null),
    'an untrained network is at chance somewhere',
  );
});

test('trends: what is left of the speed, run by run, with a Welch interval', () => {
  const kept = tables.trends.find(({ measure }) => measure === 'speed kept')!;
  // RI-T: 0.2/0.4 and 0.3/0.5 at blocks of 1 against the whole image
  assertClose([kept.pretrained!, kept.random!, kept.value!], [1, 0.55, 0.45], { absolute: 1e-12 });
  assert.ok(kept.low! < 0.45 && kept.high! > 0.45);
  assert.deepEqual([kept.from, kept.to, kept.sizes, kept.runs], ['8', '1', 3, 4]);
  assert.deepEqual(
    tables.trends.map(({ measure }) => measure),
    ['absolute gap', 'relative gap', 'speed kept'],
  );
});

test('learning curves of every run', () => {
  assert.equal(tables.epochs.length, 16 * (3 + 2));
  assert.deepEqual(tables.epochs[0], {
    target: 'patterns',
    size: '*',
    position: 0,
    whole: false,
    run: 'P-T.1, *',
    role: 'P-T',
    seed: 1,
    epoch: 0,
    split: 'train',
    accuracy: 0.1,
  });
});

test('same question, same rows; no sweep, no rows', async () => {
  assertTidy('block-shuffle', tables as never, 'patterns');
  assert.equal(Math.max(...subject.told), 1);
  assert.deepEqual(await analyse(), tables);
  await assert.rejects(async () => blockShuffle.run(subjectOf(subject.data, subject.runs), OPTIONS), {
    reason: 'it trains on shuffled images, and these networks were trained elsewhere: there is no recipe',
  });
  assert.equal(section.answer({ target: 'a', tables: {} }), 'No run on shuffled images of a was measured.');
});

const GROUND: Ground = {
  target: 'photos',
  targets: ['photos'],
  side: 32,
  pretrain: { recipe: DEFAULT_RECIPE },
  arms: (['P-T', 'RI-T'] as const).map((role) => ({
    role,
    seeds: [1, 2].map((seed) => ({ init: seed, order: seed })),
    recipe: DEFAULT_RECIPE,
  })),
};
const asked = (options: Partial<BlockShuffleOptions>, ground: Partial<Ground> = {}) =>
  blockShuffle.sweep!({ ...GROUND, ...ground }, { ...OPTIONS, ...options }).trainings;

test('the sweep: every divisor and *, a permutation for each rank of runs, no augmentation', () => {
  const all = asked({});
  assert.equal(all.length, 7 * 2 * 2);
  assert.deepEqual(
    all.slice(0, 4).map(({ name, shuffle }) => [name, shuffle]),
    [
      ['P-T.1, all values', { block: '*', seed: 1234 }],
      ['P-T.2, all values', { block: '*', seed: 1235 }],
      ['RI-T.1, all values', { block: '*', seed: 1234 }],
      ['RI-T.2, all values', { block: '*', seed: 1235 }],
    ],
  );
  assert.deepEqual(all.at(-1), {
    name: 'RI-T.2, block 32',
    role: 'RI-T',
    seeds: { init: 2, order: 2 },
    recipe: { augment: [] },
    variant: { size: '32', position: 6, whole: true },
  });
  assert.deepEqual(
    asked({ sizes: [8, '*'], seeds: [5], recipe: { epochs: 3 } }, { arms: GROUND.arms.slice(0, 1) }).map(({ name, seeds, recipe }) => [
      name,
      seeds,
      recipe,
    ]),
    ['all values', 'block 8'].map((what) => [`P-T.5, ${what}`, { init: 5, order: 5 }, { augment: [], epochs: 3 }]),
  );
  assert.throws(() => asked({ sizes: [5] }), /block-shuffle: sizes must divide the image side 32 of photos, got 5/);
  assert.throws(() => asked({}, { side: undefined }), /block-shuffle: sizes must be listed where only the files of photos tell/);
});

test('options that break a rule', () => {
  const refused = (options: object, message: RegExp) => assert.throws(() => blockShuffle.check!({ ...OPTIONS, ...options }), message);
  refused({ sizes: [0] }, /block-shuffle: sizes: must be a list of positive integers/);
  refused({ sizes: [] }, /block-shuffle: sizes/);
  refused({ sizes: [4, 4] }, /each once, got \[4,4\]/);
  refused({ seeds: [1.5] }, /block-shuffle: seeds: must be a whole number/);
  refused({ recipe: { epoch: 3 } }, /block-shuffle: recipe: unknown option "epoch".*did you mean epochs\?/);
});

test('another recipe than the arms’ is told in method and caution', () => {
  const findings = { target: 'patterns', tables: tables as never, retrained: 'rate 0.02 instead of 0.05 and 0.1' };
  const recipe = { augment: [{ flip: true }] };
  assert.match(section.method(findings, { recipe: {} }), /Recipes are those of the arms, but rate 0\.02 instead of 0\.05 and 0\.1\./);
  assert.match(section.method({ ...findings, retrained: undefined }, { recipe }), /Recipes are those of the arms\. /);
  const anew = (retrained?: string) => section.cautions({ ...findings, retrained }).filter((caution) => caution.includes('anew'));
  assert.match(anew(findings.retrained)[0]!, /^Here P-T and RI-T were trained anew with rate 0\.02 instead/);
  assert.deepEqual(anew(), []);
});

test('the section says what the rows say; every figure draws', () => {
  const findings = { target: 'patterns', tables: tables as never };
  assert.match(section.answer(findings), /^On patterns, with whole images .*; with all values permuted .*; /);
  assert.match(section.answer(findings), /with blocks of 1 P-T keeps 100\.0 % of its speed of learning with whole images, RI-T 55\.0 %/);
  assert.ok(section.cautions(findings).some((caution) => caution.includes('touches chance')));
  // nothing is said of a trend unless pre-training helps somewhere, by an interval
  const gaps = tables.gaps.map((row) => ({ ...row, low: row.gap - 0.1, high: row.gap + 0.1 }));
  const ahead = gaps.map((row) => ({ ...row, gap: 0.2, low: 0.1, high: 0.3 }));
  const trends = [{ measure: 'absolute gap', value: 0.9, low: 0.5, high: 1, sizes: 4, from: '8', to: '1' }];
  const saying = (rows: readonly object[]) => ({ target: 'patterns', tables: { gaps: rows, trends } as never });
  const behind = gaps.map((row) => ({ ...row, low: -0.1 }));
  assert.match(section.answer(saying(behind)), /with whole images it is undecided whether pre-training changes accuracy: /);
  const worse = gaps.map((row) => ({ ...row, gap: -0.2, low: -0.3, high: -0.1 }));
  assert.match(section.answer(saying(worse)), /with whole images pre-training lowers accuracy by 20\.0 points \(10\.0 to 30\.0\); /);
  assert.match(section.answer(saying(behind)), /at no size of block do intervals show that pre-training helps/);
  assert.doesNotMatch(section.answer(saying(behind)), /grows|shrinks|brings/);
  assert.match(section.summary[0]!([saying(behind)])!, /^With shuffled blocks, at no size do intervals show/);
  assert.match(
    section.answer(saying(ahead)),
    /with whole images pre-training raises accuracy by 20\.0 points .*3 sizes of blocks are too few to tell whether the gap depends on them \(/,
  );
  assert.doesNotMatch(section.answer(saying(ahead)), /grows|shrinks|brings/);
  const few = section.cautions(saying(ahead)).find((caution) => caution.includes('permutation'));
  assert.equal(few, 'With 3 sizes of blocks no order of the gaps has a permutation p under 0.333: a trend takes 5 sizes or more.');
  const sized = (...found: number[]) => saying(found.map((gap, i) => ({ ...ahead[0]!, size: String(2 ** i), whole: false, gap })));
  assert.match(
    section.answer(sized(0.1, 0.2, 0.3, 0.4, 0.5)),
    /the gap grows with the blocks: .* \(rank correlation of the absolute gap with the side 0\.90, 0\.50 to 1\.00, p = 0\.017 over 5 sizes\)/,
  );
  assert.match(
    section.answer(sized(0.2, 0.1, 0.3, 0.5, 0.4)),
    /whether the gap depends on the size of the blocks is undecided \(.*p = 0\.133/,
  );
  const { document } = parseHTML('<html><body></body></html>');
  for (const figure of figures) {
    assert.ok(figure.draw(tables as never, { document, width: 540 }), figure.name);
    assert.doesNotMatch(figure.alt(tables as never), /NaN|undefined|null/);
    assert.equal(figure.draw({}, { document, width: 540 }), null);
  }
});
