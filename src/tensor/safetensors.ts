import { readFile } from 'node:fs/promises';
import { InputError } from './input-error.js';
import type { Params } from './params.js';
import { publish } from './publish.js';
import { checkRegularFile } from './regular-file.js';
import type { Entry } from './safetensors-header.js';
import { headerLength, LONGEST_HEADER, NAMES, parseHeader, typeNamed } from './safetensors-header.js';
import type { FloatTensor, Tensor } from './tensor.js';
import { tensor, viewBytes } from './tensor.js';
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
  const length = headerLength(bytes, bytes.byteLength, what);
  const data = bytes.subarray(8 + length);
  const { entries, metadata } = parseHeader(bytes.subarray(8, 8 + length), data.byteLength, what);
  const tensors = new Map(entries.map((entry) => [entry.name, toTensor(entry, data.subarray(entry.begin, entry.end), what, widen)]));
  return { tensors, metadata };
}

/** Reads a safetensors file. Throws an InputError when it cannot be read or is broken. */
export async function readSafetensors(path: string, options: DecodeOptions = {}): Promise<Safetensors> {
  await checkRegularFile(path);
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

function toTensor({ name, dtype, shape }: Entry, bytes: Uint8Array, what: string, widen: boolean): Tensor {
  const type = typeNamed(dtype);
  if (type !== 'bfloat16' && !(widen && type === 'float16')) return tensor(type, shape, viewBytes(type, bytes));
  if (!widen) throw new InputError(`${what}: ${name}: BF16 must be widened to float32 (option widen), got widen: false`);
  const bits = viewBytes('uint16', bytes) as Uint16Array;
  return tensor('float32', shape, type === 'bfloat16' ? widenBfloat16(bits) : widenFloat16(bits));
}
