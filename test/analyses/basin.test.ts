import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subject } from '../../src/analyses/analysis.js';
import type { BasinOptions } from '../../src/analyses/basin.js';
import { basin } from '../../src/analyses/basin.js';
import { drawn, subset } from '../../src/analyses/images.js';
import type { TablesOf } from '../../src/analyses/rows.js';
import { mix, squaredDistance } from '../../src/tensor/params.js';
import { random } from '../../src/tensor/random.js';
import { assertClose } from '../support/assert-close.js';
import { naiveMlp, naiveOutcome } from '../support/naive-mlp.js';
import { madeSubject, runOf, subjectOf } from '../support/subject.js';

const NETWORK = { architecture: 'mlp', hidden: [12] };
const OPTIONS: BasinOptions = { ...basin.options, draws: 4, samples: 30, resamples: 100, rise: 0.05 };
const analyse = async (subject: Subject, options: Partial<BasinOptions> = {}) =>
  (await basin.run(subject, { ...OPTIONS, ...options })) as unknown as TablesOf['basin'];

test('the line and the noise around it, recomputed in float64', async () => {
  const subject = madeSubject(NETWORK);
  const { basins, losses, margins } = await analyse(subject);
  const { test: split } = subject.data.splits;
  const images = subset(subject.data, split, drawn(split.ids.length, 30, subject.seed, 'basin', 'test'));
  const lossOf = (params: Parameters<typeof naiveMlp>[0]) =>
    naiveOutcome(naiveMlp(params, subject.data, images).get('logits')!, images.labels).loss;
  assert.deepEqual(basins.map((row) => [row.pair, row.n, row.draws]), [['P-T & P-T', 30, 4], ['RI-T & RI-T', 30, 4]]); // prettier-ignore
  for (const row of basins) {
    const [a, b] = await Promise.all([row.a, row.b].map((name) => subject.runs.find((run) => run.name === name)!.checkpoint('final')));
    const own = losses.filter((each) => each.a === row.a);
    for (const { t, value } of own) assertClose(value, lossOf(mix(a!, b!, t)), { relative: 1e-4 }, `t = ${t}`);
    assert.deepEqual(own.map(({ t }) => t), [...new Set(own.map(({ t }) => t))].sort((x, y) => x - y), 'each place once'); // prettier-ignore
    assertClose(row.size, (row.to - row.from) * Math.sqrt(squaredDistance(a!, b!)), { relative: 1e-9 });
    if (row.level !== null) assertClose(row.level, Math.max(lossOf(a!), lossOf(b!)) + 0.05, { relative: 1e-4 });
    const [t] = [row.from, row.to];
    const noisy = margins.find((each) => each.a === row.a && each.condition === 2 && each.delta > 0);
    if (!noisy || row.mu === null) continue;
    let sum = 0;
    for (let draw = 0; draw < 4; draw++) {
      for (const end of [t!, row.to]) {
        const moved = new Map(
          [...mix(a!, b!, end)].map(([name, { data, ...rest }]) => {
            const { normal } = random(subject.seed, 'basin', 'noise', draw, name);
            return [name, { ...rest, data: data.map((x) => x + (noisy.delta / Math.sqrt(row.weights)) * normal()) }];
          }),
        );
        sum += lossOf(moved) / 8;
      }
    }
    assertClose(noisy.margin, sum - row.mu - 2 * row.epsilon!, { absolute: 1e-4 });
  }
  assert.ok(margins.some(({ condition, delta }) => condition === 2 && delta > 0), 'noise was looked at'); // prettier-ignore
  assert.equal(subject.told.at(-1), 1);
});

test('the error as loss; no extrapolation; the same network twice has no segment', async () => {
  const made = madeSubject(NETWORK);
  const { basins, losses } = await analyse(made, { loss: 'error', rise: null });
  for (const row of basins) assert.deepEqual([row.from, row.to, row.level, row.edge, row.loss], [0, 1, null, false, 'error']);
  assert.ok(losses.every(({ value, t }) => Math.abs(value * 30 - Math.round(value * 30)) < 1e-9 && (t > -9 || t < 9)));
  const [p] = made.runs.filter(({ role }) => role === 'P-T');
  const final = await p!.checkpoint('final');
  const twin = runOf({ role: 'P-T', seed: 2, initial: final, final, network: NETWORK });
  const [none] = (await analyse(subjectOf(made.data, [p!, twin]))).basins;
  assert.deepEqual([none!.delta, none!.epsilon, none!.reason], [null, null, 'the two networks are the same']);
  assert.deepEqual(await analyse(subjectOf(made.data, [p!])), { basins: [], losses: [], margins: [] });
});

test('options that break a rule', async () => {
  const refused = async (options: object, message: RegExp) => assert.rejects(analyse(madeSubject(NETWORK), options), message);
  await refused({ loss: 'hinge' }, /basin: loss: unknown value "hinge"; there are: cross-entropy, error/);
  await refused({ rise: -1 }, /basin: rise must be null or a number ≥ 0, got -1/);
  await refused({ draws: 1 }, /basin: draws: must be a whole number ≥ 2, got 1/);
});
