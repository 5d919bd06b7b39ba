import { GraphBuilder } from '../onnx/builder.js';
import { compile } from '../runtime/compile.js';
import type { Session } from '../runtime/session.js';
import { float32, floats } from '../tensor/tensor.js';

/** Columns multiplied at once; sums over such parts are in float64. */
const PART = 4096;

/** Rows multiplied with rows at once: a Gram is symmetric, so blocks below the diagonal need not be computed. */
const ROWS = 256;

/** Features whose spread is below this share of their size are rounding noise around a constant (float32: 6e-8). */
const NOISE = 1e-6;

export type Gram = { readonly values: Float64Array } | { readonly undefinedBecause: string };

export interface GramEngine {
  /**
   * XXᵀ [n, n] of features [n, p] after their column means are taken off, which does not change CKA. Products are of features scaled to
   * a mean square row length of 1, so that float32 neither loses digits nor overflows; the Gram is scaled back, as minibatches weigh by it.
   */
  gram(features: Float32Array, n: number, p: number): Promise<Gram>;
  release(): Promise<void>;
}

export function gramEngine({ threads }: { threads: number }): GramEngine {
  const sessions = new Map<string, Promise<Session>>();
  const session = (n: number, width: number) => {
    const key = `${n}x${width}`;
    const found = sessions.get(key) ?? compile(products(blocksOf(n), width), { threads });
    sessions.set(key, found);
    return found;
  };
  return {
    async gram(features, n, p) {
      const { means, centred, raw } = moments(features, n, p);
      if (!Number.isFinite(raw)) return { undefinedBecause: 'features are not finite' };
      if (centred <= NOISE ** 2 * raw) return { undefinedBecause: 'features are constant' };
      const scale = Math.sqrt(n / centred);
      const values = new Float64Array(n * n);
      const width = Math.min(PART, p);
      const part = new Float32Array(n * width);
      const blocks = blocksOf(n);
      const feeds = new Map(
        blocks.map(({ name, from, rows }) => [name, float32([rows, width], part.subarray(from * width, (from + rows) * width))]),
      );
      for (let from = 0; from < p; from += width) {
        fill(part, features, means, scale, { n, p, from, width });
        const found = await (await session(n, width)).run(feeds);
        for (const { name, a, b } of pairsOf(blocks)) add(values, floats(found.get(name), name), n, a, b);
      }
      mirror(values, n, scale ** -2);
      return { values };
    },
    async release() {
      for (const each of sessions.values()) await (await each).release();
    },
  };
}

/** Rows of the features, and so of the Gram. */
interface Block {
  readonly name: string;
  readonly from: number;
  readonly rows: number;
}

const blocksOf = (n: number): Block[] =>
  Array.from({ length: Math.ceil(n / ROWS) }, (_, i) => ({ name: `x${i}`, from: i * ROWS, rows: Math.min(ROWS, n - i * ROWS) }));

/** The blocks of the Gram on its diagonal and right of it. */
const pairsOf = (blocks: readonly Block[]): { name: string; a: Block; b: Block }[] =>
  blocks.flatMap((a, i) => blocks.slice(i).map((b) => ({ name: `${a.name} ${b.name}`, a, b })));

function products(blocks: readonly Block[], width: number) {
  const builder = new GraphBuilder('gram');
  for (const { name, rows } of blocks) builder.input(name, [rows, width]);
  const product = (name: string, a: Block, b: Block) =>
    builder.op.Gemm([builder.value(a.name), builder.value(b.name)], { transB: 1 }, name);
  return builder.build(pairsOf(blocks).map(({ name, a, b }) => product(name, a, b)));
}

function add(values: Float64Array, block: Float32Array, n: number, a: Block, b: Block): void {
  for (let i = 0, k = 0; i < a.rows; i++) {
    for (let at = (a.from + i) * n + b.from, end = at + b.rows; at < end; at++, k++) values[at]! += block[k]!;
  }
}

/** Scales what is on and right of the diagonal and copies it to the left. */
function mirror(values: Float64Array, n: number, scale: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) values[j * n + i] = values[i * n + j]! *= scale;
  }
}

/** Column means, and the sums of squares around them and around zero. In float64, summed by rows, their difference is good to 1e-14 of `raw`, far below NOISE². */
function moments(features: Float32Array, n: number, p: number): { means: Float64Array; centred: number; raw: number } {
  const means = new Float64Array(p);
  let raw = 0;
  for (let i = 0; i < n; i++) {
    let own = 0;
    for (let j = 0, at = i * p; j < p; j++, at++) {
      const x = features[at]!;
      means[j]! += x;
      own += x * x;
    }
    raw += own;
  }
  let around = raw;
  for (let j = 0; j < p; j++) {
    means[j]! /= n;
    around -= n * means[j]! ** 2;
  }
  return { means, centred: around, raw };
}

/** Centred, scaled columns from … from + width; zeros beyond the last. */
function fill(
  part: Float32Array,
  features: Float32Array,
  means: Float64Array,
  scale: number,
  { n, p, from, width }: { n: number; p: number; from: number; width: number },
): void {
  const there = Math.min(width, p - from);
  if (there < width) part.fill(0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < there; j++) part[i * width + j] = (features[i * p + from + j]! - means[from + j]!) * scale;
  }
}
