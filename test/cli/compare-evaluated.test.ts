// carryover compare with a network that cannot be trained here: what needs no gradient works, and what is absent is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder } from '../../src/onnx/builder.js';
import { writeOnnx } from '../../src/onnx/write.js';
import type { ReportData } from '../../src/report/contract.js';
import { random } from '../../src/tensor/random.js';
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import type { FloatTensor } from '../../src/tensor/tensor.js';
import { float32, int64, sizeOf, tensor } from '../../src/tensor/tensor.js';
import { cliRig } from '../support/cli.js';

const SHAPES = { 'conv1.weight': [4, 3, 3, 3], 'conv1.bias': [4], 'layer1.weight': [6, 4, 1, 1], 'fc.weight': [18, 6], 'fc.bias': [18] };

function weights(seed: number): ReadonlyMap<string, FloatTensor> {
  return new Map(
    Object.entries(SHAPES).map(([name, dims]) => {
      const { normal } = random(seed, name);
      return [name, float32(dims, Float32Array.from({ length: sizeOf(dims) }, () => 0.3 * normal()))] as const; // prettier-ignore
    }),
  );
}

/** The second convolution takes activations that were rounded to 8 bits, and running sums along the rows follow: neither has a gradient. */
function network(): Uint8Array {
  const b = new GraphBuilder('net', { '': 17 });
  const w = Object.fromEntries([...weights(1)].map(([name, value]) => [name, b.initializer(name, value)]));
  const about = [b.scalar(0.02), b.constant(tensor('uint8', [], Uint8Array.of(3)))];
  const x = b.op.Relu([b.op.Conv([b.input('x', [1, 3, 32, 32]), w['conv1.weight']!, w['conv1.bias']!], { strides: [2, 2] })]);
  const [integers] = b.node('QuantizeLinear', [x, ...about], {}, { names: ['rounded'] });
  const [back] = b.node('DequantizeLinear', [integers!, ...about]);
  const [sums] = b.node('CumSum', [b.op.Conv([back!, w['layer1.weight']!]), b.constant(int64([3], []))], {}, { names: ['sums'] });
  const features = b.op.Flatten([b.op.GlobalAveragePool([sums!])]);
  return writeOnnx(b.build([b.op.Gemm([features, w['fc.weight']!, w['fc.bias']!], { transB: 1 }, 'logits')]));
}

test('a quantised network with an op that has no gradient is compared; a study that trains it is told the node', async (t) => {
  const rig = await cliRig(t);
  await rig.write('net.onnx', network());
  for (const [i, name] of ['p', 'a', 'b'].entries()) await rig.write(`${name}.safetensors`, encodeSafetensors(weights(i + 2)));
  const given = ['P=p', 'P-T1=a', 'P-T2=b'].flatMap((each) => ['--checkpoint', `${each}.safetensors`]);
  const images = ['--data', 'emoji', '-o', 'domains=openmoji', '-t', '1', '-q', '--json'];
  const analyses = ['--analyses', 'mistakes,cka,interpolation,alignment'];
  const done = await rig.run('compare', '--network', 'net.onnx', ...images, ...given, ...analyses, '--write-study', 'compared.yaml');
  assert.equal(done.code, 0, done.stderr);
  const { absent, loaded } = JSON.parse(done.stdout) as { absent: { what: string; reason: string }[]; loaded: { notes: string[] }[] };
  assert.deepEqual(
    absent.filter(({ what }) => what === '').map(({ reason }) => reason),
    ['permutations of units cannot be derived through QuantizeLinear (node rounded): no rule for this op'],
  );
  const note = "The network's file: activations are rounded to integers as the file says: what lies before them cannot be trained.";
  assert.deepEqual(loaded.map(({ notes }) => notes), [[note], [note], [note]]); // prettier-ignore
  const { stdout } = await rig.run('report', 'compared.yaml', '--json');
  const rows = (analysis: string, table: string) =>
    (JSON.parse(stdout) as ReportData).sections.find((each) => each.analysis === analysis)!.tables[table]!;
  assert.deepEqual([...new Set(rows('cka', 'similarities').map(({ module }) => module))], ['conv1', 'layer1', 'fc']);
  assert.ok(rows('cka', 'similarities').every(({ value }) => typeof value === 'number'));
  assert.ok(rows('interpolation', 'paths').every(({ loss }) => Number.isFinite(loss)));

  await rig.write(
    'trains.yaml',
    `carryover: 1
name: trains
network: { architecture: onnx, file: net.onnx }
data: { near: { dataset: emoji, domains: [openmoji] } }
targets: [near]
arms: { RI-T: { seeds: [1] } }
recipe: { epochs: 1 }
analyses: [learning-curves]
`,
  );
  const trained = await rig.run('run', 'trains.yaml', '-t', '1', '-q');
  assert.notEqual(trained.code, 0);
  assert.match(trained.stderr, /gradient: CumSum \(node sums\) has no gradient here: what depends on it cannot be trained, only evaluated/);
});
