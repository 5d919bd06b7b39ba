import type { Tensor } from '../../tensor/tensor.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { NCHWC } from '../../onnx/graph.js';
import type { Blocked, ConvAttributes, Dims4, Phases } from './blocked.js';
import { toBlocked, toNarrow, toStandard } from './borders.js';

/** The graph under construction and its values in both layouts; conversions are made once and only when asked for. */
export class Layouts {
  readonly b: GraphBuilder;
  readonly block: number;
  readonly #mostPadding: number;
  readonly #blocked = new Map<string, Blocked>();
  readonly #standard = new Map<string, Value>();
  readonly #filled = new Map<string, Value>();
  readonly #reshaped = new Map<string, Value>();
  readonly #phased = new Map<string, { phases: Phases; join: (phases: Phases) => Blocked }>();

  constructor(b: GraphBuilder, block: number, mostPadding: number) {
    this.b = b;
    this.block = block;
    this.#mostPadding = mostPadding;
  }

  setStandard(name: string, value: Value): void {
    this.#standard.set(name, value);
  }

  /** Declares `name` (of the graph being lowered) to live in the blocked layout. */
  setBlocked(name: string, value: Blocked): void {
    this.#blocked.set(name, value);
  }

  /** Declares `name` as phases; `join` makes one value of them when somebody asks for it. */
  setPhased(name: string, phases: Phases, join: (phases: Phases) => Blocked): void {
    const whole = phases.length === 1 ? phases[0]![0] : undefined;
    if (whole) this.#blocked.set(name, whole);
    else this.#phased.set(name, { phases, join });
  }

  phased(name: string): Phases | undefined {
    return this.#phased.get(name)?.phases;
  }

  /** A physical value with its logical dims. */
  make(value: Value, dims: Dims4, blank: boolean, lanes: number = this.block): Blocked {
    const [n, c, h, w] = dims;
    const physical = [this.blocksOf(n), this.padded(c, lanes), h, w * this.block];
    return { value: this.reshape(value, physical), dims, lanes, blank: blank || this.fills(dims) };
  }

  blocksOf(count: number): number {
    return Math.ceil(count / this.block);
  }

  /** The next multiple of the block. */
  padded(count: number, block: number = this.block): number {
    return Math.ceil(count / block) * block;
  }

  /** Whether samples and channels fill their blocks. */
  fills([n, c]: readonly number[]): boolean {
    return n! % this.block === 0 && c! % this.block === 0;
  }

  /** The constant behind a name, if it is one. */
  constant(name: string): Tensor | undefined {
    const value = this.#standard.get(name);
    return value && this.b.constantOf(value);
  }

  isBlocked(name: string): boolean {
    return this.#blocked.has(name) || this.#phased.has(name);
  }

  /** The value in the standard layout, converted when it is only blocked. */
  standard(name: string): Value {
    const found = this.#standard.get(name);
    if (found) return found;
    if (!this.isBlocked(name)) throw new Error(`internal: lowering lost the value ${name}`);
    const made = this.b.named(toStandard(this, this.blocked(name)), name);
    this.#standard.set(name, made);
    return made;
  }

  /** The value in the blocked layout, converted when it is only standard. Its dims must fit (`fits`). */
  blocked(name: string): Blocked {
    const found = this.#blocked.get(name);
    if (found) return found;
    const split = this.#phased.get(name);
    const made = split ? split.join(split.phases) : toBlocked(this, this.standard(name));
    this.#blocked.set(name, made);
    return made;
  }

  /** Images with fewer channels than a block, converted anew each time: shared later. */
  narrow(name: string): Blocked {
    return toNarrow(this, this.standard(name));
  }

  /** Whether a value of these dims is worth blocking: a convolution's work grows with the samples and with the channels on both sides. */
  fits(dims: readonly number[]): dims is Dims4 {
    if (dims.length !== 4) return false;
    const [samples, channels] = [0, 1].map((axis) => this.padded(dims[axis]!) / dims[axis]!) as [number, number];
    return samples * channels ** 2 <= this.#mostPadding;
  }

  /** Fills the first axes up with zeros to these sizes. */
  pad(value: Value, sizes: readonly number[]): Value {
    const missing = value.dims.map((size, axis) => (sizes[axis] ?? size) - size);
    if (missing.every((count) => count === 0)) return value;
    return this.b.op.Pad([value, this.b.ints([...missing.map(() => 0), ...missing])]);
  }

  /** Cuts the first axes down to these sizes. */
  cut(value: Value, sizes: readonly number[]): Value {
    const axes = [...sizes.keys()].filter((axis) => sizes[axis] !== value.dims[axis]);
    if (axes.length === 0) return value;
    const { b } = this;
    return b.op.Slice([value, b.ints(axes.map(() => 0)), b.ints(axes.map((axis) => sizes[axis]!)), b.ints(axes)]);
  }

  /** A constant of one number, one for all who want that shape and number. */
  filled(dims: readonly number[], fill = 0): Value {
    const key = `${fill}[${dims.join()}]`;
    const shared = this.#filled.get(key) ?? this.b.constant(float32(dims, new Float32Array(sizeOf(dims)).fill(fill)));
    this.#filled.set(key, shared);
    return shared;
  }

  /** Looks through earlier reshapes: each costs microseconds. */
  reshape(value: Value, dims: readonly number[]): Value {
    const source = this.#reshaped.get(value.name) ?? value;
    if (source.dims.join() === dims.join()) return source;
    const made = this.b.op.Reshape([source, this.b.ints(dims)]);
    this.#reshaped.set(made.name, source);
    return made;
  }

  /** Standard [N, C, H, W] ([N, H, W, C] with `last`) → memory [N, C/B, H, W, B]. */
  reorderInput(value: Value, { last = false } = {}): Value {
    return this.b.node('ReorderInput', [value], last ? { channels_last: 1 } : {}, { domain: NCHWC })[0]!;
  }

  /** Memory [N, C/B, H, W, B] → standard [N, C, H, W], or [N, H, W, C] with `last`. */
  reorderOutput(value: Value, channels: number, { last = false } = {}): Value {
    return this.b.node('ReorderOutput', [value], last ? { channels, channels_last: 1 } : { channels }, { domain: NCHWC })[0]!;
  }

  /** A blocked convolution; `x` and `w` are physical values. */
  conv(x: Value, w: Value, attributes: ConvAttributes, bias: Value | null = null, sum: Value | null = null): Value {
    const inputs = sum ? [x, w, bias, sum] : bias ? [x, w, bias] : [x, w];
    return this.b.node('Conv', inputs, { group: 1, ...attributes }, { domain: NCHWC })[0]!;
  }
}
