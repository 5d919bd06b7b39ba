import type { StoredTensor } from './stored-tensor.js';
import { pieces } from './stored-tensor.js';

/** Sums over pairs of finite elements x of a and y of b, in float64. */
export interface Sums {
  readonly weights: number;
  /** Pairs in which a side is NaN or infinite; in no other sum. */
  readonly nonFinite: number;
  readonly unchanged: number;
  /** Σ(y−x)² */
  readonly square: number;
  readonly normA: number;
  readonly normB: number;
  /** Σxy */
  readonly product: number;
  readonly largest: number;
}

export const NOTHING: Sums = { weights: 0, nonFinite: 0, unchanged: 0, square: 0, normA: 0, normB: 0, product: 0, largest: 0 };

export function add(one: Sums, other: Sums): Sums {
  return {
    weights: one.weights + other.weights,
    nonFinite: one.nonFinite + other.nonFinite,
    unchanged: one.unchanged + other.unchanged,
    square: one.square + other.square,
    normA: one.normA + other.normA,
    normB: one.normB + other.normB,
    product: one.product + other.product,
    largest: Math.max(one.largest, other.largest),
  };
}

/** How far b's weights are from a's. A measure that is undefined is null. */
export interface Measures {
  readonly weights: number;
  /** NaN or infinite on a side; left out of every measure. */
  readonly nonFinite: number;
  /** ‖b−a‖₂ */
  readonly l2: number | null;
  /** ‖b−a‖₂ / √n */
  readonly rms: number | null;
  /** ‖b−a‖₂ / ‖a‖₂; null where a is 0. */
  readonly relative: number | null;
  /** ⟨a,b⟩ / (‖a‖·‖b‖); null where a side is 0. */
  readonly cosine: number | null;
  /** max |b−a| */
  readonly largest: number | null;
  /** Share of weights that are exactly equal, in [0, 1]. */
  readonly unchanged: number | null;
}

export function measures({ weights, nonFinite, unchanged, square, normA, normB, product, largest }: Sums): Measures {
  const n = weights - nonFinite;
  if (n === 0) return { weights, nonFinite, l2: null, rms: null, relative: null, cosine: null, largest: null, unchanged: null };
  const l2 = Math.sqrt(square);
  const lengths = Math.sqrt(normA) * Math.sqrt(normB);
  return {
    weights,
    nonFinite,
    l2: finite(l2),
    rms: finite(Math.sqrt(square / n)),
    relative: normA === 0 ? null : finite(l2 / Math.sqrt(normA)),
    cosine: lengths === 0 ? null : finite(square === 0 ? 1 : Math.min(1, Math.max(-1, product / lengths))),
    largest: finite(largest),
    unchanged: unchanged / n,
  };
}

/** Squares of numbers beyond 1e154 overflow float64. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Both tensors have one shape. Read side by side, a piece of each in memory. */
export async function sumsOf(a: StoredTensor, b: StoredTensor): Promise<Sums> {
  const piece = Math.max(a.piece, b.piece);
  const others = pieces({ ...b, piece });
  let total = NOTHING;
  for await (const x of pieces({ ...a, piece })) total = add(total, sumsOfPiece(x, (await others.next()).value as ArrayLike<number>));
  return total;
}

function sumsOfPiece(a: ArrayLike<number>, b: ArrayLike<number>): Sums {
  let [nonFinite, unchanged, square, normA, normB, product, largest] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = a[i]!;
    const y = b[i]!;
    const change = y - x;
    // of a difference of finite numbers only NaN and infinity give NaN; two equal infinities do, too
    if (change - change !== 0) {
      nonFinite++;
      continue;
    }
    if (change === 0) unchanged++;
    square += change * change;
    normA += x * x;
    normB += y * y;
    product += x * y;
    const size = Math.abs(change);
    if (size > largest) largest = size;
  }
  return { weights: a.length, nonFinite, unchanged, square, normA, normB, product, largest };
}
