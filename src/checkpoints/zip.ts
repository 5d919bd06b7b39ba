import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { InputError } from '../tensor/input-error.js';
import { MOST_TENSORS } from '../tensor/limits.js';
import type { Source } from './source.js';

// PKWARE's APPNOTE 6.3.10, as far as checkpoints use it: entries stored or deflated, zip64, no encryption, one disk.

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly stored: boolean;
  /** Bytes in the archive. */
  readonly packed: number;
  /** Bytes unpacked. */
  readonly size: number;
  readonly headerAt: number;
}

export interface Zip {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** A piece of a stored entry (of memory a view), or of a deflated one, which is unpacked whole. */
  read(entry: ZipEntry, offset: number, length: number): Promise<Uint8Array>;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const END64_LOCATOR = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
/** The end record may be followed by a comment of 64 kB. */
const LONGEST_TAIL = END_BYTES + 0xffff;
/** Names and places of as many tensors as a file may have. */
const LARGEST_DIRECTORY = 2 ** 25;
/** What deflated entries may unpack to, all together: so much for each byte of the file, and some for small files. */
const GROWTH = 8;
const FREE_BYTES = 2 ** 28;

const inflate = promisify(inflateRaw);

/**
 * The table of contents of a zip archive. Throws InputError for records that lie outside the file or over each other, for duplicate or
 * climbing names, for encrypted entries and for archives that unpack to far more than they hold.
 */
export async function openZip(source: Source): Promise<Zip> {
  const { name: file } = source;
  const { offset, length, count } = await findDirectory(source);
  if (length > LARGEST_DIRECTORY)
    throw new InputError(`${file}: the zip directory must have at most ${LARGEST_DIRECTORY} bytes, got ${length}`);
  const directory = parseDirectory(await source.read(offset, length), count, file);
  checkPlaces(directory, offset, file);
  checkGrowth(directory, source);
  const entries = new Map(directory.map((entry) => [entry.name, entry]));
  // a header and its data are asked for one after the other
  let last: { readonly entry: ZipEntry; readonly bytes: WeakRef<Uint8Array> } | undefined;
  const unpacked = async (entry: ZipEntry, start: number) => {
    const kept = last?.entry === entry ? last.bytes.deref() : undefined;
    const bytes = kept ?? (await unpack(source, entry, start));
    last = { entry, bytes: new WeakRef(bytes) };
    return bytes;
  };
  return {
    entries,
    async read(entry, from, size) {
      if (from < 0 || size < 0 || from + size > entry.size)
        throw new InputError(`${file}: ${entry.name}: must lie inside its ${entry.size} bytes, got bytes ${from} to ${from + size}`);
      const start = await dataStart(source, entry);
      if (entry.stored) return source.read(start + from, size);
      return (await unpacked(entry, start)).subarray(from, from + size);
    },
  };
}

interface Directory {
  readonly offset: number;
  readonly length: number;
  readonly count: number;
}

async function findDirectory(source: Source): Promise<Directory> {
  const tailAt = Math.max(0, source.size - LONGEST_TAIL);
  const tail = view(await source.read(tailAt, source.size - tailAt));
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && !(tail.getUint32(at, true) === END && at + END_BYTES + tail.getUint16(at + 20, true) <= tail.byteLength)) at--;
  if (at < 0) throw new InputError(`${source.name}: must be a whole zip archive, got no end record (is the file cut short?)`);
  const disks = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  const small = { count: tail.getUint16(at + 10, true), length: tail.getUint32(at + 12, true), offset: tail.getUint32(at + 16, true) };
  const is64 = at >= 20 && tail.getUint32(at - 20, true) === END64_LOCATOR;
  if (is64) return findDirectory64(source, count64(tail, at - 20 + 8, source.name));
  if (disks.some((disk) => disk !== 0))
    throw new InputError(`${source.name}: must be an archive on one disk, got disk ${disks.join(', ')}`);
  return small;
}

async function findDirectory64(source: Source, at: number): Promise<Directory> {
  const record = view(await source.read(at, 56));
  if (record.getUint32(0, true) !== END64)
    throw new InputError(`${source.name}: the zip64 end record must lie at byte ${at}, got other bytes`);
  const [count, length, offset] = [32, 40, 48].map((field) => count64(record, field, source.name)) as [number, number, number];
  return { count, length, offset };
}

function parseDirectory(bytes: Uint8Array, count: number, file: string): ZipEntry[] {
  const data = view(bytes);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  while (at + CENTRAL_BYTES <= bytes.byteLength && data.getUint32(at, true) === CENTRAL) {
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => data.getUint16(at + field, true)) as [number, number, number];
    const next = at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
    if (next > bytes.byteLength) throw new InputError(`${file}: entry ${entries.length} must lie inside the zip directory, got its end`);
    const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes));
    const extra = bytes.subarray(at + CENTRAL_BYTES + nameBytes, at + CENTRAL_BYTES + nameBytes + extraBytes);
    const entry = parseEntry(data, at, name, extra, file);
    if (names.has(name)) throw new InputError(`${file}: names in the archive must differ, got ${JSON.stringify(name)} twice`);
    names.add(name);
    if (names.size > 2 * MOST_TENSORS) throw new InputError(`${file}: an archive must have at most ${2 * MOST_TENSORS} entries, got more`);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== count) throw new InputError(`${file}: the zip directory must hold ${count} entries, got ${entries.length}`);
  return entries;
}

/** Nothing is ever unpacked to disk; a name that would leave the folder is a sign of what the archive was made for. */
const climbs = (name: string): boolean =>
  name === '' || name.includes('\0') || /^[/\\]|^[A-Za-z]:/.test(name) || name.split(/[/\\]/).includes('..');

function parseEntry(data: DataView, at: number, name: string, extra: Uint8Array, file: string): ZipEntry {
  const what = `${file}: ${JSON.stringify(name)}`;
  if (climbs(name)) throw new InputError(`${what}: a name in the archive must stay inside it`);
  const [flags, method] = [data.getUint16(at + 8, true), data.getUint16(at + 10, true)];
  if ((flags & 1) !== 0) throw new InputError(`${what}: must not be encrypted`);
  if (method !== 0 && method !== 8) throw new InputError(`${what}: must be stored or deflated, got method ${method}`);
  let [packed, size, headerAt] = [data.getUint32(at + 20, true), data.getUint32(at + 24, true), data.getUint32(at + 42, true)];
  const wide = zip64Fields(extra, [size, packed, headerAt].filter((field) => field === 0xffffffff).length, what);
  if (size === 0xffffffff) size = wide.shift()!;
  if (packed === 0xffffffff) packed = wide.shift()!;
  if (headerAt === 0xffffffff) headerAt = wide.shift()!;
  if (method === 0 && packed !== size) throw new InputError(`${what}: stored bytes must be ${size}, got ${packed}`);
  return { name, stored: method === 0, packed, size, headerAt };
}

/** The 64-bit numbers that stand in the extra field for those that are ff ff ff ff in the record: size, packed size, place. */
function zip64Fields(extra: Uint8Array, needed: number, what: string): number[] {
  if (needed === 0) return [];
  const data = view(extra);
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + data.getUint16(at + 2, true)) {
    const length = data.getUint16(at + 2, true);
    if (data.getUint16(at, true) !== 1) continue;
    if (length < 8 * needed || at + 4 + length > extra.byteLength) break;
    return Array.from({ length: needed }, (_, i) => count64(data, at + 4 + 8 * i, what));
  }
  throw new InputError(`${what}: a zip64 entry must hold ${needed} long numbers, got none`);
}

/** Entries lie one after another before the directory: overlapping ones are the trick of small archives that unpack to terabytes. */
function checkPlaces(entries: readonly ZipEntry[], directoryAt: number, file: string): void {
  const ordered = entries.toSorted((a, b) => a.headerAt - b.headerAt);
  for (const [i, { name, headerAt, packed }] of ordered.entries()) {
    const end = headerAt + LOCAL_BYTES + packed;
    const next = ordered[i + 1];
    if (end <= (next?.headerAt ?? directoryAt)) continue;
    const bound = next ? `where ${JSON.stringify(next.name)} begins (byte ${next.headerAt})` : `before the directory (byte ${directoryAt})`;
    throw new InputError(`${file}: ${JSON.stringify(name)}: must end ${bound}, got byte ${end}`);
  }
}

function checkGrowth(entries: readonly ZipEntry[], { size, name }: Source): void {
  const most = FREE_BYTES + GROWTH * size;
  const unpacked = entries.reduce((sum, entry) => sum + (entry.stored ? 0 : entry.size), 0);
  if (unpacked > most) throw new InputError(`${name}: ${size} bytes must not unpack to more than ${most}, got ${unpacked}`);
}

/** Name and extra field stand a second time, and may have other lengths, before the data. */
async function dataStart(source: Source, { name, headerAt }: ZipEntry): Promise<number> {
  const header = view(await source.read(headerAt, LOCAL_BYTES));
  if (header.getUint32(0, true) !== LOCAL)
    throw new InputError(`${source.name}: ${JSON.stringify(name)}: must begin with a zip header at byte ${headerAt}, got other bytes`);
  return headerAt + LOCAL_BYTES + header.getUint16(26, true) + header.getUint16(28, true);
}

async function unpack(source: Source, { name, packed, size }: ZipEntry, start: number): Promise<Uint8Array> {
  const what = `${source.name}: ${JSON.stringify(name)}`;
  const bytes = await inflate(await source.read(start, packed), { maxOutputLength: Math.max(1, size) }).catch((error: Error) => {
    throw new InputError(`${what}: must unpack to ${size} bytes, got ${error.message}`);
  });
  if (bytes.byteLength !== size) throw new InputError(`${what}: must unpack to ${size} bytes, got ${bytes.byteLength}`);
  return bytes;
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function count64(data: DataView, at: number, what: string): number {
  const value = data.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new InputError(`${what}: a number in a zip record must be below 2^53, got ${value}`);
  return Number(value);
}
