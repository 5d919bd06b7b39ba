// A corpus of files that were made to do harm. Each entry: what a reader must say. The fuzzer mutates them, too.
import { encodeSafetensors } from '../../src/tensor/safetensors.js';
import { float32 } from '../../src/tensor/tensor.js';
import { call, dict, global, int, pickle, storage, tensorOn, text, tuple, uint32, uint64 } from '../support/pickle.js';
import type { Packed } from '../support/zip.js';
import { packZip } from '../support/zip.js';
import { HOSTILE_ONNX } from './hostile-onnx.js';

export interface Hostile {
  /** Ends as its format does. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly message: RegExp;
}

/** Made when a shell runs: a test looks for it. */
export const MARKER = 'carryover-was-here';

const four = new Uint8Array(16);

/** An archive as torch.save writes it: this pickle, storage 0 of four float32. */
export const archive = (data: Uint8Array, ...more: readonly Packed[]): Uint8Array =>
  packZip([{ name: 'archive/data.pkl', data }, { name: 'archive/data/0', data: four }, ...more]);

const W = text('w');
const plain = tensorOn(storage('0', 4), int(0), [2, 2], [2, 1]);
const weights = pickle(dict([W, plain]));
const withTensor = (...parts: Parameters<typeof tensorOn>) => archive(pickle(dict([W, tensorOn(...parts)])));
const run = text(`touch ${MARKER}`);

const code: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  'os.system': [pickle(call(global('os', 'system'), run)), /tensors only .*got the global "os\.system"$/],
  'posix.system': [pickle(call(global('posix', 'system'), run)), /got the global "posix\.system"$/],
  eval: [pickle(call(global('builtins', 'eval'), text(`__import__('os').system('touch ${MARKER}')`))), /global "builtins\.eval"$/],
  getattr: [pickle(call(global('__builtin__', 'getattr'), global('torch', 'Size'), text('__class__'))), /global "__builtin__\.getattr"$/],
  subprocess: [pickle(call(global('subprocess', 'Popen'), tuple(run))), /global "subprocess\.Popen"$/],
  'nested reduce': [
    pickle(dict([W, call(global('torch._utils', '_rebuild_tensor_v2'), call(global('os', 'system'), run), int(0), tuple(), tuple())])),
    /global "os\.system"$/,
  ],
  'behind weights': [pickle(dict([W, plain]), '0', call(global('os', 'system'), run)), /global "os\.system"$/],
  'stack global': [pickle(text('torch.hub'), text('load'), '\x93', tuple(run), 'R'), /global "torch\.hub\.load"$/],
  'dotted name': [pickle(text('torch'), text('storage.os.system'), '\x93'), /global "torch\.storage\.os\.system"$/],
  prototype: [pickle(text('torch'), text('constructor'), '\x93', tuple(run), 'R'), /global "torch\.constructor"$/],
  'a type as a function': [pickle(call(global('torch', 'FloatStorage'), int(10n ** 12n))), /torch\.FloatStorage must not be called$/],
  'text as a function': [pickle(call(text('os.system'), run)), /must call a known name with a tuple/],
  inst: [pickle('(', run, 'ios\nsystem\n'), /opcodes that torch\.save writes, got 0x69/],
  obj: [pickle('(', global('torch', 'Size'), run, 'o'), /got 0x6f/],
  extension: [pickle('\x82\x01'), /got 0x82/],
  'text persistent id': [pickle('Pevil\n'), /got 0x50/],
  'state of a tensor': [pickle(plain, dict([text('__class__'), run]), 'b'), /attributes must belong to a dictionary/],
  'encode bomb': [pickle(call(global('collections', 'OrderedDict'), '(l')), /an OrderedDict must begin empty/],
};

const shapes: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  'huge dims': [
    withTensor(storage('0', 4), int(0), [2 ** 40, 2 ** 40], [1, 1]),
    /product below 2\^53, got \[1099511627776, 1099511627776\]$/,
  ],
  'dims beyond 2^53': [withTensor(storage('0', 4), int(0), [2n ** 60n], [1]), /all whole numbers ≥ 0$/],
  'negative dims': [withTensor(storage('0', 4), int(0), [-1], [1]), /all whole numbers ≥ 0$/],
  'negative offset': [withTensor(storage('0', 4), int(-1), [4], [1]), /all whole numbers ≥ 0$/],
  'offset outside': [withTensor(storage('0', 4), int(1), [4], [1]), /must lie inside its storage of 4 elements, got elements 1 to 5$/],
  'stride outside': [withTensor(storage('0', 4), int(0), [2], [2 ** 50]), /must lie inside its storage of 4 elements/],
  'expanded to terabytes': [withTensor(storage('0', 4), int(0), [2 ** 40], [0]), /more elements than its storage/],
  'hidden by an empty axis': [
    withTensor(storage('0', 4), int(9), [0], [1]),
    /must lie inside its storage of 4 elements, got elements 9 to 9$/,
  ],
  'many axes': [withTensor(storage('0', 4), int(0), new Array<number>(9).fill(1), new Array<number>(9).fill(1)), /at most 8 axes/],
  'storage elsewhere': [withTensor(storage('../../../etc/passwd', 4), int(0), [4], [1]), /its data must be in the archive/],
  'storage that lies': [withTensor(storage('0', 10 ** 12), int(0), [10 ** 12], [1]), /more elements than its storage/],
  'not a storage': [archive(pickle(tuple(text('storage'), text('float'), W), 'Q')), /a persistent id must be/],
};

const nested = (depth: number, open: string, close: string) => pickle(open.repeat(depth), close.repeat(depth));
const laughs = pickle(
  ']',
  'q\x00',
  ...Array.from({ length: 60 }, (_, i) => `0](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`),
);

const bombs: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  'deep lists': [nested(500_000, ']', 'a').subarray(0, -1), /the pickle must push what it uses|must end with a stop/],
  'deep dictionaries': [
    pickle('}'.repeat(5000), ...Array.from({ length: 4999 }, () => ['X\x01\x00\x00\x00k', '\x8c\x00', 's0'])),
    /must hold tensors in a dictionary, got none|must be added/,
  ],
  'nested state dicts': [
    pickle(
      Array.from({ length: 3000 }, () => ['}', '(', W]),
      plain,
      'u'.repeat(3000),
    ),
    /must hold tensors in a dictionary, got none/,
  ],
  'billion laughs': [laughs, /must hold a state_dict \(a dictionary of tensors\), got a list of 2$/],
  'dictionary in itself': [pickle('}', 'q\x00', '(', W, 'h\x00', 'u'), /must hold tensors in a dictionary, got none/],
  'laughing key': [pickle('}', '(', laughs.subarray(2, -1), int(1), 'u'), /got none \(keys: \(an object\)\)$/],
  'far memo': [pickle(W, 'r', uint32(2 ** 32 - 1), '0j', uint32(2 ** 32 - 2)), /must remember what it recalls, got memo 4294967294$/],
  'long text': [pickle('X', uint32(2 ** 32 - 1)), /must end with a stop/],
  'longer text': [pickle('\x8d', uint64(2n ** 63n)), /must end with a stop/],
  'long integer': [pickle('\x8b', uint32(2 ** 31 - 1)), /an integer must have at most 16 bytes, got 2147483647$/],
  'many objects': [pickle(']'.repeat(2 ** 20 + 1)), /must make at most 1048576 objects/],
  'long name': [pickle(dict([text('n'.repeat(5000)), plain])), /a name must have at most 1000 characters/],
  'no stop': [Buffer.from([0x80, 2]), /must end with a stop/],
  'nothing on the stack': [pickle('0', 'R'), /must push what it uses/],
  'no mark': [pickle('u'), /must set a mark first/],
};

const zeros = (count: number) => new Uint8Array(count);
const zips: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  'pickle bomb': [
    packZip([{ name: 'a/data.pkl', data: zeros(2 ** 25), deflate: true }]),
    /must have at most 16777216 bytes, got 33554432$/,
  ],
  'storage bomb': [
    packZip([
      { name: 'a/data.pkl', data: weights },
      { name: 'a/data/0', data: zeros(1000), deflate: true, size: 2 ** 32 - 2 },
    ]),
    /must not unpack to more than \d+, got 4294967294$/,
  ],
  'unpacks to more than it says': [
    packZip([
      { name: 'a/data.pkl', data: weights },
      { name: 'a/data/0', data: zeros(2 ** 22), deflate: true, size: 16 },
    ]),
    /"a\/data\/0": must unpack to 16 bytes, got /,
  ],
  'overlapping entries': [
    packZip([
      { name: 'a/data.pkl', data: weights },
      { name: 'a/data/0', data: four, headerAt: 0 },
    ]),
    /must end where .* begins \(byte 0\)|must end before/,
  ],
  'entry outside': [archive(weights, { name: 'b', data: four, headerAt: 2 ** 31 }), /must end before the directory/],
  'name twice': [
    archive(weights, { name: 'archive/data/0', data: four }),
    /names in the archive must differ, got "archive\/data\/0" twice$/,
  ],
  'climbing name': [archive(weights, { name: '../../evil', data: four }), /"\.\.\/\.\.\/evil": a name in the archive must stay inside it$/],
  'absolute name': [archive(weights, { name: '/etc/evil', data: four }), /"\/etc\/evil": a name in the archive must stay inside it$/],
  'windows name': [archive(weights, { name: 'a\\..\\..\\evil', data: four }), /must stay inside it$/],
  encrypted: [archive(weights, { name: 'b', data: four, flags: 1 }), /"b": must not be encrypted$/],
  method: [archive(weights, { name: 'b', data: four, method: 12 }), /"b": must be stored or deflated, got method 12$/],
  'stored size': [archive(weights, { name: 'b', data: four, size: 20 }), /"b": stored bytes must be 20, got 16$/],
  count: [packZip([{ name: 'a/data.pkl', data: weights }], { count: 65535 }), /must hold 65535 entries, got 1$/],
  'zip64 beyond': [archive(weights, { name: 'b', data: four, wide: true, headerAt: 2 ** 52 }), /must end before the directory/],
  cut: [archive(weights).subarray(0, -30), /must be a whole zip archive, got no end record/],
  'big endian': [archive(weights, { name: 'archive/byteorder', data: Buffer.from('big') }), /byte order must be little, got "big"$/],
};

const safe = (header: unknown, data = 0, claimed?: bigint): Uint8Array => {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([uint64(claimed ?? BigInt(json.length)), json, zeros(data)]);
};
const f32 = (shape: readonly number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

const safetensors: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  '10 GB header': [safe({}, 0, 10_000_000_000n), /header must have at most 33554432 bytes, got 10000000000$/],
  'header beyond the format': [safe({}, 0, 100_000_000n), /header must have at most 33554432 bytes/],
  'header beyond the file': [safe({}, 0, 33_333_333n), /header of 33333333 bytes must lie inside the file/],
  'many axes': [safe({ w: f32(new Array<number>(9).fill(0), 0, 0) }), /w: must have at most 8 axes, got 9$/],
  'thousands of axes': [
    safe({ w: f32(new Array<number>(2 ** 14 + 1).fill(0), 0, 0) }),
    /list or object .* at most 16384 entries, got more/,
  ],
  'thousands of metadata': [
    safe({ __metadata__: Object.fromEntries(Array.from({ length: 2 ** 14 + 1 }, (_, i) => [`k${i}`, ''])) }),
    /list or object in the header must have at most 16384 entries/,
  ],
  'many empty tensors': [
    safe(`{${Array.from({ length: 2 ** 17 + 2 }, (_, i) => `"${i}":${JSON.stringify(f32([0], 0, 0))}`).join()}}`),
    /a file must have at most 131072 tensors, got more$/,
  ],
  'offsets outside': [safe({ w: f32([1000], 0, 4000) }, 4), /data must end inside the file's 4 bytes of data, got 4000$/],
  overlap: [safe({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), /b: data must begin at 8, where a ends, got 4$/],
  hole: [safe({ a: f32([1], 4, 8) }, 8), /a: data must begin at 0/],
  backwards: [safe({ a: f32([1], 8, 4) }, 8), /must not run backwards/],
  'huge dims': [safe({ w: f32([2 ** 52, 2 ** 52], 0, 4) }, 4), /must have \S+ bytes/],
  'overflowing dims': [safe({ w: f32([...new Array<number>(40).fill(2 ** 53 - 1), 0], 0, 0) }), /must have at most 8 axes, got 41$/],
  'negative dims': [safe({ w: f32([-1, -4], 0, 16) }, 16), /shape must be a list of whole numbers ≥ 0/],
  'name twice': [
    safe(`{"w":${JSON.stringify(f32([1], 0, 4))},"w":${JSON.stringify(f32([], 0, 4))}}`, 4),
    /names must differ, got "w" twice$/,
  ],
  deep: [safe('['.repeat(1_000_000)), /header must be at most 3 deep/],
  'not text': [safe('\uFFFE', 0), /header must be JSON/],
  'a list': [safe([1]), /header must be a JSON object/],
  'unknown type': [
    safe({ w: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1),
    /dtype must be one of F32, .*BF16, got "F8_E4M3"$/,
  ],
  empty: [new Uint8Array(0), /must have at least 8 bytes, got 0$/],
};

const npy = (header: string, data = 0, length?: number): Uint8Array => {
  const text = Buffer.from(header);
  return Buffer.concat([Buffer.from('\x93NUMPY\x02\x00', 'latin1'), uint32(length ?? text.length), text, zeros(data)]);
};
const dictOf = (descr: string, shape: string) => `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;

const arrays: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  objects: [npy(dictOf("'|O'", '(1,)'), 8), /type must be plain little-endian numbers .*got "\|O"$/],
  'huge shape': [npy(dictOf("'<f4'", '(9007199254740991, 9007199254740991)'), 4), /shape must be whole numbers/],
  'more than there is': [npy(dictOf("'<f4'", '(1000000000000,)'), 4), /must have 4000000000000 bytes of data/],
  'long header': [npy('', 0, 2 ** 31), /header must have at most 1048576 bytes, got 2147483648$/],
  'header beyond the file': [npy('', 0, 1000), /header must lie inside the file/],
  code: [npy("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (1,), }"), /header must say descr/],
  records: [npy(dictOf("[('a', '<f4')]", '(1,)'), 4), /header must say descr/],
};

const inNpz = (bytes: Uint8Array, more: Partial<Packed> = {}) => packZip([{ name: 'w.npy', data: bytes, ...more }]);

const good = npy(dictOf("'<f4'", '(1,)'), 4);
const archives: Readonly<Record<string, [Uint8Array, RegExp]>> = {
  ...Object.fromEntries(Object.entries(arrays).map(([name, [bytes, message]]) => [name, [inNpz(bytes), message]])),
  'deflated lie': [inNpz(good, { deflate: true, size: 1000 }), /must unpack to 1000 bytes, got /],
  'something else': [packZip([{ name: 'w.txt', data: four }]), /must hold \.npy files only, got "w\.txt"$/],
};

const named = (ending: string, files: Readonly<Record<string, [Uint8Array, RegExp]>>): Hostile[] =>
  Object.entries(files).map(([name, [bytes, message]]) => ({ name: `${name}.${ending}`, bytes, message }));
const zipped = (files: Readonly<Record<string, [Uint8Array, RegExp]>>) =>
  Object.fromEntries(
    Object.entries(files).map(([name, [data, message]]): [string, [Uint8Array, RegExp]] => [name, [archive(data), message]]),
  );

export const HOSTILE: readonly Hostile[] = [
  ...named('pth', zipped(code)),
  ...named('pth', shapes),
  ...named('pth', zipped(bombs)),
  ...named('pth', zips),
  ...named('safetensors', safetensors),
  ...named('onnx', HOSTILE_ONNX),
  ...named('npy', arrays),
  ...named('npz', archives),
];

/** The same archives without a lie: they must be read. */
export const HARMLESS: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [
  { name: 'plain.pth', bytes: archive(weights) },
  {
    name: 'deflated.pth',
    bytes: packZip([
      { name: 'a/data.pkl', data: weights, deflate: true },
      { name: 'a/data/0', data: four, deflate: true },
    ]),
  },
  {
    name: 'zip64.pth',
    bytes: packZip([
      { name: 'a/data.pkl', data: weights, wide: true },
      { name: 'a/data/0', data: four, wide: true },
    ]),
  },
  { name: 'plain.npz', bytes: inNpz(good) },
  { name: 'plain.npy', bytes: good },
  { name: 'plain.safetensors', bytes: encodeSafetensors(new Map([['w', float32([2, 2])]])) },
];
