import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32 } from '../../src/tensor/tensor.js';
import { random } from '../../src/tensor/random.js';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { bake } from '../../src/onnx/edits/bake.js';
import { cutAt } from '../../src/onnx/edits/cut-at.js';
import { expose } from '../../src/onnx/edits/expose.js';
import { hoist } from '../../src/onnx/edits/hoist.js';
import { prune } from '../../src/onnx/edits/prune.js';
import { rename } from '../../src/onnx/edits/rename.js';
import { tap } from '../../src/onnx/edits/tap.js';
import type { Graph } from '../../src/onnx/graph.js';
import { compile } from '../../src/runtime/compile.js';

/** Two layers with a residual around the second: h = relu(x·w1), y = h + split halves of h·w2 put together again. */
function network(): Graph {
  const b = new GraphBuilder('net');
  const [x, w1, w2] = [b.input('x', [2, 3]), b.input('w1', [3, 4]), b.input('w2', [4, 4])];
  const h = b.op.Relu([b.op.MatMul([x, w1], {}, 'z')], {}, 'h');
  const [left, right] = b.node('Split', [b.op.MatMul([h, w2], {}, 'g')], { axis: 1 }, { names: ['left', 'right'] });
  b.op.Neg([left!], {}, 'unused');
  b.initializer('idle', float32([1]));
  const scaled = b.op.Mul([b.op.Concat([left!, right!], { axis: 1 }), b.initializer('scale', float32([], [0.5]))], {}, 's');
  return b.build([b.op.Add([h, scaled], {}, 'y')]);
}

const draw = (name: string, dims: readonly number[]): [string, Tensor] => {
  const stream = random(1, 'edits', name);
  return [
    name,
    float32(
      dims,
      Float32Array.from({ length: dims[0]! * dims[1]! }, () => stream.normal()),
    ),
  ];
};
const FEEDS = new Map([draw('x', [2, 3]), draw('w1', [3, 4]), draw('w2', [4, 4])]);

async function run(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>> {
  const session = await compile(graph, { threads: 1, optimization: 'disabled' });
  try {
    return await session.run(new Map(graph.inputs.map(({ name }) => [name, feeds.get(name)!])));
  } finally {
    await session.release();
  }
}

const EXPECTED = run(network(), FEEDS).then((results) => results.get('y'));

test('prune takes out what no output needs, and nothing else', async () => {
  const graph = network();
  const pruned = prune(graph);
  assert.deepEqual(
    pruned.nodes.map((node) => node.outputs[0]),
    graph.nodes.map((node) => node.outputs[0]).filter((name) => name !== 'unused'),
  );
  assert.deepEqual([...pruned.initializers.keys()], ['scale']);
  assert.deepEqual(pruned.inputs, graph.inputs);
  assert.deepEqual((await run(pruned, FEEDS)).get('y'), await EXPECTED);
  assert.equal(graph.initializers.size, 2, 'the graph that was given stays as it is');
});

test('tap returns inner values beside the outputs', async () => {
  const tapped = tap(network(), ['z', 'h', 'y', 'z']);
  assert.deepEqual(
    tapped.outputs.map(({ name, dims }) => [name, ...dims]),
    [
      ['y', 2, 4],
      ['z', 2, 4],
      ['h', 2, 4],
    ],
  );
  const results = await run(tapped, FEEDS);
  assert.deepEqual(results.get('y'), await EXPECTED);
  assert.deepEqual(
    [...results.get('h')!.data],
    Array.from(results.get('z')!.data as Float32Array, (z) => Math.max(z, 0)),
  );
  assert.throws(() => tap(network(), ['hh']), { message: /^tap: unknown value "hh"; there are: .*h.*; did you mean h\?$/ });
  assert.throws(() => tap(network(), ['x']), { message: /^tap: unknown value "x"/ });
});

test('bake and expose undo each other and change no result', async () => {
  const baked = bake(network(), new Map([...FEEDS].slice(1)));
  assert.deepEqual(
    baked.inputs.map(({ name }) => name),
    ['x'],
  );
  assert.deepEqual((await run(baked, FEEDS)).get('y'), await EXPECTED);
  assert.deepEqual(expose(baked, ['w1', 'w2']), network());
  assert.throws(() => bake(network(), new Map([['w3', float32([1])]])), { message: /^bake: unknown input "w3"; there are: x, w1, w2/ });
  assert.throws(() => bake(network(), new Map([['w1', float32([4, 3])]])), { message: 'bake: w1 must have shape [3, 4], got [4, 3]' });
  assert.throws(() => expose(network(), ['w1']), { message: 'expose: unknown initializer "w1"; there are: idle, scale' });
});

test('two halves compute what the whole does', async () => {
  for (const name of ['z', 'h', 'g', 'left', 's']) {
    const { before, after } = cutAt(network(), name);
    assert.deepEqual(
      before.outputs.map((value) => value.name),
      [name],
    );
    assert.equal(after.inputs[0]!.name, name);
    const middle = (await run(before, FEEDS)).get(name)!;
    assert.deepEqual((await run(after, new Map([...FEEDS, [name, middle]]))).get('y'), await EXPECTED, name);
  }
  const { before, after } = cutAt(network(), 'h');
  assert.deepEqual(
    [before, after].map((half) => half.inputs.map((value) => value.name)),
    [
      ['x', 'w1'],
      ['h', 'w2'],
    ],
  );
  assert.equal(before.nodes.length + after.nodes.length, prune(network()).nodes.length, 'nothing is computed twice');
  assert.deepEqual(
    cutAt(network(), 'g').after.inputs.map((value) => value.name),
    ['g', 'x', 'w1'],
    'the residual goes around g',
  );
  assert.throws(() => cutAt(network(), 'y'), { message: 'cutAt: value must not be an output, got y' });
  assert.throws(() => cutAt(network(), 'w1'), { message: /^cutAt: unknown value "w1"/ });
});

test('rename changes names alone', async () => {
  const renamed = rename(
    network(),
    new Map([
      ['x', 'images'],
      ['y', 'logits'],
      ['h', 'z'],
      ['z', 'h'],
      ['scale', 'half'],
    ]),
  );
  assert.deepEqual(
    renamed.inputs.map(({ name }) => name),
    ['images', 'w1', 'w2'],
  );
  assert.deepEqual([...renamed.initializers.keys()], ['idle', 'half']);
  assert.deepEqual((await run(renamed, new Map([...FEEDS, ['images', FEEDS.get('x')!]]))).get('logits'), await EXPECTED);
  assert.throws(() => rename(network(), new Map([['x', 'w1']])), { message: 'rename: names must stay unique, got w1 for x and w1' });
  assert.throws(() => rename(network(), new Map([['q', 'r']])), { message: /^rename: unknown value "q"/ });
});

test('what does not depend on an input is moved out, and computed once serves every value of it', async () => {
  for (const [varying, invariants] of [
    [['w2'], ['h']],
    [['w1'], []],
    [['w1', 'w2'], []],
  ] as const) {
    const graph = network();
    const { invariants: found, rest } = hoist(graph, varying);
    assert.deepEqual(
      found.map(({ name }) => name),
      invariants,
    );
    const whole = tap(graph, [...invariants]);
    const base = await run(whole, FEEDS);
    for (const factor of [1, -3]) {
      const varied = new Map(
        varying.map((name) => [
          name,
          float32(
            FEEDS.get(name)!.dims,
            (FEEDS.get(name)!.data as Float32Array).map((x) => factor * x),
          ),
        ]),
      );
      const expected = (await run(graph, new Map([...FEEDS, ...varied]))).get('y');
      assert.deepEqual((await run(rest, new Map([...FEEDS, ...varied, ...base]))).get('y'), expected, `${varying.join()} × ${factor}`);
    }
  }
  const { rest } = hoist(network(), ['w2']);
  assert.deepEqual(
    rest.inputs.map(({ name }) => name),
    ['w2', 'h'],
    'x and w1 went with it',
  );
  assert.throws(() => hoist(tap(network(), ['h']), ['w2']), { message: 'hoist: outputs must depend on w2, got h' });
});
