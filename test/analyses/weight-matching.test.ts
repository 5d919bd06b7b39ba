import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchWeights } from '../../src/analyses/weight-matching.js';
import { buildNetwork } from '../../src/models/networks.js';
import type { NetworkSpec } from '../../src/models/network.js';
import type { PermutationGroup } from '../../src/onnx/permutations/permutation-groups.js';
import { permutationGroups, permuteUnits } from '../../src/onnx/permutations/permutation-groups.js';
import type { Params } from '../../src/tensor/params.js';
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
    test(name, () => {
      const network = buildNetwork(spec, SHAPE);
      const groups = permutationGroups(network.graph);
      const params = nudged(network.init(5), 0.1, name);
      const copy = shuffled(params, groups);
      assert.ok(squaredDistance(params, copy) > 1);
      const { params: aligned, orders } = matchWeights(params, copy, groups, [1]);
      assert.equal(squaredDistance(params, aligned), 0);
      for (const group of groups) {
        const undone = random('shuffle', group.name).permutation(group.size);
        assert.deepEqual(Array.from(orders.get(group)!, (i) => undone[i]!), Array.from(undone.keys()), group.name); // prettier-ignore
      }
    });
  }
});

test('never farther than before; the orders say how to get there; same key, same bytes', () => {
  const network = buildNetwork(NETWORKS['fixup-resnet, basic']!, SHAPE);
  const groups = permutationGroups(network.graph);
  const [a, b] = [1, 2].map((seed) => nudged(network.init(seed), 0.2, `${seed}`));
  const matching = matchWeights(a!, b!, groups, [1]);
  assert.ok(squaredDistance(a!, matching.params) < 0.98 * squaredDistance(a!, b!));
  const again = groups.reduce((params, group) => permuteUnits(params, group, matching.orders.get(group)!), b!);
  assert.equal(squaredDistance(again, matching.params), 0);
  assert.deepEqual(matchWeights(a!, b!, groups, [1]), matching);
  const near = nudged(a!, 1e-3, 'near');
  const still = matchWeights(a!, near, groups, [1]);
  assert.deepEqual(still.params, near, 'what matches already stays');
});

test('one hidden layer: the best of all permutations', () => {
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
  assertClose(squaredDistance(a, matchWeights(a, b, [group], [1]).params), best, { relative: 1e-6 });
});
