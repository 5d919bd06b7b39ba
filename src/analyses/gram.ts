import { GraphBuilder } from '../onnx/builder.js';
import { compile } from '../runtime/compile.js';
import type { Session } from '../runtime/session.js';
import { float32, floats } from '../tensor/tensor.js';

/** Columns multiplied at once; sums over such parts are in float64. */
const PART = 4096;

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
    const found = sessions.get(key) ?? compile(product(n, width), { threads });
    sessions.set(key, found);
    return found;
  };
  return {
    async gram(features, n, p) {
      const means = columnMeans(features, n, p);
      const { centred, raw } = squares(features, means, n, p);
      if (!Number.isFinite(raw)) return { undefinedBecause: 'features are not finite' };
      if (centred <= NOISE ** 2 * raw) return { undefinedBecause: 'features are constant' };
      const scale = Math.sqrt(n / centred);
      const values = new Float64Array(n * n);
      const width = Math.min(PART, p);
      const part = new Float32Array(n * width);
      for (let from = 0; from < p; from += width) {
        fill(part, features, means, scale, { n, p, from, width });
        const feeds = new Map([['x', float32([n, width], part)]]);
        const products = floats((await (await session(n, width)).run(feeds)).get('gram'), 'gram');
        for (let i = 0; i < values.length; i++) values[i]! += products[i]!;
      }
      for (let i = 0; i < values.length; i++) values[i]! /= scale * scale;
      return { values };
    },
    async release() {
      for (const each of sessions.values()) await (await each).release();
    },
  };
}

function product(n: number, width: number) {
  const b = new GraphBuilder('gram');
  const x = b.input('x', [n, width]);
  return b.build([b.op.Gemm([x, x], { transB: 1 }, 'gram')]);
}

function columnMeans(features: Float32Array, n: number, p: number): Float64Array {
  const means = new Float64Array(p);
  for (let i = 0; i < n; i++) for (let j = 0; j < p; j++) means[j]! += features[i * p + j]!;
  return means.map((sum) => sum / n);
}

function squares(features: Float32Array, means: Float64Array, n: number, p: number): { centred: number; raw: number } {
  let [centred, raw] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) {
      const x = features[i * p + j]!;
      centred += (x - means[j]!) ** 2;
      raw += x * x;
    }
  }
  return { centred, raw };
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
