import { InputError } from './input-error.js';
import { MOST_AXES, MOST_TENSORS } from './limits.js';
import type { Type } from './tensor.js';
import { bytesPerElement, shapeText, sizeOf } from './tensor.js';

/** The format allows 100 MB; as many tensors as a file may have need less than this. */
export const LONGEST_HEADER = 2 ** 25;
/** Of metadata; a tensor's description has three. */
const MOST_ENTRIES = 2 ** 14;
/** The header's JSON: an object of objects of arrays. */
const DEEPEST = 3;

/** Names of types in the format; BF16 has no array in JavaScript. */
export const NAMES: Readonly<Record<Type, string>> = {
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
export const BFLOAT16 = 'BF16';
const TYPES = new Map(Object.entries(NAMES).map(([type, name]) => [name, type as Type]));

/** The element type of a name in the format. */
export const typeNamed = (dtype: string): Type | 'bfloat16' => (dtype === BFLOAT16 ? 'bfloat16' : TYPES.get(dtype)!);

/** A tensor in the data: bytes [begin, end) after the header. */
export interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** In the order of their data. */
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Length of the header that the first 8 bytes of a file claim. Throws InputError when it cannot be. */
export function headerLength(first: Uint8Array, fileSize: number, what: string): number {
  if (first.byteLength < 8) throw new InputError(`${what}: must have at least 8 bytes, got ${first.byteLength}`);
  const claimed = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (claimed > LONGEST_HEADER) throw new InputError(`${what}: header must have at most ${LONGEST_HEADER} bytes, got ${claimed}`);
  const length = Number(claimed);
  if (length > fileSize - 8) {
    throw new InputError(`${what}: header of ${length} bytes must lie inside the file, got a file of ${fileSize} bytes`);
  }
  return length;
}

/** Parses the header of a file with `dataSize` bytes after it. Throws an InputError that names `what`, the tensor, the rule and the value. */
export function parseHeader(bytes: Uint8Array, dataSize: number, what: string): Header {
  const { __metadata__: metadata, ...described } = parseJson(bytes, what);
  const entries = Object.entries(described)
    .map(([name, entry]) => parseEntry(name, entry, what))
    .toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  checkOffsets(entries, dataSize, what);
  return { entries, metadata: parseMetadata(metadata, what) };
}

function parseJson(bytes: Uint8Array, what: string): Record<string, unknown> {
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    checkKeys(text, what);
    header = JSON.parse(text);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${what}: header must be JSON, got ${(error as Error).message}`);
  }
  if (!isObject(header)) throw new InputError(`${what}: header must be a JSON object, got ${JSON.stringify(header).slice(0, 40)}`);
  return header;
}

/**
 * What JSON.parse does not tell, or only after it took the memory: a name that stands twice (it would keep the last), depth and numbers of
 * entries that no header has. A string is a key of the outermost object when a colon follows it.
 */
function checkKeys(text: string, what: string): void {
  const names = new Set<string>();
  let depth = 0;
  // commas so far of the list or object at each depth
  const commas = new Array<number>(DEEPEST + 1).fill(0);
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '{' || char === '[') commas[++depth] = 0;
    else if (char === '}' || char === ']') depth--;
    if (depth > DEEPEST) throw new InputError(`${what}: header must be at most ${DEEPEST} deep, got more at character ${at}`);
    if (char === ',' && ++commas[depth]! >= MOST_ENTRIES && depth > 1)
      throw new InputError(
        `${what}: a list or object in the header must have at most ${MOST_ENTRIES} entries, got more by character ${at}`,
      );
    if (char !== '"') continue;
    const from = at;
    for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === '\\') at++;
    if (depth !== 1 || !/^[ \t\r\n]*:/.test(text.slice(at + 1, at + 20))) continue;
    const name = JSON.parse(text.slice(from, at + 1)) as string;
    if (names.has(name)) throw new InputError(`${what}: names must differ, got ${JSON.stringify(name.slice(0, 80))} twice`);
    names.add(name);
    if (names.size > MOST_TENSORS + 1) throw new InputError(`${what}: a file must have at most ${MOST_TENSORS} tensors, got more`);
  }
}

function parseEntry(name: string, entry: unknown, what: string): Entry {
  const fail = (rule: string, got: unknown): never => {
    throw new InputError(`${what}: ${name}: ${rule}, got ${JSON.stringify(got)?.slice(0, 80) ?? 'nothing'}`);
  };
  if (!isObject(entry)) return fail('must be described by an object', entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') return fail('dtype must be text', dtype);
  if (!isCounts(shape)) return fail('shape must be a list of whole numbers ≥ 0', shape);
  if (shape.length > MOST_AXES) return fail(`must have at most ${MOST_AXES} axes`, shape.length);
  if (!isCounts(offsets) || offsets.length !== 2) return fail('data_offsets must be two whole numbers ≥ 0', offsets);
  const [begin, end] = offsets as [number, number];
  if (begin > end) return fail('data_offsets must not run backwards', offsets);
  if (dtype !== BFLOAT16 && !TYPES.has(dtype)) return fail(`dtype must be one of ${[...TYPES.keys(), BFLOAT16].join(', ')}`, dtype);
  const expected = sizeOf(shape) * (dtype === BFLOAT16 ? 2 : bytesPerElement(TYPES.get(dtype)!));
  if (end - begin !== expected) return fail(`must have ${expected} bytes (${dtype} ${shapeText(shape)})`, end - begin);
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

function parseMetadata(metadata: unknown, what: string): Readonly<Record<string, string>> {
  if (metadata === undefined) return {};
  if (isObject(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) return metadata as Record<string, string>;
  throw new InputError(`${what}: __metadata__ must map text to text, got ${JSON.stringify(metadata).slice(0, 80)}`);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
