import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distance, distanceRows } from '../../src/analyses/distance.js';
import type { DistanceRow } from '../../src/analyses/rows.js';
import type { NetworkModule } from '../../src/models/network.js';
import type { Params } from '../../src/tensor/params.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { madeSubject, subjectOf } from '../support/subject.js';

const params = (body: number[], head: number[]): Params =>
  new Map([
    ['conv1.weight', float32([body.length], body)],
    ['fc.weight', float32([head.length], head)],
  ]);
const module = (name: string): NetworkModule => ({ name, stage: name, parameters: [`${name}.weight`], buffers: [], output: name });
const MODULES = [module('conv1'), module('fc')];

test('closed forms: 3-4-5 and 5-12-13, per weight, relative to the start of a', () => {
  const start = params([3, 4], [0, 0, 0]);
  const rows = distanceRows({ a: params([1, 1], [0, 0, 12]), b: params([4, 5], [0, 0, 0]), startA: start, startB: start }, MODULES, true);
  assert.deepEqual(
    rows.map(({ scope, module, depth, l2, weights }) => [scope, module, depth, l2, weights]),
    [
      ['network', '', -1, 13, 5],
      ['module', 'conv1', 0, 5, 2],
      ['module', 'fc', 1, 12, 3],
    ],
  );
  assertClose(
    rows.map(({ rms }) => rms),
    [13 / Math.sqrt(5), 5 / Math.SQRT2, 12 / Math.sqrt(3)],
    { relative: 1e-14 },
    'rms',
  );
  assert.deepEqual(
    rows.map(({ relative }) => relative),
    [13 / 5, 1, null],
    'a head that starts at zero has no relative distance',
  );
});

test('running statistics are left out, and counted', () => {
  const of = (mean: number): Params => new Map([...params([mean, 1], [1]), ['bn1.running_mean', float32([3], [mean, mean, mean])]]);
  const [conv, fc] = MODULES as [NetworkModule, NetworkModule];
  const modules = [{ ...conv, buffers: ['bn1.running_mean'] }, fc];
  const rows = distanceRows({ a: of(1), b: of(4), startA: of(0), startB: of(0) }, modules, true);
  assert.deepEqual(rows.map(({ l2, weights, leftOut }) => [l2, weights, leftOut]), [[3, 3, 3], [3, 2, 3], [0, 1, 0]]); // prettier-ignore
});

test('the cosine between updates: the same way, at right angles, opposite; null for a frozen side', () => {
  const start = params([1, 1], [0]);
  const cosine = (a: number[], b: number[]) =>
    distanceRows({ a: params(a, [0]), b: params(b, [0]), startA: start, startB: start }, MODULES, true)[1]!.cosine;
  assertClose([cosine([2, 2], [4, 4])!, cosine([2, 1], [1, 2])!, cosine([0, 0], [2, 2])!], [1, 0, -1], { absolute: 1e-15 });
  assert.equal(cosine([1, 1], [2, 2]), null);
});

test('a shared start: of fine-tuned networks the body, not the head; of scratch networks nothing', () => {
  const sides = {
    a: params([2, 1], [5]),
    b: params([1, 3], [9]),
    startA: params([1, 1], [4]),
    startB: params([1, 1], [7]),
  };
  const [network, body, head] = distanceRows(sides, MODULES, true);
  assert.deepEqual([network!.cosine, body!.cosine, head!.cosine], [0, 0, null], 'the heads alone would give a cosine of 1');
  assert.equal(network!.weights, 3, 'the distance itself includes the head');
  const scratch = distanceRows({ ...sides, startB: params([1, 2], [4]) }, MODULES, true);
  assert.deepEqual(
    scratch.map(({ cosine }) => cosine),
    [null, null, 1],
    'a shared head does not make a shared body',
  );
});

test('on a subject: every pair, heads left out against P, the sums of modules make the network', async () => {
  const subject = madeSubject({ architecture: 'fixup-resnet', widths: [4, 8] });
  const distances = (await distance.run(subject, distance.options))['distances'] as readonly DistanceRow[];
  const pairs = distances.filter(({ scope }) => scope === 'network');
  assert.deepEqual(
    pairs.map(({ a, b, pair, head }) => [a, b, pair, head]),
    [
      ['P-T.1', 'P-T.2', 'P-T & P-T', 'included'],
      ['P-T.1', 'RI-T.1', 'P-T & RI-T', 'included'],
      ['P-T.1', 'RI-T.2', 'P-T & RI-T', 'included'],
      ['P-T.2', 'RI-T.1', 'P-T & RI-T', 'included'],
      ['P-T.2', 'RI-T.2', 'P-T & RI-T', 'included'],
      ['RI-T.1', 'RI-T.2', 'RI-T & RI-T', 'included'],
      ['P-T.1', 'P', 'P-T & P', 'left out'],
      ['P-T.2', 'P', 'P-T & P', 'left out'],
      ['RI-T.1', 'P', 'RI-T & P', 'left out'],
      ['RI-T.2', 'P', 'RI-T & P', 'left out'],
    ],
  );
  for (const network of pairs) {
    const modules = distances.filter(({ scope, a, b }) => scope === 'module' && a === network.a && b === network.b);
    assert.equal(
      modules.some(({ module }) => module === 'fc'),
      network.head === 'included',
    );
    const square = modules.reduce((sum, { l2 }) => sum + l2 ** 2, 0);
    assertClose(network.l2, Math.sqrt(square), { relative: 1e-12 }, network.pair);
    assert.equal(
      network.weights,
      modules.reduce((sum, { weights }) => sum + weights, 0),
    );
  }
  // P-T.1 is its start plus noise of 0.05 a weight, and its body starts at P
  const near = pairs.find(({ a, pair }) => a === 'P-T.1' && pair === 'P-T & P')!;
  assertClose(near.rms, 0.05, { relative: 0.1 }, 'rms of the noise');
  assert.deepEqual(
    pairs.map(({ cosine }) => cosine !== null),
    [true, ...new Array<boolean>(9).fill(false)],
  );
  assert.equal(subject.told.at(-1), 1);
});

test('one run a role and no P: only what can be compared', async () => {
  const { data, runs } = madeSubject({ architecture: 'mlp', hidden: [4] });
  const few = subjectOf(data, [runs[1]!, runs[3]!]);
  const { distances } = await distance.run(few, distance.options);
  assert.deepEqual([...new Set(distances!.map(({ pair }) => pair))], ['P-T & RI-T']);
  assert.deepEqual(await distance.run(subjectOf(data, [runs[1]!]), distance.options), { distances: [] });
});
