import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildNetwork } from '../../../src/models/networks.js';
import type { Network, NetworkSpec } from '../../../src/models/network.js';
import { GraphBuilder } from '../../../src/onnx/builder.js';
import type { Value } from '../../../src/onnx/graph.js';
import { permutationGroups, permuteUnits } from '../../../src/onnx/permutations/permutation-groups.js';
import { compile } from '../../../src/runtime/compile.js';
import type { Params } from '../../../src/tensor/params.js';
import { random } from '../../../src/tensor/random.js';
import { float32, floats } from '../../../src/tensor/tensor.js';
import { assertClose } from '../../support/assert-close.js';
import { nudged } from '../../support/subject.js';

const SHAPE = { batch: 2, channels: 3, height: 8, width: 8, classes: 5 };
const NETWORKS: Readonly<Record<string, NetworkSpec>> = {
  mlp: { architecture: 'mlp', hidden: [7, 6] },
  'fixup-resnet, basic': { architecture: 'fixup-resnet', widths: [4, 6], blocks: [2, 1] },
  'fixup-resnet, bottleneck': { architecture: 'fixup-resnet', widths: [3, 4], blocks: [1, 2], block: 'bottleneck' },
  'fixup-resnet, 7x7 stem': { architecture: 'fixup-resnet', widths: [4, 6], blocks: [1, 1], stem: '7x7' },
  'resnet, basic': { architecture: 'resnet', widths: [4, 6], blocks: [2, 1] },
  'resnet, bottleneck': { architecture: 'resnet', widths: [3, 4], blocks: [1, 2], block: 'bottleneck' },
  vit: { architecture: 'vit', width: 12, depth: 2, heads: 3 },
};

async function logitsOf({ graph }: Network, params: Params): Promise<Float32Array> {
  const session = await compile(graph, { threads: 1 });
  try {
    const { normal } = random('images');
    const { batch, channels, height, width } = SHAPE;
    const images = float32([batch, channels, height, width], Float32Array.from({ length: batch * channels * height * width }, normal));
    return floats((await session.run(new Map(params).set('images', images))).get('logits'), 'logits');
  } finally {
    await session.release();
  }
}

describe('a permuted copy computes the same', () => {
  for (const [name, spec] of Object.entries(NETWORKS)) {
    test(name, async () => {
      const network = buildNetwork(spec, SHAPE);
      const params = nudged(network.init(3), 0.2, name);
      const groups = permutationGroups(network.graph);
      assert.ok(groups.length >= 2);
      const before = await logitsOf(network, params);
      assert.ok(before.some((x) => Math.abs(x - before[0]!) > 1e-3));
      for (const group of groups) {
        const order = Array.from({ length: group.size }, (_, i) => (i + 1) % group.size);
        const after = await logitsOf(network, permuteUnits(params, group, order));
        assertClose(after, before, { relative: 1e-4, absolute: 1e-4 }, group.name);
        const [only] = group.members;
        const broken = permuteUnits(params, { ...group, members: [only!] }, order);
        // scores of attention are the one place where a member alone may move: q and k are one weight
        if (group.members.length > 1) assert.notDeepEqual(await logitsOf(network, broken), before, `${group.name} is not free by itself`);
      }
    });
  }
});

test('the groups of a residual network: one for the stream of each stage, one inside each block', () => {
  const { graph } = buildNetwork({ architecture: 'fixup-resnet', widths: [4, 6], blocks: [2, 1] }, SHAPE);
  assert.deepEqual(
    permutationGroups(graph).map(({ name, size, members }) => [name, size, members.map(({ parameter }) => parameter)]),
    [
      ['conv1.weight', 4, ['conv1.weight', 'layer1.0.conv1.weight', 'layer1.0.conv2.weight', 'layer1.1.conv1.weight', 'layer1.1.conv2.weight', 'layer2.0.conv1.weight', 'layer2.0.downsample.weight']],
      ['layer1.0.conv1.weight', 4, ['layer1.0.conv1.weight', 'layer1.0.conv2.weight']],
      ['layer1.1.conv1.weight', 4, ['layer1.1.conv1.weight', 'layer1.1.conv2.weight']],
      ['layer2.0.conv1.weight', 6, ['layer2.0.conv1.weight', 'layer2.0.conv2.weight']],
      ['layer2.0.conv2.weight', 6, ['layer2.0.conv2.weight', 'layer2.0.downsample.weight', 'fc.weight']],
    ],
  ); // prettier-ignore
});

describe('single ops', () => {
  const groupsOf = (build: (b: GraphBuilder, images: Value) => Value) => {
    const b = new GraphBuilder('ops');
    return permutationGroups(b.build([build(b, b.input('images', [2, 3, 4, 4]))]));
  };
  const conv = (b: GraphBuilder, x: Value, name: string, out: number, group = 1) =>
    b.op.Conv([x, b.input(name, [out, x.dims[1]! / group, 1, 1])], { kernel_shape: [1, 1], group });

  test('a flattened map moves in blocks of its plane', () => {
    const groups = groupsOf((b, images) => {
      const flat = b.op.Flatten([conv(b, images, 'conv', 5)]);
      return b.op.Gemm([flat, b.input('fc', [80, 2])]);
    });
    assert.deepEqual(groups, [
      { name: 'conv', size: 5, members: [{ parameter: 'conv', outer: 1, inner: 3 }, { parameter: 'fc', outer: 1, inner: 32 }] },
    ]); // prettier-ignore
  });
  test('batch norm, depthwise convolutions and per-channel numbers go with the channels', () => {
    const [group, ...others] = groupsOf((b, images) => {
      const channels = (name: string) => b.input(name, [6]);
      const x = b.op.BatchNormalization([conv(b, images, 'a', 6), channels('scale'), channels('shift'), channels('mean'), channels('var')]);
      const y = b.op.Mul([conv(b, x, 'depthwise', 6, 6), b.input('gate', [1, 6, 1, 1])]);
      return b.op.GlobalAveragePool([conv(b, b.op.Relu([y]), 'out', 2)]);
    });
    assert.deepEqual(group!.members.map(({ parameter }) => parameter), ['a', 'scale', 'shift', 'mean', 'var', 'depthwise', 'gate', 'out']); // prettier-ignore
    assert.deepEqual(others, []);
  });
  test('a constant that tells channels apart, and places that are picked by number, hold them', () => {
    const constant = (b: GraphBuilder, x: Value, values: number[]) => b.op.Add([x, b.constant(float32([4, 1, 1], values))]);
    const held = (values: number[]) => groupsOf((b, images) => conv(b, constant(b, conv(b, images, 'a', 4), values), 'z', 2));
    assert.equal(held([1, 2, 3, 4]).length, 0);
    assert.equal(held([2, 2, 2, 2]).length, 1);
    assert.deepEqual(
      groupsOf((b, images) => conv(b, b.op.Concat([conv(b, images, 'a', 4), conv(b, images, 'b', 4)], { axis: 1 }), 'z', 2)),
      [],
    );
  });
  test('what cannot be followed is named', () => {
    const name = 'InputError';
    assert.throws(() => groupsOf((b, images) => conv(b, conv(b, images, 'a', 4), 'b', 6, 2)), {
      name,
      message: 'permutations: cannot be derived through Conv (node Conv_2): 2 groups of channels',
    });
    assert.throws(() => groupsOf((b, images) => b.op.Tile([conv(b, images, 'a', 4), b.ints([1, 2, 1, 1])])), {
      name,
      message: 'permutations: cannot be derived through Tile (node Tile_3): no rule for this op',
    });
    assert.throws(() => groupsOf((b, images) => b.op.Reshape([conv(b, images, 'a', 6), b.ints([2, 4, 24])])), {
      name,
      message: 'permutations: cannot be derived through Reshape (node Reshape_3): an axis of 6 does not divide into 4',
    });
  });
});
