import { readFile } from 'node:fs/promises';
import { InputError } from './input-error.js';
import type { Params } from './params.js';
import { publish } from './publish.js';
import type { FloatTensor, Tensor, Type } from './tensor.js';
import { bytesPerElement, sizeOf, tensor, viewBytes } from './tensor.js';
import { widenBfloat16, widenFloat16 } from './widen.js';

/** Named tensors and free text of one file. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface DecodeOptions {
  /** Turn F16 and BF16 into float32 (exact). Without it F16 stays raw bits and BF16 is refused. */
  readonly widen?: boolean;
}

/** The format's own limit on its header. */
const LONGEST_HEADER = 100_000_000;

const NAMES: Readonly<Record<Type, string>> = {
  float32: 'F32',
  float64: 'F64',
  float16: 'F16',
  int8: 'I8',
  int16: 'I16',
  int32: 'I32',
  int64: 'I64',
  uint8: 'U8',
  uint16: 'U16',
  uint32: 'U32',
  uint64: 'U64',
  bool: 'BOOL',
};
const TYPES = new Map(Object.entries(NAMES).map(([type, name]) => [name, type as Type]));

/**
 * The bytes of a safetensors file: 8 bytes of header length (little endian), the header as JSON padded with spaces to 8 bytes, the data.
 * Keys and data stand in the map's order, metadata by key, so that equal tensors give equal bytes.
 */
export function encodeSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const { header, size } = layOut(tensors, metadata);
  const bytes = new Uint8Array(header.byteLength + size);
  bytes.set(header);
  let offset = header.byteLength;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Tensors of a safetensors file as views on `bytes`, in the order of their data. Throws an InputError that names `what`, the tensor, the rule and the value when the
 * header lies, is no JSON, or when offsets overlap, leave holes or do not fit dtype and shape.
 */
export function decodeSafetensors(bytes: Uint8Array, what: string, { widen = false }: DecodeOptions = {}): Safetensors {
  const { header, start } = readHeader(bytes, what);
  const { __metadata__: metadata, ...entries } = header;
  const parsed = Object.entries(entries)
    .map(([name, entry]) => parseEntry(name, entry, what))
    .toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  checkOffsets(parsed, bytes.byteLength - start, what);
  const tensors = new Map(
    parsed.map((entry) => [entry.name, toTensor(entry, bytes.subarray(start + entry.begin, start + entry.end), what, widen)]),
  );
  return { tensors, metadata: parseMetadata(metadata, what) };
}

/** Reads a safetensors file. Throws an InputError when it cannot be read or is broken. */
export async function readSafetensors(path: string, options: DecodeOptions = {}): Promise<Safetensors> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: must be a readable file, got ${error.code ?? error.message}`);
  });
  return decodeSafetensors(bytes, path, options);
}

/** Writes a safetensors file: first a temporary sibling, flushed, then renamed, so that `path` never holds half a file. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { header } = layOut(tensors, metadata);
  await publish(path, async (file) => {
    await file.writeFile(header);
    for (const { data } of tensors.values()) await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}

/** The tensors as parameters. Throws an InputError when one is not float32. */
export function toParams(tensors: ReadonlyMap<string, Tensor>, what = 'parameters'): Params {
  const params = new Map<string, FloatTensor>();
  for (const [name, value] of tensors) {
    if (value.type !== 'float32') throw new InputError(`${what}: ${name} must be float32, got ${value.type}`);
    params.set(name, value as FloatTensor);
  }
  return params;
}

function layOut(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>>): { header: Uint8Array; size: number } {
  const sorted = Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1));
  // written entry by entry: an object would move keys that look like numbers to the front
  const entries = sorted.length === 0 ? [] : [`"__metadata__":${object(sorted.map(([key, value]) => field(key, value)))}`];
  let size = 0;
  for (const [name, { type, dims, data }] of tensors) {
    if (name === '__metadata__') throw new Error(`encodeSafetensors: a tensor must not be named ${name}`);
    entries.push(field(name, { dtype: NAMES[type], shape: dims, data_offsets: [size, size + data.byteLength] }));
    size += data.byteLength;
  }
  const json = new TextEncoder().encode(object(entries));
  const padded = Math.ceil(json.byteLength / 8) * 8;
  if (padded > LONGEST_HEADER) throw new Error(`encodeSafetensors: header must have at most ${LONGEST_HEADER} bytes, got ${padded}`);
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return { header, size };
}

const field = (key: string, value: unknown) => `${JSON.stringify(key)}:${JSON.stringify(value)}`;
const object = (fields: readonly string[]) => `{${fields.join(',')}}`;

function readHeader(bytes: Uint8Array, what: string): { header: Record<string, unknown>; start: number } {
  if (bytes.byteLength < 8) throw new InputError(`${what}: must have at least 8 bytes, got ${bytes.byteLength}`);
  const claimed = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (claimed > LONGEST_HEADER) throw new InputError(`${what}: header must have at most ${LONGEST_HEADER} bytes, got ${claimed}`);
  const length = Number(claimed);
  if (length > bytes.byteLength - 8) {
    throw new InputError(`${what}: header of ${length} bytes must lie inside the file, got a file of ${bytes.byteLength} bytes`);
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (error) {
    throw new InputError(`${what}: header must be JSON, got ${(error as Error).message}`);
  }
  if (!isObject(header)) throw new InputError(`${what}: header must be a JSON object, got ${JSON.stringify(header).slice(0, 40)}`);
  return { header, start: 8 + length };
}

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function parseEntry(name: string, entry: unknown, what: string): Entry {
  const fail = (rule: string, got: unknown): never => {
    throw new InputError(`${what}: ${name}: ${rule}, got ${JSON.stringify(got)?.slice(0, 80) ?? 'nothing'}`);
  };
  if (!isObject(entry)) return fail('must be described by an object', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') return fail('dtype must be text', dtype);
  if (!isCounts(shape)) return fail('shape must be a list of whole numbers ≥ 0', shape);
  if (!isCounts(offsets) || offsets.length !== 2) return fail('data_offsets must be two whole numbers ≥ 0', offsets);
  const [begin, end] = offsets as [number, number];
  if (begin > end) return fail('data_offsets must not run backwards', offsets);
  if (dtype !== 'BF16' && !TYPES.has(dtype)) return fail(`dtype must be one of ${[...TYPES.keys(), 'BF16'].join(', ')}`, dtype);
  const expected = sizeOf(shape) * (dtype === 'BF16' ? 2 : bytesPerElement(TYPES.get(dtype)!));
  if (end - begin !== expected) return fail(`must have ${expected} bytes (${dtype} [${shape.join(', ')}])`, end - begin);
  return { name, dtype, shape, begin, end };
}

/** Sorted by offset the tensors must cover the data without holes or overlaps. */
function checkOffsets(entries: readonly Entry[], size: number, what: string): void {
  let [end, previous] = [0, 'the header'];
  for (const entry of entries) {
    if (entry.begin !== end)
      throw new InputError(`${what}: ${entry.name}: data must begin at ${end}, where ${previous} ends, got ${entry.begin}`);
    if (entry.end > size)
      throw new InputError(`${what}: ${entry.name}: data must end inside the file's ${size} bytes of data, got ${entry.end}`);
    [end, previous] = [entry.end, entry.name];
  }
  if (end !== size) throw new InputError(`${what}: the file must end where ${previous} ends (${end} bytes of data), got ${size}`);
}

function toTensor({ name, dtype, shape }: Entry, bytes: Uint8Array, what: string, widen: boolean): Tensor {
  if (dtype !== 'BF16' && !(widen && dtype === 'F16')) {
    const type = TYPES.get(dtype)!;
    return tensor(type, shape, viewBytes(type, bytes));
  }
  if (!widen) throw new InputError(`${what}: ${name}: BF16 must be widened to float32 (option widen), got widen: false`);
  const bits = viewBytes('uint16', bytes) as Uint16Array;
  return tensor('float32', shape, dtype === 'BF16' ? widenBfloat16(bits) : widenFloat16(bits));
}

function parseMetadata(metadata: unknown, what: string): Readonly<Record<string, string>> {
  if (metadata === undefined) return {};
  if (isObject(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) return metadata as Record<string, string>;
  throw new InputError(`${what}: __metadata__ must map text to text, got ${JSON.stringify(metadata).slice(0, 80)}`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
