import { deflateRawSync } from 'node:zlib';

/** A file of an archive as a test wants it, lies included: fields that are given stand as they are in its records. */
export interface Packed {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** Claimed bytes after unpacking. */
  readonly size?: number;
  readonly method?: number;
  readonly flags?: number;
  /** Place of its header, when it shall be another entry's. */
  readonly headerAt?: number;
  /** Sizes and place as 64-bit numbers in the extra field. */
  readonly wide?: boolean;
}

/** A zip archive, written without checks (CRCs are 0: nothing here reads them). */
export function packZip(entries: readonly Packed[], { count = entries.length }: { readonly count?: number } = {}): Uint8Array {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let at = 0;
  for (const { name, data, deflate = false, flags = 0, wide = false, ...given } of entries) {
    const packed = deflate ? deflateRawSync(data) : Buffer.from(data);
    const method = given.method ?? (deflate ? 8 : 0);
    const size = given.size ?? data.byteLength;
    const [label, headerAt] = [Buffer.from(name), given.headerAt ?? at];
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(label.length, 26);
    if (given.headerAt === undefined) {
      parts.push(local, label, packed);
      at += local.length + label.length + packed.length;
    }
    const extra = wide ? extraOf([size, packed.length, headerAt]) : Buffer.alloc(0);
    const record = Buffer.alloc(46);
    record.writeUInt32LE(0x02014b50, 0);
    record.writeUInt16LE(flags, 8);
    record.writeUInt16LE(method, 10);
    for (const [field, value] of [packed.length, size].entries()) record.writeUInt32LE(wide ? 0xffffffff : value, 20 + 4 * field);
    record.writeUInt16LE(label.length, 28);
    record.writeUInt16LE(extra.length, 30);
    record.writeUInt32LE(wide ? 0xffffffff : headerAt, 42);
    central.push(record, label, extra);
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...parts, directory, end]));
}

function extraOf(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + 8 * numbers.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * numbers.length, 2);
  for (const [i, value] of numbers.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  return extra;
}
