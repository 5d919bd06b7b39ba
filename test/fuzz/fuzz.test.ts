// The fuzzer itself: what it calls broken, that it repeats, and that a second of it runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mutate, mutateEntry } from '../../scripts/fuzz/mutate.js';
import { seedsOf, TARGETS } from '../../scripts/fuzz/targets.js';
import { verdict } from '../../scripts/fuzz/verdict.js';
import { InputError } from '../../src/tensor/input-error.js';
import { random } from '../../src/tensor/random.js';

const throwing = (error: Error) => verdict(() => Promise.reject(error));

test('only an InputError refuses; errors of the language are findings, dressed up or not', async () => {
  assert.equal(await verdict(() => Promise.resolve(1)), 'read');
  assert.equal(await throwing(new InputError('x: rule, got y')), 'refused');
  assert.equal(await throwing(new InputError('x', { cause: new Error('rule of a graph') })), 'refused');
  for (const error of [new TypeError('t'), new Error('internal: e'), new InputError('x', { cause: new RangeError('r') })])
    assert.equal(typeof (await throwing(error)), 'object', String(error));
});

test('the same seed gives the same files, another one others', async () => {
  const seeds = await seedsOf(TARGETS['pth']!);
  const archive = seeds.find(({ entries }) => entries.length > 1)!;
  const files = (seed: number) => {
    const stream = random(seed, 'fuzz');
    return Array.from({ length: 20 }, (_, i) =>
      Buffer.from(
        i % 2 === 0 ? mutate(archive.bytes, stream, seeds[0]!.bytes) : mutateEntry(archive.entries, stream, seeds[0]!.bytes),
      ).toString('hex'),
    );
  };
  assert.deepEqual(files(1), files(1));
  assert.notDeepEqual(files(1), files(2));
  assert.ok(new Set(files(1)).size > 10, 'they differ from each other');
});

test('seeds of functions, Einsum and quantised weights are read as networks before they are changed', async () => {
  const seeds = await seedsOf(TARGETS['network']!);
  for (const name of ['functions.onnx', 'einsum-qdq.onnx'])
    for (const target of ['onnx', 'network']) assert.equal(await verdict(() => TARGETS[target]!.read(seeds.find((each) => each.name === name)!.bytes)), 'read', name); // prettier-ignore
});

test('every reader has seeds, and a second of fuzzing reads some and refuses the rest', async () => {
  for (const [name, target] of Object.entries(TARGETS)) assert.ok((await seedsOf(target)).length >= 3, name);
  const script = fileURLToPath(new URL('../../scripts/fuzz.js', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--seconds', '1', '--only', 'safetensors'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^safetensors: \d+ files from \d+ seeds, [1-9]\d* read, the rest refused\n$/);
  assert.equal(spawnSync(process.execPath, [script, '--only', 'pickle']).status, 2);
});
