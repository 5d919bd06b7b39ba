import { InputError } from '../tensor/input-error.js';
import { shapeText } from '../tensor/tensor.js';
import type { Contents } from './checkpoint.js';
import type { Source } from './source.js';
import type { Dtype, StoredTensor } from './stored-tensor.js';
import { bytesOf, checkedSize } from './stored-tensor.js';
import { rowMajor, stridedTensor } from './strided.js';

/** The bytes of one array: of a file, or of a file in an archive. */
export interface NpyBytes {
  readonly name: string;
  readonly size: number;
  /** Cannot be read in pieces: compressed. */
  readonly whole?: boolean;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export const NPY_MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);
const LONGEST_HEADER = 2 ** 20;

/** NumPy's typestrings without byte order. */
const DTYPES: Readonly<Record<string, Dtype>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

/**
 * One array of NumPy's .npy format, versions 1 to 3 (numpy.lib.format): magic, version, length, a Python dictionary as text, data.
 * Throws InputError for other types than plain little-endian numbers: arrays of objects hold pickles and are never read.
 */
export async function npyTensor(file: NpyBytes): Promise<StoredTensor> {
  const { dtype, dims, fortran, start } = await readHeader(file);
  const expected = checkedSize(dims, file.name) * bytesOf(dtype);
  if (file.size - start !== expected)
    throw new InputError(`${file.name}: must have ${expected} bytes of data (${dtype} ${shapeText(dims)}), got ${file.size - start}`);
  const strides = fortran ? rowMajor(dims.toReversed()).toReversed() : rowMajor(dims);
  const stored = stridedTensor({ dtype, dims, strides, offset: 0 }, (offset, length) => file.read(start + offset, length));
  return file.whole ? { ...stored, piece: Math.max(1, checkedSize(dims, file.name)) } : stored;
}

/** A lone .npy file: one tensor, which has no name. */
export async function readNpy(source: Source): Promise<Contents> {
  const notes = ['An .npy file holds one array without a name: it is called "array".'];
  return { format: 'npy', tensors: new Map([['array', await npyTensor(source)]]), metadata: {}, notes };
}

async function readHeader(file: NpyBytes): Promise<{ dtype: Dtype; dims: readonly number[]; fortran: boolean; start: number }> {
  const intro = await file.read(0, Math.min(12, file.size));
  const data = new DataView(intro.buffer, intro.byteOffset, intro.byteLength);
  const version = intro[6];
  if (intro.byteLength < 12 || NPY_MAGIC.some((byte, i) => intro[i] !== byte) || version === undefined || version < 1 || version > 3)
    throw new InputError(`${file.name}: must begin with NumPy's magic and version 1, 2 or 3, got ${Buffer.from(intro).toString('hex')}`);
  const [at, length] = version === 1 ? [10, data.getUint16(8, true)] : [12, data.getUint32(8, true)];
  if (length > LONGEST_HEADER) throw new InputError(`${file.name}: header must have at most ${LONGEST_HEADER} bytes, got ${length}`);
  if (at + length > file.size) throw new InputError(`${file.name}: header must lie inside the file, got ${length} bytes of ${file.size}`);
  const text = new TextDecoder('latin1').decode(await file.read(at, length));
  return { ...parseHeader(text, file.name), start: at + length };
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`: Python's literal, of which only this form is read. */
function parseHeader(text: string, what: string): { dtype: Dtype; dims: readonly number[]; fortran: boolean } {
  const got = JSON.stringify(text.trim().slice(0, 120));
  const descr = /'descr': *'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const shape = /'shape': *\(([\d, L]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined)
    throw new InputError(`${what}: header must say descr (one plain type), fortran_order and shape, got ${got}`);
  const dtype = /^[<|=]/.test(descr) ? DTYPES[descr.slice(1)] : undefined;
  if (!dtype)
    throw new InputError(
      `${what}: type must be plain little-endian numbers (${Object.keys(DTYPES).join(', ')}), got ${JSON.stringify(descr)}`,
    );
  const dims = shape.split(',').flatMap((part) => (part.trim() === '' ? [] : [Number(part.trim().replace(/L$/, ''))]));
  return { dtype, dims, fortran: order === 'True' };
}
