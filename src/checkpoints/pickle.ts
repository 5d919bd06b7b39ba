import { InputError } from '../tensor/input-error.js';
import { call, resolveGlobal, storageOf } from './pickle-globals.js';
import type { Value } from './pickle-values.js';
import { Inert } from './pickle-values.js';

// A restricted unpickler: the binary opcodes of CPython's pickletools (protocols 2 to 5) on plain values. Names come from the closed list
// in pickle-globals.ts; whatever would import, instantiate or extend anything else is refused.

const MARK = Symbol('mark');
type Slot = Value | typeof MARK;

interface Machine {
  /** For messages: file and place. */
  readonly what: string;
  readonly stack: Slot[];
  /** A map: an index may be any number below 2^32. */
  readonly memo: Map<number, Value>;
  readonly cursor: Cursor;
  /** Containers, calls and shells so far: one byte of a pickle may make an object of hundreds. */
  made: number;
}

/** A state of a million tensors would need them; 16 MB of pickle could make many more. */
const MOST_OBJECTS = 2 ** 20;
/** Bytes of an integer in its long form; torch writes at most 8. */
const LONGEST_INTEGER = 16;

/** What a pickle builds. Throws InputError, beginning with `what`, for bytes that are no pickle or that ask for more than plain values. */
export function unpickle(bytes: Uint8Array, what: string): Value {
  const machine: Machine = { what, stack: [], memo: new Map(), cursor: cursorOf(bytes, what), made: 0 };
  for (;;) {
    const opcode = machine.cursor.uint8();
    if (opcode === STOP) return pop(machine);
    const run = OPCODES.get(opcode);
    if (!run)
      throw new InputError(
        `${what}: must use opcodes that torch.save writes, got 0x${opcode.toString(16).padStart(2, '0')} at byte ${machine.cursor.at() - 1}`,
      );
    run(machine);
  }
}

type Cursor = ReturnType<typeof cursorOf>;

function cursorOf(bytes: Uint8Array, what: string) {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  let at = 0;
  const step = (length: number): number => {
    if (!(length <= bytes.byteLength - at)) throw new InputError(`${what}: the pickle must end with a stop, got its end at byte ${at}`);
    at += length;
    return at - length;
  };
  const take = (length: number): Uint8Array => {
    const from = step(length);
    return bytes.subarray(from, from + length);
  };
  const uint32 = () => data.getUint32(step(4), true);
  return {
    at: () => at,
    take,
    uint8: () => data.getUint8(step(1)),
    uint16: () => data.getUint16(step(2), true),
    int32: () => data.getInt32(step(4), true),
    uint32,
    uint64: () => Number(data.getBigUint64(step(8), true)),
    /** Big endian, as pickles write floats. */
    float64: () => data.getFloat64(step(8), false),
    text: (length: number) => text.decode(take(length)),
    line() {
      const end = bytes.indexOf(0x0a, at);
      const line = text.decode(take(end < 0 ? Infinity : end - at));
      step(1);
      return line;
    },
    /** Two's complement, little endian. */
    long(length: number): number | bigint {
      if (length > LONGEST_INTEGER) throw new InputError(`${what}: an integer must have at most ${LONGEST_INTEGER} bytes, got ${length}`);
      let value = 0n;
      for (const [i, byte] of take(length).entries()) value |= BigInt(byte) << BigInt(8 * i);
      const signed = BigInt.asIntN(8 * length, value);
      return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
    },
  };
}

function push(machine: Machine, value: Value): void {
  machine.stack.push(value);
}

function pushNew(machine: Machine, value: Value): void {
  if (++machine.made > MOST_OBJECTS)
    throw new InputError(`${machine.what}: the pickle must make at most ${MOST_OBJECTS} objects, got more`);
  machine.stack.push(value);
}

function pop({ stack, what }: Machine): Value {
  const value = stack.pop();
  if (value === undefined || value === MARK) throw new InputError(`${what}: the pickle must push what it uses, got an empty stack`);
  return value;
}

function top(machine: Machine): Value {
  const value = pop(machine);
  machine.stack.push(value);
  return value;
}

function popToMark({ stack, what }: Machine): Value[] {
  const at = stack.lastIndexOf(MARK);
  if (at < 0) throw new InputError(`${what}: the pickle must set a mark first, got none`);
  const values = stack.splice(at + 1) as Value[];
  stack.pop();
  return values;
}

function tuple(machine: Machine, length: number): void {
  const values = Array.from({ length }, () => pop(machine));
  pushNew(machine, values.reverse());
}

function remember({ memo }: Machine, index: number, value: Value): void {
  memo.set(index, value);
}

function recall(machine: Machine, index: number): void {
  const value = machine.memo.get(index);
  if (value === undefined) throw new InputError(`${machine.what}: the pickle must remember what it recalls, got memo ${index}`);
  push(machine, value);
}

function append(machine: Machine, values: readonly Value[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) throw new InputError(`${machine.what}: items must be added to a list, got something else`);
  for (const value of values) list.push(value);
}

function setItems(machine: Machine, values: readonly Value[]): void {
  const target = top(machine);
  if (!(target instanceof Map) || values.length % 2 === 1)
    throw new InputError(`${machine.what}: pairs must be added to a dictionary, got something else`);
  for (let i = 0; i < values.length; i += 2) target.set(values[i]!, values[i + 1]!);
}

/** Attributes: of an OrderedDict (state_dict's _metadata) and of shells. They are no weights. */
function build(machine: Machine): void {
  pop(machine);
  const target = top(machine);
  if (!(target instanceof Map || target instanceof Inert))
    throw new InputError(`${machine.what}: attributes must belong to a dictionary, got something else`);
}

function reduce(machine: Machine): void {
  const args = pop(machine);
  pushNew(machine, call(pop(machine), args, machine.what));
}

function stackGlobal(machine: Machine): void {
  const name = pop(machine);
  const module = pop(machine);
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new InputError(`${machine.what}: a global must be named by text, got something else`);
  pushNew(machine, resolveGlobal(module, name, machine.what));
}

function global(machine: Machine): void {
  const module = machine.cursor.line();
  pushNew(machine, resolveGlobal(module, machine.cursor.line(), machine.what));
}

const STOP = 0x2e;

/** By pickletools' names, in their order. */
const OPCODES: ReadonlyMap<number, (machine: Machine) => void> = new Map<number, (machine: Machine) => void>([
  /* MARK             */ [0x28, ({ stack }) => void stack.push(MARK)],
  /* EMPTY_TUPLE      */ [0x29, (m) => pushNew(m, [])],
  /* POP              */ [0x30, (m) => void m.stack.pop()],
  /* POP_MARK         */ [0x31, (m) => void popToMark(m)],
  /* DUP              */ [0x32, (m) => push(m, top(m))],
  /* BINBYTES         */ [0x42, (m) => pushNew(m, m.cursor.take(m.cursor.uint32()))],
  /* SHORT_BINBYTES   */ [0x43, (m) => pushNew(m, m.cursor.take(m.cursor.uint8()))],
  /* BINFLOAT         */ [0x47, (m) => push(m, m.cursor.float64())],
  /* BININT           */ [0x4a, (m) => push(m, m.cursor.int32())],
  /* BININT1          */ [0x4b, (m) => push(m, m.cursor.uint8())],
  /* BININT2          */ [0x4d, (m) => push(m, m.cursor.uint16())],
  /* NONE             */ [0x4e, (m) => push(m, null)],
  /* BINPERSID        */ [0x51, (m) => pushNew(m, storageOf(pop(m), m.what))],
  /* REDUCE           */ [0x52, reduce],
  /* BINSTRING        */ [0x54, (m) => pushNew(m, m.cursor.text(m.cursor.uint32()))],
  /* SHORT_BINSTRING  */ [0x55, (m) => pushNew(m, m.cursor.text(m.cursor.uint8()))],
  /* BINUNICODE       */ [0x58, (m) => pushNew(m, m.cursor.text(m.cursor.uint32()))],
  /* EMPTY_LIST       */ [0x5d, (m) => pushNew(m, [])],
  /* APPEND           */ [0x61, (m) => append(m, [pop(m)])],
  /* BUILD            */ [0x62, build],
  /* GLOBAL           */ [0x63, global],
  /* DICT             */ [0x64, (m) => dict(m)],
  /* APPENDS          */ [0x65, (m) => append(m, popToMark(m))],
  /* BINGET           */ [0x68, (m) => recall(m, m.cursor.uint8())],
  /* LONG_BINGET      */ [0x6a, (m) => recall(m, m.cursor.uint32())],
  /* LIST             */ [0x6c, (m) => pushNew(m, popToMark(m))],
  /* BINPUT           */ [0x71, (m) => remember(m, m.cursor.uint8(), top(m))],
  /* LONG_BINPUT      */ [0x72, (m) => remember(m, m.cursor.uint32(), top(m))],
  /* SETITEM          */ [0x73, (m) => setItem(m)],
  /* TUPLE            */ [0x74, (m) => pushNew(m, popToMark(m))],
  /* SETITEMS         */ [0x75, (m) => setItems(m, popToMark(m))],
  /* EMPTY_DICT       */ [0x7d, (m) => pushNew(m, new Map())],
  /* PROTO            */ [0x80, (m) => void m.cursor.uint8()],
  /* NEWOBJ           */ [0x81, reduce],
  /* TUPLE1           */ [0x85, (m) => tuple(m, 1)],
  /* TUPLE2           */ [0x86, (m) => tuple(m, 2)],
  /* TUPLE3           */ [0x87, (m) => tuple(m, 3)],
  /* NEWTRUE          */ [0x88, (m) => push(m, true)],
  /* NEWFALSE         */ [0x89, (m) => push(m, false)],
  /* LONG1            */ [0x8a, (m) => push(m, m.cursor.long(m.cursor.uint8()))],
  /* LONG4            */ [0x8b, (m) => push(m, m.cursor.long(m.cursor.uint32()))],
  /* SHORT_BINUNICODE */ [0x8c, (m) => pushNew(m, m.cursor.text(m.cursor.uint8()))],
  /* BINUNICODE8      */ [0x8d, (m) => pushNew(m, m.cursor.text(m.cursor.uint64()))],
  /* BINBYTES8        */ [0x8e, (m) => pushNew(m, m.cursor.take(m.cursor.uint64()))],
  /* EMPTY_SET        */ [0x8f, (m) => pushNew(m, [])],
  /* ADDITEMS         */ [0x90, (m) => append(m, popToMark(m))],
  /* FROZENSET        */ [0x91, (m) => pushNew(m, popToMark(m))],
  /* STACK_GLOBAL     */ [0x93, stackGlobal],
  /* MEMOIZE          */ [0x94, (m) => remember(m, m.memo.size, top(m))],
  /* FRAME            */ [0x95, (m) => void m.cursor.take(8)],
]);

function setItem(machine: Machine): void {
  const value = pop(machine);
  const key = pop(machine);
  setItems(machine, [key, value]);
}

function dict(machine: Machine): void {
  const values = popToMark(machine);
  pushNew(machine, new Map());
  setItems(machine, values);
}
