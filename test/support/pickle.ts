// Pickles written opcode by opcode, for tests that need what torch.save would never write.

type Piece = string | Uint8Array | Piece[];

export function pickle(...pieces: readonly Piece[]): Uint8Array {
  return Buffer.concat([Buffer.from([0x80, 2]), flatten(pieces as Piece[]), Buffer.from('.')]);
}

/** Strings are opcodes, one byte a character. */
const flatten = (piece: Piece): Buffer =>
  Array.isArray(piece) ? Buffer.concat(piece.map(flatten)) : typeof piece === 'string' ? Buffer.from(piece, 'latin1') : Buffer.from(piece);

export const global = (module: string, name: string): Piece => `c${module}\n${name}\n`;
export const text = (value: string): Piece => ['X', uint32(Buffer.byteLength(value)), Buffer.from(value)];
export const tuple = (...items: readonly Piece[]): Piece => ['(', ...items, 't'];
export const call = (callable: Piece, ...args: readonly Piece[]): Piece => [callable, tuple(...args), 'R'];
export const dict = (...pairs: readonly (readonly [Piece, Piece])[]): Piece => ['}', '(', ...pairs.flat(), 'u'];

/** A whole number of any size. */
export function int(value: number | bigint): Piece {
  const bytes = Buffer.alloc(16);
  let rest = BigInt.asUintN(128, BigInt(value));
  for (let i = 0; i < 16; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return ['\x8a', Buffer.from([16]), bytes];
}

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function uint64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** ('storage', torch.FloatStorage, key, 'cpu', size) as a persistent id. */
export const storage = (key: string, size: number, kind = 'FloatStorage'): Piece => [
  tuple(text('storage'), global('torch', kind), text(key), text('cpu'), int(size)),
  'Q',
];

/** torch's call that rebuilds a tensor on storage '0' of four float32. */
export const tensorOn = (of: Piece, offset: Piece, dims: readonly (number | bigint)[], strides: readonly (number | bigint)[]): Piece =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    of,
    offset,
    tuple(...dims.map(int)),
    tuple(...strides.map(int)),
    '\x89',
    call(global('collections', 'OrderedDict')),
  );
