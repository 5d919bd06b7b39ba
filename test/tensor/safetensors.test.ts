import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../src/tensor/input-error.js';
import { decodeSafetensors, encodeSafetensors, readSafetensors, toParams, writeSafetensors } from '../../src/tensor/safetensors.js';
import type { Tensor, Type } from '../../src/tensor/tensor.js';
import { bytesPerElement, float32, int64, sizeOf, tensor, viewBytes } from '../../src/tensor/tensor.js';

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A file with this header and data, whatever they say. */
function file(header: unknown, data: Uint8Array = new Uint8Array(0), claimed?: bigint): Uint8Array {
  const json = typeof header === 'string' ? utf8(header) : header instanceof Uint8Array ? header : utf8(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.byteLength + data.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(json.byteLength), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.byteLength);
  return bytes;
}

test('the bytes are those of the format', () => {
  const bytes = encodeSafetensors(new Map([['w', float32([1, 2], [1, -2])]]), { b: '2', a: '1' });
  const json = '{"__metadata__":{"a":"1","b":"2"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
  assert.equal(new DataView(bytes.buffer).getBigUint64(0, true), BigInt(padded.length));
  assert.equal(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length)), padded);
  assert.deepEqual([...bytes.subarray(8 + padded.length)], [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
});

const TYPES: readonly Type[] = 'float32 float64 float16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool'.split(' ') as Type[];

const anyTensor: fc.Arbitrary<Tensor> = fc
  .record({ type: fc.constantFrom(...TYPES), dims: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }) })
  .chain(({ type, dims }) => {
    const length = sizeOf(dims) * bytesPerElement(type);
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => tensor(type, dims, viewBytes(type, bytes.slice())));
  });
const anyName = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__');

const raw = ({ type, dims, data }: Tensor) => ({
  type,
  dims,
  bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
});

test('what is written is read: any tensors, any names, any metadata', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name, maxLength: 6 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      (entries, metadata) => {
        const bytes = encodeSafetensors(new Map(entries), metadata);
        const read = decodeSafetensors(bytes, 'x');
        assert.deepEqual(new Set(read.tensors.keys()), new Set(entries.map(([name]) => name)));
        for (const [name, value] of entries) assert.deepEqual(raw(read.tensors.get(name)!), raw(value));
        assert.deepEqual({ ...read.metadata }, { ...metadata });
        assert.deepEqual(encodeSafetensors(new Map(entries), metadata), bytes);
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});

test('order is kept, even of names that look like numbers', () => {
  const names = ['b', '10', 'a', '2', '__proto__'];
  const bytes = encodeSafetensors(new Map(names.map((name, i) => [name, float32([1], [i])])));
  const { tensors } = decodeSafetensors(bytes, 'x');
  assert.deepEqual([...tensors.keys()], names);
  assert.deepEqual(
    [...tensors.values()].map(({ data }) => data[0]),
    [0, 1, 2, 3, 4],
  );
});

test('tensors are views on the file', () => {
  const bytes = encodeSafetensors(new Map([['w', float32([2], [1, 2])]]));
  assert.equal(decodeSafetensors(bytes, 'x').tensors.get('w')!.data.buffer, bytes.buffer);
});

test('misaligned tensors are copied to where they can be read, from a Buffer too', () => {
  const bytes = encodeSafetensors(
    new Map([
      ['odd', tensor('uint8', [1], Uint8Array.of(9))],
      ['w', float32([2], [1, -2])],
    ]),
  );
  for (const source of [bytes, Buffer.from(bytes)]) {
    assert.deepEqual(decodeSafetensors(source, 'x').tensors.get('w'), float32([2], [1, -2]));
  }
});

test('no single byte of the header can be changed into something that crashes', () => {
  const bytes = encodeSafetensors(
    new Map([
      ['w', float32([2], [1, 2])],
      ['v', int64([3])],
    ]),
    { a: 'b' },
  );
  const end = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  for (let i = 0; i < end; i++) {
    for (const flip of [1, 2, 16, 128]) {
      const broken = bytes.slice();
      broken[i]! ^= flip;
      try {
        decodeSafetensors(broken, 'x');
      } catch (error) {
        assert.ok(error instanceof InputError, `byte ${i} ^ ${flip}: ${String(error)}`);
      }
    }
  }
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeSafetensors(bytes.subarray(0, length), 'x'), InputError, `cut to ${length} bytes`);
  }
});

const f32 = (shape: unknown, begin: unknown, end: unknown) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });
const eight = new Uint8Array(8);

const HOSTILE: readonly (readonly [string, Uint8Array, string])[] = [
  ['no header', utf8('1234567'), 'x: must have at least 8 bytes, got 7'],
  ['a header beyond the file', file({}, eight, 1000n), 'x: header of 1000 bytes must lie inside the file, got a file of 18 bytes'],
  ['a huge header', file({}, eight, 2n ** 63n), 'x: header must have at most 33554432 bytes, got 9223372036854775808'],
  ['a list for a header', file([]), 'x: header must be a JSON object, got []'],
  ['null for a header', file('null'), 'x: header must be a JSON object, got null'],
  ['a number for a tensor', file({ w: 3 }), 'x: w: must be described by an object, got 3'],
  ['an unknown dtype', file({ w: { ...f32([2], 0, 8), dtype: 'F31' } }, eight), ''],
  ['no dtype', file({ w: { shape: [2], data_offsets: [0, 8] } }, eight), 'x: w: dtype must be text, got nothing'],
  ['a negative size', file({ w: f32([-2], 0, 8) }, eight), 'x: w: shape must be a list of whole numbers ≥ 0, got [-2]'],
  ['half a size', file({ w: f32([0.5], 0, 8) }, eight), 'x: w: shape must be a list of whole numbers ≥ 0, got [0.5]'],
  ['negative offsets', file({ w: f32([2], -8, 0) }, eight), 'x: w: data_offsets must be two whole numbers ≥ 0, got [-8,0]'],
  ['offsets backwards', file({ w: f32([2], 8, 0) }, eight), 'x: w: data_offsets must not run backwards, got [8,0]'],
  ['a wrong length', file({ w: f32([3], 0, 8) }, eight), 'x: w: must have 12 bytes (F32 [3]), got 8'],
  [
    'a size beyond all numbers',
    file({ w: f32([2 ** 50, 2 ** 50], 0, 8) }, eight),
    `x: w: must have ${4 * 2 ** 100} bytes (F32 [1125899906842624, 1125899906842624]), got 8`,
  ],
  ['data beyond the file', file({ w: f32([4], 0, 16) }, eight), "x: w: data must end inside the file's 8 bytes of data, got 16"],
  ['a hole at the start', file({ w: f32([1], 4, 8) }, eight), 'x: w: data must begin at 0, where the header ends, got 4'],
  ['a hole', file({ v: f32([1], 0, 4), w: f32([1], 8, 12) }, new Uint8Array(12)), 'x: w: data must begin at 4, where v ends, got 8'],
  ['an overlap', file({ v: f32([2], 0, 8), w: f32([1], 4, 8) }, eight), 'x: w: data must begin at 8, where v ends, got 4'],
  ['a rest', file({ v: f32([1], 0, 4) }, eight), 'x: the file must end where v ends (4 bytes of data), got 8'],
  ['metadata that is no text', file({ __metadata__: { a: 1 } }), 'x: __metadata__ must map text to text, got {"a":1}'],
  [
    'bfloat16 unasked',
    file({ w: { ...f32([4], 0, 8), dtype: 'BF16' } }, eight),
    'x: w: BF16 must be widened to float32 (option widen), got widen: false',
  ],
];

for (const [what, bytes, message] of HOSTILE) {
  test(`refused: ${what}`, () => {
    const expected = what === 'an unknown dtype' ? /^x: w: dtype must be one of F32, .*BF16, got "F31"$/ : message;
    assert.throws(() => decodeSafetensors(bytes, 'x'), { name: 'InputError', message: expected });
  });
}

test('refused: what is no JSON, or no UTF-8', () => {
  for (const header of ['{"w":', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)]) {
    assert.throws(() => decodeSafetensors(file(header), 'x'), { name: 'InputError', message: /^x: header must be JSON, got / });
  }
});

test('half precision is widened exactly', () => {
  const sixteen = (dtype: string, bits: readonly number[]) => {
    const data = new Uint8Array(Uint16Array.from(bits).buffer);
    const { tensors } = decodeSafetensors(file({ w: { dtype, shape: [bits.length], data_offsets: [0, data.length] } }, data), 'x', {
      widen: true,
    });
    assert.equal(tensors.get('w')!.type, 'float32');
    return [...(tensors.get('w')!.data as Float32Array)];
  };
  // 1, −2, largest, smallest normal, largest and smallest subnormal, −0, ∞, NaN
  assert.deepEqual(sixteen('F16', [0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8000, 0x7c00, 0x7e00, 0x8201]), [
    1,
    -2,
    65504,
    2 ** -14,
    1023 * 2 ** -24,
    2 ** -24,
    -0,
    Infinity,
    NaN,
    -513 * 2 ** -24,
  ]);
  assert.deepEqual(sixteen('BF16', [0x3f80, 0xc000, 0x8000, 0x7f80, 0x7fc0, 0x0001]), [1, -2, -0, Infinity, NaN, 2 ** -133]);
});

test('a file is written whole or not at all', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'w.safetensors');
  const tensors = new Map([
    ['a', float32([3], [1, 2, 3])],
    ['b', float32([0])],
  ]);
  await writeSafetensors(path, tensors, { made: 'here' });
  assert.deepEqual(new Uint8Array(await readFile(path)), encodeSafetensors(tensors, { made: 'here' }));
  const read = await readSafetensors(path);
  assert.deepEqual([...toParams(read.tensors).get('a')!.data], [1, 2, 3]);
  // the name is taken by a folder, so that the last step, the renaming, fails
  await mkdir(join(folder, 'taken'));
  await assert.rejects(writeSafetensors(join(folder, 'taken'), tensors));
  assert.deepEqual((await readdir(folder)).sort(), ['taken', 'w.safetensors']);
});

test('a file that is missing or cut is named', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'w.safetensors');
  await assert.rejects(readSafetensors(path), { name: 'InputError', message: `${path}: must be a readable file, got ENOENT` });
  await writeFile(path, encodeSafetensors(new Map([['a', float32([3])]])).subarray(0, -1));
  await assert.rejects(readSafetensors(path), { message: `${path}: a: data must end inside the file's 11 bytes of data, got 12` });
});

test('parameters are float32', () => {
  assert.throws(() => toParams(new Map([['n', int64([1])]]), 'w.safetensors'), {
    name: 'InputError',
    message: 'w.safetensors: n must be float32, got int64',
  });
});

test('names that stand twice and headers that are too deep are refused, whatever their escapes', () => {
  const w = '{"dtype":"F32","shape":[],"data_offsets":[0,4]}';
  const read = (json: string) => decodeSafetensors(file(json, new Uint8Array(4)), 'x');
  assert.throws(() => read(`{"w":${w},"w":${w}}`), { name: 'InputError', message: 'x: names must differ, got "w" twice' });
  assert.throws(() => read(`{"w":${w},"\\u0077" : ${w}}`), { name: 'InputError', message: 'x: names must differ, got "w" twice' });
  assert.throws(() => read(`{"a":${'['.repeat(1e6)}`), /^InputError: x: header must be at most 3 deep, got more at character 7$/);
  assert.deepEqual([...read(`{"__metadata__":{"w":"\\"w\\": [[[["},"w":${w}}`).tensors.keys()], ['w']);
});
