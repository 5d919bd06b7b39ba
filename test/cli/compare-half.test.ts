// carryover compare with half precision, checkpoints and network: the same rows as with the same numbers in float32.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { writeOnnx } from '../../src/onnx/write.js';
import type { ReportData } from '../../src/report/contract.js';
import { random } from '../../src/tensor/random.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { float32, sizeOf, tensor } from '../../src/tensor/tensor.js';
import { widenFloat16 } from '../../src/tensor/widen.js';
import { cliRig } from '../support/cli.js';

type Weights = ReadonlyMap<string, Tensor>;

const SHAPES = { 'conv1.weight': [4, 3, 3, 3], 'conv1.bias': [4], 'layer1.weight': [6, 4, 1, 1], 'fc.weight': [18, 6], 'fc.bias': [18] };

/** Halves of either sign between 1/16 and 1/2: exponents 11 to 13 of 15, any fraction. */
function halves(seed: number): Weights {
  return new Map(
    Object.entries(SHAPES).map(([name, dims]) => {
      const { integer } = random(seed, name);
      const bits = Uint16Array.from({ length: sizeOf(dims) }, () => (integer(2) << 15) | ((11 + integer(3)) << 10) | integer(1024));
      return [name, tensor('float16', dims, bits)];
    }),
  );
}

const widened = (weights: Weights): Weights =>
  new Map([...weights].map(([name, { dims, data }]) => [name, float32(dims, widenFloat16(data as Uint16Array))]));

function network(weights: Weights, type: 'float16' | 'float32'): Uint8Array {
  const b = new GraphBuilder('net', { '': 17 });
  const w = Object.fromEntries([...weights].map(([name, value]) => [name, b.initializer(name, value)]));
  const x = b.op.Relu([b.op.Conv([b.input('x', [1, 3, 32, 32], type), w['conv1.weight']!, w['conv1.bias']!], { strides: [2, 2] })]);
  const features = b.op.Flatten([b.op.GlobalAveragePool([b.op.Relu([b.op.Conv([x, w['layer1.weight']!])])])]);
  return writeOnnx(b.build([b.op.Gemm([features, w['fc.weight']!, w['fc.bias']!], { transB: 1 }, 'logits')]));
}

test('float16 gives the rows of the same numbers in float32: as checkpoints, and in files of the network itself', async (t) => {
  const rig = await cliRig(t);
  const seeds = { p: 1, a: 2, b: 3 };
  for (const [name, seed] of Object.entries(seeds)) {
    const half = halves(seed);
    await rig.write(`${name}-half.safetensors`, encodeSafetensors(half));
    await rig.write(`${name}-half.onnx`, network(half, 'float16'));
    await rig.write(`${name}-wide.safetensors`, encodeSafetensors(widened(half)));
  }
  await rig.write('half.onnx', network(halves(1), 'float16'));
  await rig.write('wide.onnx', network(widened(halves(1)), 'float32'));
  const compared = async (net: string, ...files: string[]) => {
    const given = files.flatMap((file, i) => ['--checkpoint', `${['P', 'P-T1', 'P-T2'][i]!}=${file}`]);
    const args = ['--data', 'emoji', '-o', 'domains=openmoji', '-t', '1', '-q', '--analyses', 'mistakes,interpolation'];
    const done = await rig.run('compare', '--network', net, ...args, ...given, '--write-study', 'compared.yaml');
    assert.equal(done.code, 0, done.stderr);
    const report = JSON.parse((await rig.run('report', 'compared.yaml', '--json')).stdout) as ReportData;
    const notes = report.loaded.map((each) => each.notes);
    return { tables: report.sections.map(({ analysis, tables }) => ({ analysis, tables })), notes };
  };
  const wide = await compared('wide.onnx', 'p-wide.safetensors', 'a-wide.safetensors', 'b-wide.safetensors');
  assert.deepEqual(wide.notes, [[], [], []]);
  assert.deepEqual(wide.tables.map(({ analysis }) => analysis).toSorted(), ['interpolation', 'mistakes']);
  const paths = wide.tables.find(({ analysis }) => analysis === 'interpolation')!.tables['paths']!;
  assert.ok(paths.length > 10 && new Set(paths.map(({ loss }) => loss)).size > 5, 'there is something to compare');

  const half = await compared('half.onnx', 'p-half.safetensors', 'a-half.onnx', 'b-half.safetensors');
  assert.deepEqual(half.tables, wide.tables);
  const notes = [
    'Widened from half precision to float32, exactly: all tensors.',
    "The network's file: float16 is computed as float32, to which 5 tensors were widened, exactly.",
  ];
  assert.deepEqual(half.notes, [notes, notes, notes]);
});
