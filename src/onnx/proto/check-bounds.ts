import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { InputError } from '../../tensor/input-error.js';
import { ModelProtoSchema, NodeProtoSchema } from './onnx_pb.js';

// The wire format (protobuf.dev/programming-guides/encoding): records of a tag (field number · 8 + wire type) and a value. A byte or two of it
// may stand for an object of hundreds, so records are counted before objects are made of them. Where the parser would be lenient (a child
// longer than its parent, a wire type that is not the field's) this is strict: what was not counted must not be read.

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** Messages (nodes, attributes, tensors, …), texts in lists, and fields that the parser does not know but keeps. A network of ten thousand nodes has a tenth as many. */
const MOST_PARTS = 2 ** 20;
/** A network of some hundred layers has a few thousand; each takes the importer's passes some microseconds. */
export const MOST_NODES = 2 ** 17;
/** Elements of lists of 64-bit whole numbers: dims, attributes, tensors of indices. Each becomes a bigint. */
const MOST_WHOLES = 2 ** 22;
/** Elements of other lists: weights that are not written as raw data. */
const MOST_NUMBERS = 2 ** 26;
/** The parser's limit, too. */
const DEEPEST = 100;

interface Scan {
  readonly bytes: Uint8Array;
  readonly what: string;
  at: number;
  parts: number;
  nodes: number;
  wholes: number;
  numbers: number;
}

/** Throws an InputError, beginning with `what`, for bytes that are no onnx model or would become more objects than a network needs. */
export function checkBounds(bytes: Uint8Array, what: string): void {
  scanMessage(ModelProtoSchema, { bytes, what, at: 0, parts: 0, nodes: 0, wholes: 0, numbers: 0 }, bytes.byteLength, 0);
}

function scanMessage(message: DescMessage, scan: Scan, end: number, depth: number): void {
  if (depth > DEEPEST) throw broken(scan, `messages more than ${DEEPEST} deep`);
  const fields = fieldsOf(message);
  while (scan.at < end) {
    const tag = varint(scan, end);
    const [field, wire] = [fields.get(Math.floor(tag / 8)), tag % 8];
    const stop = valueEnd(scan, wire, end);
    if (field) scanField(field, wire, scan, { stop, depth });
    else grow(scan, 'parts', 1);
    scan.at = stop;
  }
}

function scanField(field: DescField, wire: number, scan: Scan, { stop, depth }: { readonly stop: number; readonly depth: number }): void {
  const scalar = 'scalar' in field ? field.scalar : undefined;
  const own = field.message ? LENGTH : scalar === undefined ? VARINT : wireOf(scalar);
  const packed = field.fieldKind === 'list' && wire === LENGTH && own !== LENGTH;
  if (wire !== own && !packed) throw broken(scan, `field ${field.name} with wire type ${wire}`);
  if (field.message) {
    grow(scan, 'parts', 1);
    if (field.message === NodeProtoSchema) grow(scan, 'nodes', 1);
    scanMessage(field.message, scan, stop, depth + 1);
  } else if (field.fieldKind === 'list') {
    const list = own === LENGTH ? 'parts' : scalar === ScalarType.INT64 || scalar === ScalarType.UINT64 ? 'wholes' : 'numbers';
    grow(scan, list, packed ? elements(scan, own, stop) : 1);
  }
}

const RULES = {
  nodes: [MOST_NODES, 'nodes'],
  parts: [MOST_PARTS, 'messages (nodes, attributes, tensors) and texts'],
  wholes: [MOST_WHOLES, '64-bit numbers in lists (dims, attributes, int64_data)'],
  numbers: [MOST_NUMBERS, 'numbers in lists (float_data, int32_data, double_data); raw_data has no such limit'],
} as const;

function grow(scan: Scan, list: keyof typeof RULES, by: number): void {
  scan[list] += by;
  const [most, rule] = RULES[list];
  if (scan[list] > most) throw new InputError(`${scan.what}: must have at most ${most} ${rule}, got more by byte ${scan.at}`);
}

/** How many numbers lie packed from here to `stop`; the last must end there. */
function elements({ bytes, at, ...scan }: Scan, wire: number, stop: number): number {
  if (wire !== VARINT) {
    const width = wire === FIXED64 ? 8 : 4;
    if ((stop - at) % width !== 0) throw broken({ at, ...scan }, 'a list that ends within a number');
    return (stop - at) / width;
  }
  if (stop > at && bytes[stop - 1]! > 127) throw broken({ at, ...scan }, 'a list that ends within a number');
  let count = 0;
  for (let i = at; i < stop; i++) if (bytes[i]! < 128) count++;
  return count;
}

/** Where a value ends that begins here; of one with a length, `scan` moves behind that. */
function valueEnd(scan: Scan, wire: number, end: number): number {
  const { at } = scan;
  let stop: number;
  if (wire === VARINT) {
    varint(scan, end, Infinity);
    stop = scan.at;
    scan.at = at;
  } else if (wire === LENGTH) {
    const length = varint(scan, end);
    stop = scan.at + length;
  } else if (wire === FIXED64 || wire === FIXED32) stop = at + (wire === FIXED64 ? 8 : 4);
  else throw broken(scan, `wire type ${wire}`);
  if (stop > end) throw broken(scan, `a record that ends at ${stop}, outside of its message`);
  return stop;
}

/** A number of up to ten bytes, seven bits each, below `limit`. */
function varint(scan: Scan, end: number, limit = 2 ** 32): number {
  let [value, factor] = [0, 1];
  for (const last = Math.min(end, scan.at + 10); scan.at < last; factor *= 128) {
    const byte = scan.bytes[scan.at++]!;
    value += (byte & 127) * factor;
    if (byte < 128 && value < limit) return value;
    if (byte < 128) break;
  }
  throw broken(scan, 'a number that does not end or is too large');
}

const broken = ({ what, at }: Pick<Scan, 'what' | 'at'>, got: string): InputError =>
  new InputError(`${what}: must be a whole onnx file, got ${got} at byte ${at}`);

function wireOf(scalar: ScalarType): number {
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return LENGTH;
  if (scalar === ScalarType.FLOAT) return FIXED32;
  return scalar === ScalarType.DOUBLE ? FIXED64 : VARINT;
}

const tables = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(message: DescMessage): ReadonlyMap<number, DescField> {
  const known = tables.get(message);
  if (known) return known;
  const fields = new Map(message.fields.map((field) => [field.number, field]));
  tables.set(message, fields);
  return fields;
}
