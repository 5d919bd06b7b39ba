import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openRowProducts } from '../../src/analyses/row-products.js';
import { unitProducts } from '../../src/analyses/unit-products.js';
import { matchWeights } from '../../src/analyses/weight-matching.js';
import { buildNetwork } from '../../src/models/networks.js';
import type { NetworkSpec } from '../../src/models/network.js';
import type { PermutationGroup } from '../../src/onnx/permutations/permutation-groups.js';
import { permutationGroups, permuteUnits } from '../../src/onnx/permutations/permutation-groups.js';
import type { Params } from '../../src/tensor/params.js';
import { assign } from '../../src/analyses/assignment.js';
import { squaredDistance } from '../../src/tensor/params.js';
import { random } from '../../src/tensor/random.js';
import { float32 } from '../../src/tensor/tensor.js';
import { assertClose } from '../support/assert-close.js';
import { nudged } from '../support/subject.js';

const SHAPE = { batch: 1, channels: 3, height: 8, width: 8, classes: 5 };
const NETWORKS: Readonly<Record<string, NetworkSpec>> = {
  mlp: { architecture: 'mlp', hidden: [24, 12] },
  'fixup-resnet, basic': { architecture: 'fixup-resnet', widths: [8, 12], blocks: [2, 1] },
  'fixup-resnet, bottleneck': { architecture: 'fixup-resnet', widths: [6, 8], blocks: [1, 2], block: 'bottleneck' },
  'resnet, basic': { architecture: 'resnet', widths: [8, 12], blocks: [2, 1] },
};

const shuffled = (params: Params, groups: readonly PermutationGroup[]): Params =>
  groups.reduce((result, group) => permuteUnits(result, group, random('shuffle', group.name).permutation(group.size)), params);

describe('a permuted copy comes back exactly', () => {
  for (const [name, spec] of Object.entries(NETWORKS)) {
    test(name, async () => {
      const network = buildNetwork(spec, SHAPE);
      const groups = permutationGroups(network.graph);
      const params = nudged(network.init(5), 0.1, name);
      const copy = shuffled(params, groups);
      assert.ok(squaredDistance(params, copy) > 1);
      const { params: aligned, orders } = await matchWeights(params, copy, groups, [1]);
      assert.equal(squaredDistance(params, aligned), 0);
      for (const group of groups) {
        const undone = random('shuffle', group.name).permutation(group.size);
        assert.deepEqual(Array.from(orders.get(group)!, (i) => undone[i]!), Array.from(undone.keys()), group.name); // prettier-ignore
      }
    });
  }
});

test('never farther than before; the orders say how to get there; same key, same bytes', async () => {
  const network = buildNetwork(NETWORKS['fixup-resnet, basic']!, SHAPE);
  const groups = permutationGroups(network.graph);
  const [a, b] = [1, 2].map((seed) => nudged(network.init(seed), 0.2, `${seed}`));
  const matching = await matchWeights(a!, b!, groups, [1]);
  assert.ok(squaredDistance(a!, matching.params) < 0.98 * squaredDistance(a!, b!));
  const again = groups.reduce((params, group) => permuteUnits(params, group, matching.orders.get(group)!), b!);
  assert.equal(squaredDistance(again, matching.params), 0);
  assert.deepEqual(await matchWeights(a!, b!, groups, [1]), matching);
  const near = nudged(a!, 1e-3, 'near');
  const still = await matchWeights(a!, near, groups, [1]);
  assert.deepEqual(still.params, near, 'what matches already stays');
});

test('one hidden layer: the best of all permutations', async () => {
  const { normal } = random('one layer');
  const draw = (): Params =>
    new Map([
      ['w', float32([5, 3], Float32Array.from({ length: 15 }, normal))],
      ['v', float32([2, 5], Float32Array.from({ length: 10 }, normal))],
    ]);
  const [a, b] = [draw(), draw()];
  const group = { name: 'w', size: 5, members: [{ parameter: 'w', outer: 1, inner: 3 }, { parameter: 'v', outer: 2, inner: 1 }] }; // prettier-ignore
  const all = (n: number): number[][] =>
    n === 0 ? [[]] : all(n - 1).flatMap((each) => Array.from({ length: n }, (_, at) => [...each.slice(0, at), n - 1, ...each.slice(at)]));
  const best = Math.min(...all(5).map((order) => squaredDistance(a, permuteUnits(b, group, order))));
  assertClose(squaredDistance(a, (await matchWeights(a, b, [group], [1])).params), best, { relative: 1e-6 });
});

test('products of units are sums over all their weights, also where these fill several parts', async () => {
  const size = 7;
  const { normal } = random('units');
  const draw = (dims: readonly number[]) => float32(dims, Float32Array.from({ length: dims.reduce((p, d) => p * d, 1) }, normal)); // prettier-ignore
  // 1,500 + 700 + 1 columns; what `a` lacks does not count
  const members = [
    { parameter: 'w', outer: 3, inner: 500 },
    { parameter: 'v', outer: 1, inner: 700 },
    { parameter: 'statistics', outer: 1, inner: 1 },
    { parameter: 'bias', outer: 1, inner: 1 },
  ];
  const sets = [1, 2].map((): Params => new Map(members.map(({ parameter, outer, inner }) => [parameter, draw([outer, size, inner])])));
  const a: Params = new Map([...sets[0]!].filter(([name]) => name !== 'statistics'));
  const b = sets[1]!;
  const engine = openRowProducts({ threads: 1 });
  const found = await unitProducts(a, b, { name: 'w', size, members }, members, engine);
  await engine.release();
  const expected = Float64Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = 0;
    for (const { parameter, outer, inner } of members.filter((each) => a.has(each.parameter)))
      for (let o = 0; o < outer; o++)
        for (let k = 0; k < inner; k++)
          sum += a.get(parameter)!.data[(o * size + i) * inner + k]! * b.get(parameter)!.data[(o * size + j) * inner + k]!;
    return sum;
  });
  assertClose(found, expected, { relative: 1e-5, absolute: 1e-4 });
});

test('descent that passes settled groups over comes where sweeps over all groups come; progress grows to the end', async () => {
  const network = buildNetwork(NETWORKS['resnet, basic']!, SHAPE);
  const buffers = new Set(network.buffers);
  const groups = permutationGroups(network.graph);
  const [a, b] = [1, 2].map((seed) => new Map([...nudged(network.init(seed), 0.2, `${seed}`)].filter(([name]) => !buffers.has(name)))) as unknown as [Params, Params]; // prettier-ignore
  const owned = groups.map((group) => ({ ...group, members: group.members.filter(({ parameter }) => a.has(parameter)) }));
  const like = (x: Params) => [...a].reduce((sum, [name, { data }]) => sum + data.reduce((own, v, i) => own + v * x.get(name)!.data[i]!, 0), 0); // prettier-ignore
  const engine = openRowProducts({ threads: 1 });
  const matched = async (from: Params, group: PermutationGroup, members = group.members) => {
    const gains = await unitProducts(a, from, group, members, engine);
    return permuteUnits(from, group, assign(gains, group.size)); // prettier-ignore
  };
  const everyGroup = async (start: Params) => {
    let current = start;
    for (let sweep = 0, improved = true; improved; sweep++) {
      improved = false;
      for (const k of random(1, 'sweep', sweep).permutation(groups.length)) {
        const next = await matched(current, owned[k]!);
        if (like(next) <= like(current) + 1e-9 * Math.abs(like(current))) continue;
        [current, improved] = [next, true];
      }
    }
    return current;
  };
  let forwards = b;
  for (const [k, group] of owned.entries()) {
    const later = new Set(owned.slice(k + 1).flatMap(({ members }) => members.map(({ parameter }) => parameter)));
    const settled = group.members.filter(({ parameter }) => !later.has(parameter));
    forwards = await matched(forwards, group, settled.length > 0 ? settled : group.members);
  }
  const ends = [await everyGroup(b), await everyGroup(forwards)];
  await engine.release();
  const told: number[] = [];
  const { params } = await matchWeights(a, b, owned, [1], { progress: (share) => void told.push(share) });
  assertClose(like(params), Math.max(...ends.map(like)), { relative: 1e-9 });
  assert.ok(told.every((share, i) => share > (told[i - 1] ?? 0) && share < 1) && told.length >= 2 * groups.length, `${told.join(' ')}`);
});
