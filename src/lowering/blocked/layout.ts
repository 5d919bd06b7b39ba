import type { Tensor } from '../../tensor/tensor.js';
import { float32, sizeOf } from '../../tensor/tensor.js';
import type { GraphBuilder } from '../../onnx/builder.js';
import type { Value } from '../../onnx/graph.js';
import { NCHWC } from '../../onnx/graph.js';

/**
 * The blocked layout. B samples share the width axis and B channels are innermost (B = 16 on AVX-512, 8 on AVX2):
 *
 *     logical [N, C, H, W]  →  memory [N/B, C/B, H, W, B samples, B channels], told to onnxruntime as [N/B, C, H, W·B].
 *
 * A step of one column is B elements of the last axis, so convolutions dilate their columns by B. Gradients of convolutions read
 * this memory as a filter without a copy, and every shift or split by whole columns moves B² floats at a time.
 */
export interface Blocked {
  /** Physical value, dims [N/B, C, H, W·B]. */
  readonly value: Value;
  /** Logical dims [N, C, H, W]. */
  readonly dims: Dims4;
  /** Channels that lie innermost: the block, or 1 for an image whose few channels are not blocked ("narrow"). */
  readonly lanes: number;
}

export type Dims4 = readonly [number, number, number, number];

/** A value that is still split into stride × stride pixel phases; null is all zero. phases[r][s] holds pixels (i·stride + r, j·stride + s). */
export type Phases = readonly (readonly (Blocked | null)[])[];

/** The graph under construction and its values in both layouts; conversions are made once and only when asked for. */
export class Layouts {
  readonly b: GraphBuilder;
  readonly block: number;
  readonly #blocked = new Map<string, Blocked>();
  readonly #standard = new Map<string, Value>();
  readonly #filled = new Map<string, Value>();
  readonly #reshaped = new Map<string, Value>();
  readonly #phased = new Map<string, { phases: Phases; join: (phases: Phases) => Blocked }>();

  constructor(b: GraphBuilder, block: number) {
    this.b = b;
    this.block = block;
  }

  setStandard(name: string, value: Value): void {
    this.#standard.set(name, value);
  }

  /** Declares `name` (of the graph being lowered) to live in the blocked layout. */
  setBlocked(name: string, value: Value, dims: Dims4): void {
    this.#blocked.set(name, this.make(value, dims));
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
  make(value: Value, dims: Dims4, lanes: number = this.block): Blocked {
    return { value: this.reshape(value, physical(dims, this.block)), dims, lanes };
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
    const { value, dims } = this.blocked(name);
    const [n, c, h, w] = dims;
    const { b, block } = this;
    const split = this.reshape(value, [n / block, c / block, h * w, block, block]);
    const made = b.op.Reshape([b.op.Transpose([split], { perm: [0, 3, 1, 4, 2] }), b.ints(dims)], {}, name);
    this.#standard.set(name, made);
    return made;
  }

  /** The value in the blocked layout, converted when it is only standard. Its dims must fit (`fits`). */
  blocked(name: string): Blocked {
    const found = this.#blocked.get(name);
    if (found) return found;
    const split = this.#phased.get(name);
    const made = split ? split.join(split.phases) : this.#fromStandard(this.standard(name));
    this.#blocked.set(name, made);
    return made;
  }

  #fromStandard(value: Value): Blocked {
    const dims = value.dims as Dims4;
    const [n, c, h, w] = dims;
    const { b, block } = this;
    const split = this.reshape(value, [n / block, block, c / block, block, h * w]);
    return this.make(b.op.Transpose([split], { perm: [0, 2, 4, 1, 3] }), dims);
  }

  /** Images with fewer channels than a block: memory [N/B, C, H, W, B samples]. */
  narrow(name: string): Blocked {
    const value = this.standard(name);
    const dims = value.dims as Dims4;
    const [n, c, h, w] = dims;
    const split = this.reshape(value, [n / this.block, this.block, c, h * w]);
    return this.make(this.b.op.Transpose([split], { perm: [0, 2, 3, 1] }), dims, 1);
  }

  /** Whether a value of these dims can be blocked without padding. */
  fits(dims: readonly number[]): dims is Dims4 {
    return dims.length === 4 && dims[0]! % this.block === 0 && dims[1]! % this.block === 0;
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

  /** A blocked convolution; `x` and `w` are physical values. */
  conv(x: Value, w: Value, attributes: ConvAttributes, bias: Value | null = null, sum: Value | null = null): Value {
    const inputs = sum ? [x, w, bias, sum] : bias ? [x, w, bias] : [x, w];
    return this.b.node('Conv', inputs, { group: 1, ...attributes }, { domain: NCHWC })[0]!;
  }
}

export interface ConvAttributes {
  readonly kernel_shape: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly group?: number;
}

export const physical = ([n, c, h, w]: Dims4, block: number): number[] => [n / block, c, h, w * block];
